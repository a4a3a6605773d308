import type { metrics } from '@asmil/core';
import { fillRings } from '../raster.js';
import type { Ring } from '../ring.js';
import { type Grid, SAMPLE_PX, SAMPLES_PER_TILE } from './grid.js';

/** A raster of 0 and 1, row-major [height, width]; sample (i, j) stands for the point (16 i + 8, 16 j + 8) px. */
export type Mask = metrics.localization.Mask;

/** An empty mask that covers a grid of tiles. */
export function emptyMask(grid: Grid): Mask {
  const width = grid.cols * SAMPLES_PER_TILE;
  const height = grid.rows * SAMPLES_PER_TILE;
  return { width, height, data: new Uint8Array(width * height) };
}

/**
 * Sets the samples inside one polygon (even-odd over all its rings) to 1. Rings repeat their first point at the end. The rule
 * is exact to the bit (`fillRings`).
 */
export function fillPolygon(mask: Mask, rings: readonly Ring[]): void {
  fillRings(mask, rings, { step: SAMPLE_PX });
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
