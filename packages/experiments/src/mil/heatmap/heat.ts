import { UserError } from '@asmil/core';

/** A slide with what a model attends to. */
export interface HeatSlide {
  readonly id: string;
  /** Upper left corners of the tiles, [N, 2], x then y, in `unit`s. */
  readonly places: ArrayLike<number>;
  /** Side of a tile in the same unit. */
  readonly side: number;
  /** Whether nothing of it comes from a patient. */
  readonly simulated?: boolean;
  /** `level-0 pixel` or `tile`. */
  readonly unit: string;
  /** [N], sums to 1. */
  readonly attention: Float32Array;
}

/** How attention becomes a value from 0 to 1: rank among the tiles (CLAM's way), min to max, or weight × N up to 10. */
export const SCALES = ['percentile', 'minmax', 'weight'] as const;
export type HeatScale = (typeof SCALES)[number];

/** Weight × N at the top of the scale `weight`. */
const TOP = 10;

/** Values of the tiles from 0 to 1, [N]. A slide of one tile, and a flat map, have one value for all. */
export function heatOf(attention: Float32Array, scale: HeatScale): Float64Array {
  const n = attention.length;
  if (scale === 'weight') return Float64Array.from(attention, (weight) => Math.min(1, (weight * n) / TOP));
  if (scale === 'percentile') return percentiles(attention);
  const [low, high] = attention.reduce(([a, b], w) => [Math.min(a, w), Math.max(b, w)], [Infinity, -Infinity]);
  return Float64Array.from(attention, (weight) => (high === low ? 0 : (weight - low) / (high - low)));
}

/** Average rank / N: tied tiles share the mean of their ranks. */
function percentiles(values: Float32Array): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const out = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) out[order[i]!] = (from + 1 + to) / 2 / values.length;
    from = to;
  }
  return out;
}

/** The rectangle that the tiles cover, in their unit. Throws `UserError` for a slide without places. */
export function extentOf({ id, places, side, attention }: HeatSlide) {
  if (places.length !== 2 * attention.length || attention.length === 0) {
    throw new UserError(`slide ${id}: no coordinates, so there is no place to draw its attention`);
  }
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < attention.length; i++) {
    const [x, y] = [places[2 * i]!, places[2 * i + 1]!];
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + side);
    bottom = Math.max(bottom, y + side);
  }
  return { left, top, width: right - left, height: bottom - top };
}
