import type { Vector } from './simplex.js';
import { mean } from './summary.js';

/** Counts of B equal bins; `edges` has B + 1 entries. Bin i is [e_i, e_{i+1}), the last one closed. */
export interface Histogram {
  readonly edges: number[];
  readonly counts: number[];
}

/** NumPy's equal-width histogram on [min, max]; [min − ½, min + ½] if all values are equal. */
export function histogram(values: Vector, bins: number): Histogram {
  if (!Number.isInteger(bins) || bins < 1 || values.length === 0)
    throw new Error(`histogram: ${values.length} values in ${bins} bins; expected at least one of both`);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const v of values) {
    if (!Number.isFinite(v)) throw new Error(`histogram: found the value ${v}; expected finite values`);
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  if (low === high) {
    low -= 0.5;
    high += 0.5;
  }
  const edges = linspace(low, high, bins + 1);
  const counts = new Array<number>(bins).fill(0);
  for (const v of values) {
    let bin = Math.min(Math.floor(((v - low) / (high - low)) * bins), bins - 1);
    // The division rounds; the printed edges decide.
    if (v < edges[bin]!) bin--;
    else if (bin < bins - 1 && v >= edges[bin + 1]!) bin++;
    counts[bin]!++;
  }
  return { edges, counts };
}

/** `points` equally spaced values from `from` to `to`, both included. */
export function linspace(from: number, to: number, points: number): number[] {
  if (points < 2) return [from];
  const step = (to - from) / (points - 1);
  return Array.from({ length: points }, (_, i) => (i === points - 1 ? to : from + i * step));
}

/** The values minus their mean. NSF is not shift invariant: centred and raw scores give different weights. */
export function centred(values: Vector): Float64Array {
  const m = mean(values);
  return Float64Array.from(values, (v) => v - m);
}

/** The curves that lie over the released score plot: σ(x) and e^x at 1000 points from the smallest to the largest score. */
export function overlayCurves(values: Vector, points = 1000): { x: number; sigmoid: number; exp: number }[] {
  const { edges } = histogram(values, 1);
  return linspace(edges[0]!, edges[1]!, points).map((x) => ({ x, sigmoid: 1 / (1 + Math.exp(-x)), exp: Math.exp(x) }));
}
