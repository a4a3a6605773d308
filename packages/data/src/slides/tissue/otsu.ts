import type { Grey } from '../image.js';

/** A class with a smaller share than this is none: the precision of a 32-bit float. */
const LEAST = 1.1920928955078125e-7;

/**
 * Otsu's threshold (1979): the t for which pixels ≤ t and pixels > t lie furthest apart, q1 q2 (μ1 − μ2)² with their shares
 * and means; the smallest t of several that are as good, and 0 for a picture of one grey.
 */
export function otsuThreshold({ data }: Grey): number {
  const counts = new Float64Array(256);
  for (const value of data) counts[value]!++;
  const total = counts.reduce((sum, count, value) => sum + count * value, 0) / data.length;
  let [best, threshold, share, weighted] = [0, 0, 0, 0];
  for (let t = 0; t < 256; t++) {
    const p = counts[t]! / data.length;
    share += p;
    weighted += t * p;
    const rest = 1 - share;
    if (Math.min(share, rest) < LEAST || Math.max(share, rest) > 1 - LEAST) continue;
    const between = share * rest * (weighted / share - (total - weighted) / rest) ** 2;
    if (between > best) [best, threshold] = [between, t];
  }
  return threshold;
}
