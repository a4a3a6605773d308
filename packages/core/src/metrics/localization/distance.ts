import type { Mask } from './mask.js';

/**
 * The exact squared Euclidean distance, in pixels, from every pixel centre to the nearest set one (0 on set pixels); null
 * where nothing is set and every distance is infinite. Two passes, linear in the number of pixels: distances within columns,
 * then the lower envelope of their parabolas along each row (Meijster, Roerdink, Hesselink 2000; Felzenszwalb and
 * Huttenlocher 2012).
 */
export function squaredDistances(mask: Mask): Int32Array | Float64Array | null {
  const { height, width } = mask;
  const columns = columnDistances(mask);
  // Every column that has a set pixel has a finite distance in each of its rows.
  const finite: number[] = [];
  for (let x = 0; x < width; x++) if (columns[x]! < FAR) finite.push(x);
  if (finite.length === 0) return null;
  const out =
    height * height + width * width < 2 ** 31 ? new Int32Array(height * width) : new Float64Array(height * width);
  const apex = new Int32Array(finite.length); // column of each parabola of the envelope
  const from = new Int32Array(finite.length); // first column where it is the lowest
  const square = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (const x of finite) square[x] = columns[row + x]! ** 2;
    let top = -1;
    for (const x of finite) {
      let start = 0;
      while (top >= 0) {
        const at = apex[top]!;
        // The first column at which the parabola of x is lower than that of its predecessor.
        start = Math.floor((x * x - at * at + square[x]! - square[at]!) / (2 * (x - at))) + 1;
        if (start > from[top]!) break;
        top--;
      }
      if (top < 0) start = 0;
      if (start >= width) continue;
      apex[++top] = x;
      from[top] = start;
    }
    for (let x = width - 1; x >= 0; x--) {
      const at = apex[top]!;
      out[row + x] = (x - at) ** 2 + square[at]!;
      if (x === from[top]) top--;
    }
  }
  return out;
}

/** Above every distance within a column. */
const FAR = 2 ** 30;

/** Distance to the nearest set pixel of the same column; at least `FAR` in a column without any. */
function columnDistances({ height, width, data }: Mask): Int32Array {
  const out = new Int32Array(height * width);
  for (let x = 0; x < width; x++) out[x] = data[x] ? 0 : FAR;
  for (let i = width; i < out.length; i++) out[i] = data[i] ? 0 : out[i - width]! + 1;
  for (let i = out.length - width - 1; i >= 0; i--) if (out[i + width]! < out[i]!) out[i] = out[i + width]! + 1;
  return out;
}
