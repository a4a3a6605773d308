import type { metrics } from '@asmil/core';
import { closedRing, type Ring } from '../ring.js';
import type { Annotation } from './asap.js';
import { regionCoverage } from './coverage.js';
import { EdgeIndex } from './edges.js';
import { ringsAround, strictlyInside } from './inside.js';
import type { TumourRegion } from './region.js';

type TilePlaces = metrics.localization.TilePlaces;

/**
 * When a tile counts as tumour. `any`: some of it is (the default, since a slide is positive iff a tile is); `half`: half of
 * it or more; `centre`: its centre is; `acmilCentre`: its centre lies strictly inside some outline, corners cut to whole
 * pixels, cut-outs not taken out and groups not read, as dazhangyu123/ACMIL@e53d19c does (`wsi_core/WholeSlideImage.py`).
 */
export const TILE_RULES = ['any', 'half', 'centre', 'acmilCentre'] as const;
export type TileRule = (typeof TILE_RULES)[number];

export interface TileTruth {
  /** Share of each tile that is tumour, [N]. */
  readonly coverage: Float64Array;
  /** 0 or 1 a tile by each rule, [N]. */
  readonly labels: Readonly<Record<TileRule, Uint8Array>>;
}

/** Coverage and labels of tiles from the annotations of their slide. */
export function tileTruth(region: TumourRegion, places: TilePlaces): TileTruth {
  const rings = { tumour: region.tumour.map(ringOf), cutOuts: region.cutOuts.map(ringOf) };
  const coverage = regionCoverage(rings, places);
  const all = new EdgeIndex([...rings.tumour, ...rings.cutOuts], places.tile0);
  const whole = new EdgeIndex([...region.tumour, ...region.cutOuts].map(wholeRing), places.tile0);
  const atCentre = (test: (x: number, y: number) => boolean): Uint8Array =>
    Uint8Array.from(coverage, (_, i) =>
      Number(test(places.coords[2 * i]! + places.tile0 / 2, places.coords[2 * i + 1]! + places.tile0 / 2)),
    );
  return {
    coverage,
    labels: {
      any: Uint8Array.from(coverage, (share) => Number(share > 0)),
      half: Uint8Array.from(coverage, (share) => Number(share >= 0.5)),
      centre: atCentre((x, y) => {
        const around = [...ringsAround(all, x, y)];
        return around.length > 0 && around.every((ring) => ring < rings.tumour.length);
      }),
      acmilCentre: atCentre((x, y) => strictlyInside(whole, x, y)),
    },
  };
}

const ringOf = ({ points }: Annotation): Ring => closedRing(points);

const wholeRing = ({ points }: Annotation): Ring => closedRing(points.map(([x, y]) => [Math.trunc(x), Math.trunc(y)]));

/** Area of the whole region, square pixels: tumour without its cut-outs, exact up to rounding. */
export function regionArea(region: TumourRegion): number {
  const points = region.tumour.flatMap((annotation) => annotation.points);
  if (points.length === 0) return 0;
  let [left, top, right, bottom] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  const side = Math.max(right - left, bottom - top);
  if (side === 0) return 0;
  const rings = { tumour: region.tumour.map(ringOf), cutOuts: region.cutOuts.map(ringOf) };
  return regionCoverage(rings, { coords: [left, top], tile0: side })[0]! * side * side;
}
