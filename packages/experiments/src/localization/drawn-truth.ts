import { metrics, UserError } from '@asmil/core';
import { regionMask, type SlidePlaces, type TumourRegion, tileTruth } from '@asmil/data';
import type { SlideTruth } from './truth.js';

const l = metrics.localization;

type Mask = metrics.localization.Mask;
type TileGrid = metrics.localization.TileGrid;

/** A slide on which somebody has drawn, or not. */
export interface DrawnSlide {
  readonly id: string;
  readonly places: SlidePlaces;
  /** [N], where the files of features have them. */
  readonly labels?: Uint8Array;
}

export interface Raster {
  /** Level-0 pixels along a pixel of the raster, and its side in µm. */
  readonly downsample: number;
  readonly pixelUm: number;
}

/** A raster holds no more; level 5 of a slide has some 20 million pixels. */
const MOST_PIXELS = 2 ** 28;

/**
 * The lesions of a slide from its outlines, on a raster around tiles and outlines. Labels of the tiles, where the files have
 * none: 1 where some of a tile is tumour.
 */
export function regionTruth(slide: DrawnSlide, region: TumourRegion, raster: Raster): SlideTruth {
  const { places } = slide;
  const box = boxAround(slide, region, raster);
  const size = { height: box.height / raster.downsample, width: box.width / raster.downsample };
  const mask = regionMask(region, size, { step: raster.downsample, x: box.left, y: box.top });
  const coords = places.positions.map((at, i) => at - (i % 2 === 0 ? box.left : box.top));
  const labels = slide.labels ?? tileTruth(region, { coords: places.positions, tile0: places.side }).labels.any;
  return truthOn(slide, { coords, tile0: places.side, step0: places.step }, mask, labels, raster);
}

/** The same from a mask of the whole slide, of one pixel for `downsample` level-0 pixels. */
export function maskTruth(slide: DrawnSlide, mask: Mask, raster: Raster): SlideTruth {
  const { positions, side, step } = slide.places;
  const grid = { coords: positions, tile0: side, step0: step };
  const labels = slide.labels ?? Uint8Array.from(l.blockCoverage(mask, grid, raster), (share) => Number(share > 0));
  return truthOn(slide, grid, mask, labels, raster);
}

/** A slide without lesions. */
export function normalTruth({ id, places, labels }: DrawnSlide): SlideTruth {
  const grid = { coords: places.positions, tile0: places.side, step0: places.step };
  return {
    ...{ id, normal: true, grid, mask: null, lesions: null },
    labels: labels ?? new Uint8Array(places.positions.length / 2),
  };
}

function truthOn({ id }: DrawnSlide, grid: TileGrid, mask: Mask, labels: Uint8Array, { pixelUm }: Raster): SlideTruth {
  const lesions = l.evaluationMask(mask, { spacingUm: pixelUm });
  const normal = lesions.lesions.length === 0;
  return { id, normal, grid, labels, mask: normal ? null : mask, lesions: normal ? null : lesions };
}

/** The smallest rectangle of whole tiles, or of whole pixels of the raster, around all tiles and outlines, level-0 pixels. */
function boxAround({ id, places }: DrawnSlide, region: TumourRegion, { downsample }: Raster) {
  const unit = places.side % downsample === 0 ? places.side : downsample;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  const include = (x: number, y: number, side: number): void => {
    left = Math.min(left, Math.floor(x / unit));
    top = Math.min(top, Math.floor(y / unit));
    right = Math.max(right, Math.ceil((x + side) / unit));
    bottom = Math.max(bottom, Math.ceil((y + side) / unit));
  };
  const { positions, side } = places;
  for (let i = 0; i < positions.length; i += 2) include(positions[i]!, positions[i + 1]!, side);
  for (const { points } of region.tumour) for (const [x, y] of points) include(x, y, 0);
  const [width, height] = [(right - left) * unit, (bottom - top) * unit];
  if ((width * height) / downsample ** 2 > MOST_PIXELS)
    throw new UserError(
      `slide ${id}: tiles and outlines span ${width} × ${height} pixels, more than a slide has; are both in pixels of level 0?`,
    );
  return { left: left * unit, top: top * unit, width, height };
}
