import { type Bag, metrics } from '@asmil/core';
import { isSlideCohort, type Polygon, polygonMask, type SlideCohort } from '@asmil/data';
import type { LocalizationSettings, LocalizationTruth } from './types.js';

const l = metrics.localization;

type Place = Omit<Bag, 'features'>;

/** Level-0 pixels of a tile's side, nominal: only the ratio to the pixels of the raster matters. */
const TILE0 = 256;
/** Levels that divide a tile into whole pixels. */
const LEVELS = 8;

/** One test slide with its lesions on a raster. */
export interface SlideTruth {
  readonly id: string;
  readonly normal: boolean;
  /** Tiles in level-0 pixels from the raster's corner. */
  readonly grid: metrics.localization.TileGrid;
  readonly labels: Uint8Array;
  /** Tumour pixels and the lesions that they form; null on a normal slide. */
  readonly mask: metrics.localization.Mask | null;
  readonly lesions: metrics.localization.EvaluationMask | null;
}

/** The lesions of the test slides of a cohort, at one size of pixel. */
export interface Truth {
  readonly slides: ReadonlyMap<string, SlideTruth>;
  readonly downsample: number;
  readonly facts: Pick<LocalizationTruth, 'tileUm' | 'tileUmKnown' | 'pixelUm' | 'pixelsPerTile' | 'measuredOn'>;
}

/** The level whose pixels are as large as they may be: a tile has 256 / 2^level of them along a side. */
export function levelFor(tileUm: number, pixelUm: number): number {
  let level = 0;
  while (level < LEVELS && (tileUm / TILE0) * 2 ** (level + 1) <= pixelUm) level++;
  return level;
}

/**
 * Lays out the lesions of these bags, once a cohort and split. Throws for a cohort without outlines or bags without places or
 * labels: a command asks for no such thing.
 */
export async function truthOf(cohort: object, bags: Iterable<Place>, settings: LocalizationSettings): Promise<Truth> {
  const slides = cohort as SlideCohort;
  if (!isSlideCohort(slides)) throw new Error('localisation: the cohort has no outlines of lesions');
  const tileUm = slides.tile?.um ?? settings.tileUm;
  const downsample = 2 ** levelFor(tileUm, settings.pixelUm);
  const pixelUm = (tileUm / TILE0) * downsample;
  const measuredOn = slides.truth ?? 'outlines';
  const out = new Map<string, SlideTruth>();
  for (const bag of bags) {
    const outlines = measuredOn === 'outlines' ? await slides.outlines(bag.id) : [];
    out.set(bag.id, slideTruth(bag, outlines, downsample, pixelUm));
  }
  const known = slides.tile?.um !== undefined;
  return {
    slides: out,
    downsample,
    facts: { tileUm, tileUmKnown: known, pixelUm, pixelsPerTile: TILE0 / downsample, measuredOn },
  };
}

function slideTruth(bag: Place, outlines: readonly Polygon[], downsample: number, pixelUm: number): SlideTruth {
  const { id, coords, instanceLabels: labels } = bag;
  if (!coords || !labels) throw new Error(`localisation: the bag ${id} lacks places or labels of its tiles`);
  const box = boxOfTiles(coords, outlines);
  const places = Int32Array.from(coords, (at, i) => (at - (i % 2 === 0 ? box.left : box.top)) * TILE0);
  const grid = { coords: places, tile0: TILE0, step0: TILE0 };
  const perTile = TILE0 / downsample;
  const size = { height: (box.bottom - box.top) * perTile, width: (box.right - box.left) * perTile };
  const labelled = labels.includes(1);
  if (!labelled && outlines.length === 0) return { id, normal: true, grid, labels, mask: null, lesions: null };
  const mask =
    outlines.length > 0
      ? polygonMask(outlines, size, { step: 1 / perTile, x: box.left, y: box.top })
      : l.tileMask(labels, grid, size, { downsample });
  const lesions = l.evaluationMask(mask, { spacingUm: pixelUm });
  const normal = !labelled && lesions.lesions.length === 0;
  return { id, normal, grid, labels, mask: normal ? null : mask, lesions: normal ? null : lesions };
}

/** The smallest rectangle of whole tiles around all tiles and outlines, tile units. */
function boxOfTiles(coords: Int32Array, outlines: readonly Polygon[]) {
  let [left, top, right, bottom] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  const include = (x: number, y: number, side: number): void => {
    left = Math.min(left, Math.floor(x));
    top = Math.min(top, Math.floor(y));
    right = Math.max(right, Math.ceil(x + side));
    bottom = Math.max(bottom, Math.ceil(y + side));
  };
  for (let i = 0; i < coords.length; i += 2) include(coords[i]!, coords[i + 1]!, 1);
  for (const { rings } of outlines) for (const ring of rings) for (const [x, y] of ring) include(x, y, 0);
  return { left, top, right, bottom };
}
