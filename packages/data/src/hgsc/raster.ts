import { type Grid, SAMPLE_PX, SAMPLES_PER_TILE } from './grid.js';
import type { Ring } from './wkb.js';

/** A raster of 0 and 1, row-major [height, width]; sample (i, j) stands for the point (16 i + 8, 16 j + 8) px. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** An empty mask that covers a grid of tiles. */
export function emptyMask(grid: Grid): Mask {
  const width = grid.cols * SAMPLES_PER_TILE;
  const height = grid.rows * SAMPLES_PER_TILE;
  return { width, height, data: new Uint8Array(width * height) };
}

const HALF = SAMPLE_PX / 2;
/** First row or column whose sample point is not before a coordinate in pixels. */
const firstSample = (px: number): number => Math.ceil((px - HALF) / SAMPLE_PX);

/** Keeps row and column of a crossing in one number that sorts by row, then column. */
const COLUMN_SPAN = 2 ** 22;

/**
 * Sets the samples inside one polygon (even-odd over all its rings) to 1. Rings repeat their first point at the end.
 *
 * Bit-exact rule: an edge touches the sample rows from `firstSample(min y)` up to, without, `firstSample(max y)`; its
 * crossing is x1 + (ys − y1)·(x2 − x1)/(y2 − y1) in this order of operations. What lies outside the raster is dropped only
 * after the crossings of a row have been paired.
 */
export function fillPolygon(mask: Mask, rings: readonly Ring[]): void {
  const { width, height, data } = mask;
  const crossings: number[] = [];
  for (const ring of rings) {
    for (let p = 0; p + 3 < ring.length; p += 2) {
      const x1 = ring[p]!;
      const y1 = ring[p + 1]!;
      const x2 = ring[p + 2]!;
      const y2 = ring[p + 3]!;
      const first = Math.max(0, firstSample(Math.min(y1, y2)));
      const end = Math.min(height, firstSample(Math.max(y1, y2)));
      for (let j = first; j < end; j++) {
        const ys = SAMPLE_PX * j + HALF;
        const x = x1 + ((ys - y1) * (x2 - x1)) / (y2 - y1);
        crossings.push(j * COLUMN_SPAN + firstSample(x) + COLUMN_SPAN / 2);
      }
    }
  }
  const sorted = Float64Array.from(crossings).sort();
  // A closed polygon crosses every row an even number of times, so pairs never straddle two rows.
  for (let k = 0; k + 1 < sorted.length; k += 2) {
    const row = Math.floor(sorted[k]! / COLUMN_SPAN);
    const origin = row * COLUMN_SPAN + COLUMN_SPAN / 2;
    const from = Math.max(0, sorted[k]! - origin);
    const to = Math.min(width, sorted[k + 1]! - origin);
    if (from < to) data.fill(1, row * width + from, row * width + to);
  }
}

/** Number of samples that are 1. */
export function countSamples(mask: Mask): number {
  let count = 0;
  for (const v of mask.data) count += v;
  return count;
}

/** Samples that are 1 in each tile of the grid (0 to 256), row-major [rows · cols]. */
export function tileCover(mask: Mask, grid: Grid): Uint16Array {
  const cover = new Uint16Array(grid.cols * grid.rows);
  for (let j = 0; j < mask.height; j++) {
    const tileRow = Math.floor(j / SAMPLES_PER_TILE) * grid.cols;
    for (let i = 0; i < mask.width; i++) {
      if (mask.data[j * mask.width + i]) cover[tileRow + Math.floor(i / SAMPLES_PER_TILE)]!++;
    }
  }
  return cover;
}

/** All masks in one byte a sample: bit k is set where mask k is 1. */
export function packMasks(masks: readonly Mask[]): Uint8Array {
  const flags = new Uint8Array(masks[0]!.data.length);
  masks.forEach((mask, k) => {
    for (let s = 0; s < flags.length; s++) flags[s]! |= mask.data[s]! << k;
  });
  return flags;
}
