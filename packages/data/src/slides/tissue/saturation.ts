import type { Grey, Rgb } from '../image.js';

/** Bits behind the point of the table below. */
const SHIFT = 12;

/** 255 / v in fixed point, 0 for v = 0. No quotient lies half-way between two whole numbers. */
const INVERSE = Int32Array.from({ length: 256 }, (_, v) => (v === 0 ? 0 : Math.round((255 << SHIFT) / v)));

/**
 * Saturation of the HSV colour space in 8 bits, as OpenCV rounds it: with v the largest and m the smallest of the three
 * colours, (v − m) · 255 / v, and 0 for black.
 */
export function saturation({ width, height, data }: Rgb): Grey {
  const out = new Uint8Array(width * height);
  for (let i = 0, p = 0; i < out.length; i++, p += 3) {
    const [r, g, b] = [data[p]!, data[p + 1]!, data[p + 2]!];
    const largest = Math.max(r, g, b);
    out[i] = ((largest - Math.min(r, g, b)) * INVERSE[largest]! + (1 << (SHIFT - 1))) >> SHIFT;
  }
  return { width, height, data: out };
}
