import type { metrics } from '@asmil/core';
import type { Ring } from './ring.js';

/** Where the samples of a raster lie: sample (i, j) stands for the point (x + (i + ½) step, y + (j + ½) step). */
export interface Sampling {
  readonly step: number;
  /** Left and upper edge of the raster; default 0. */
  readonly x?: number;
  readonly y?: number;
}

/** Keeps row and column of a crossing in one number that sorts by row, then column. */
const COLUMN_SPAN = 2 ** 22;

/**
 * Sets the samples inside one polygon (even-odd over all its rings) to `value`.
 *
 * Bit-exact rule: an edge touches the sample rows from the first one whose sample point is not above its upper end up to,
 * without, the first one that is not above its lower end; its crossing is x1 + (ys − y1)·(x2 − x1)/(y2 − y1) in this order of
 * operations. What lies outside the raster is dropped only after the crossings of a row have been paired.
 */
export function fillRings(
  mask: metrics.localization.Mask,
  rings: readonly Ring[],
  { step, x: left = 0, y: upper = 0 }: Sampling,
  value: 0 | 1 = 1,
): void {
  const { width, height, data } = mask;
  /** First row or column whose sample point is not before a coordinate. */
  const firstSample = (at: number, edge: number): number => Math.ceil((at - edge - step / 2) / step);
  const crossings: number[] = [];
  for (const ring of rings) {
    for (let p = 0; p + 3 < ring.length; p += 2) {
      const x1 = ring[p]!;
      const y1 = ring[p + 1]!;
      const x2 = ring[p + 2]!;
      const y2 = ring[p + 3]!;
      const first = Math.max(0, firstSample(Math.min(y1, y2), upper));
      const end = Math.min(height, firstSample(Math.max(y1, y2), upper));
      for (let j = first; j < end; j++) {
        const ys = upper + (j + 0.5) * step;
        const x = x1 + ((ys - y1) * (x2 - x1)) / (y2 - y1);
        crossings.push(j * COLUMN_SPAN + Math.min(width, Math.max(0, firstSample(x, left))));
      }
    }
  }
  const sorted = Float64Array.from(crossings).sort();
  // A closed polygon crosses every row an even number of times, so pairs never straddle two rows.
  for (let k = 0; k + 1 < sorted.length; k += 2) {
    const row = Math.floor(sorted[k]! / COLUMN_SPAN);
    const origin = row * COLUMN_SPAN;
    const [from, to] = [sorted[k]! - origin, sorted[k + 1]! - origin];
    if (from < to) data.fill(value, row * width + from, row * width + to);
  }
}
