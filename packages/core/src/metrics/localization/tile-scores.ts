import { UserError } from '../../errors.js';
import type { Vector } from '../simplex.js';

/**
 * How the scores of tiles become comparable with one threshold:
 * `minmax` rescales each slide to [0, 1]; `globalMinmax` does it with the extremes of all slides together; `none` takes
 * scores as they are; `probability` too, and refuses what is outside [0, 1].
 */
export const SCALES = ['minmax', 'none', 'globalMinmax', 'probability'] as const;
export type Scale = (typeof SCALES)[number];

/** (s − min) / (max − min) over the values; all 0 where they are all equal, a single tile included, or where there are none. */
export function minmax(values: Vector): Float64Array {
  return between(values, extremes([values]));
}

/** The scores of several slides rescaled together, a list each, in the order given. Throws `UserError` for `probability` outside [0, 1]. */
export function rescale(slides: readonly Vector[], scale: Scale): Float64Array[] {
  if (scale === 'minmax') return slides.map(minmax);
  if (scale === 'globalMinmax') {
    const all = extremes(slides);
    return slides.map((values) => between(values, all));
  }
  const copies = slides.map((values) => Float64Array.from(values));
  if (scale === 'probability') {
    for (const values of copies) {
      const odd = values.find((v) => !(v >= 0 && v <= 1));
      if (odd !== undefined)
        throw new UserError(`found a score of ${odd}, expected probabilities from 0 to 1; take another scale`);
    }
  }
  return copies;
}

/** The mean over M rows of scores, row-major [M, N] → [N]: tokens, branches or heads of attention. */
export function meanRows(values: Vector, rows: number, n: number): Float64Array {
  if (rows < 1 || values.length !== rows * n)
    throw new Error(`tile scores: ${values.length} values; expected rows × tiles = ${rows} × ${n}`);
  const out = new Float64Array(n);
  for (let r = 0; r < rows; r++) for (let i = 0; i < n; i++) out[i]! += values[r * n + i]!;
  for (let i = 0; i < n; i++) out[i]! /= rows;
  return out;
}

interface Extremes {
  readonly min: number;
  readonly max: number;
}

function extremes(slides: readonly Vector[]): Extremes {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of slides) {
    for (const v of values) {
      if (!Number.isFinite(v)) throw new Error(`tile scores: found ${v}; expected finite scores`);
      if (v < min) min = v;
      if (v > max) max = v;
    }
  }
  return { min, max };
}

function between(values: Vector, { min, max }: Extremes): Float64Array {
  return max > min ? Float64Array.from(values, (v) => (v - min) / (max - min)) : new Float64Array(values.length);
}
