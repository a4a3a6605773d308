import type { Grey } from '../image.js';

/**
 * Morphological closing of a mask of zeros and ones with a square of ones: dilation, then erosion. The window of a pixel
 * begins floor(side / 2) before it, so windows of even side lean to the upper left in both steps and the mask
 * moves by a pixel to the lower right, as in OpenCV; what lies outside the picture counts in neither step.
 */
export function closing(mask: Grey, side: number): Grey {
  return squares(
    squares(mask, side, (ones) => ones > 0),
    side,
    (ones, size) => ones === size,
  );
}

type Rule = (ones: number, size: number) => boolean;

/** A window over rows, then over columns; `rule` sees how many ones there are among how many pixels. */
function squares({ width, height, data }: Grey, side: number, rule: Rule): Grey {
  const across = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) slide(data, across, y * width, 1, width, side, rule);
  const out = new Uint8Array(data.length);
  for (let x = 0; x < width; x++) slide(across, out, x, width, height, side, rule);
  return { width, height, data: out };
}

/** One line of `length` pixels, `step` apart. */
function slide(
  from: Uint8Array,
  to: Uint8Array,
  start: number,
  step: number,
  length: number,
  side: number,
  rule: Rule,
): void {
  const anchor = Math.floor(side / 2);
  let ones = 0;
  for (let i = 0; i < Math.min(length, side - 1 - anchor); i++) ones += from[start + i * step]!;
  for (let i = 0; i < length; i++) {
    const come = i + side - 1 - anchor;
    const gone = i - anchor - 1;
    if (come < length) ones += from[start + come * step]!;
    if (gone >= 0) ones -= from[start + gone * step]!;
    const size = Math.min(length - 1, come) - Math.max(0, gone + 1) + 1;
    to[start + i * step] = rule(ones, size) ? 1 : 0;
  }
}
