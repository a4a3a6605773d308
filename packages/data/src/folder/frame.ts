import type { Attributes } from '../features/file.js';
import type { SlideFeatures } from '../features/slide.js';
import type { Polygon } from '../slide-cohort.js';
import type { Frame } from './options.js';

/**
 * The grid of a slide's tiles: one unit is the step from a tile to the next (its side, less the overlap), by the files'
 * attributes, else `tile`, else the smallest distance between two columns or rows of tiles. The origin is where the tile
 * nearest to the corner would lie on the grid.
 */
export function frameOf(
  slide: Pick<SlideFeatures, 'positions' | 'tile' | 'attributes'>,
  tile?: number,
): Frame | undefined {
  const { positions } = slide;
  if (!positions || positions.length === 0) return undefined;
  const side = stepOf(slide.tile, slide.attributes) ?? tile ?? smallestStep(positions) ?? 1;
  return { origin: [phase(positions, 0, side), phase(positions, 1, side)], side };
}

/** TRIDENT writes the overlap in pixels of the patch. */
function stepOf(tile: SlideFeatures['tile'], { overlap }: Attributes): number | undefined {
  if (!tile) return undefined;
  const share = typeof overlap === 'number' && overlap > 0 && overlap < tile.px ? 1 - overlap / tile.px : 1;
  return tile.level0 * share;
}

function smallestStep(positions: Int32Array): number | undefined {
  let least = Number.POSITIVE_INFINITY;
  for (const axis of [0, 1]) {
    const sorted = positions.filter((_, i) => i % 2 === axis).sort();
    for (let i = 1; i < sorted.length; i++) {
      const step = sorted[i]! - sorted[i - 1]!;
      if (step > 0 && step < least) least = step;
    }
  }
  return Number.isFinite(least) ? least : undefined;
}

/** Where the grid begins along an axis: the smallest place modulo the step. */
function phase(positions: Int32Array, axis: 0 | 1, side: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = axis; i < positions.length; i += 2) least = Math.min(least, positions[i]!);
  return least - side * Math.floor(least / side);
}

/** Pixels of level 0 → tile units, [N, 2]. Tiles off the grid go to the unit in which their corner lies. */
export function toTiles(positions: Int32Array, { origin, side }: Frame): Int32Array {
  return positions.map((place, i) => Math.floor((place - origin[i % 2]!) / side + 1e-6));
}

/** The same for polygons, which keep their fractions. */
export function polygonToTiles({ rings }: Polygon, { origin, side }: Frame): Polygon {
  const [x0, y0] = origin;
  return { rings: rings.map((ring) => ring.map(([x, y]) => [(x - x0) / side, (y - y0) / side] as [number, number])) };
}
