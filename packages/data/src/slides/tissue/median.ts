import type { Grey } from '../image.js';

/**
 * Median of the square window of odd `side` around each pixel, the border's pixels repeated outwards. A histogram slides
 * along each row (Huang, Yang and Tang 1979), so a pixel costs about 2 · side steps.
 */
export function medianBlur({ width, height, data }: Grey, side: number): Grey {
  const radius = (side - 1) / 2;
  const before = (side * side - 1) / 2; // values below the median at the most
  const out = new Uint8Array(width * height);
  const counts = new Int32Array(256);
  const rows = new Int32Array(side); // where the window's rows begin
  const clamp = (at: number, size: number): number => Math.min(size - 1, Math.max(0, at));
  for (let y = 0; y < height; y++) {
    for (let j = 0; j < side; j++) rows[j] = clamp(y + j - radius, height) * width;
    counts.fill(0);
    for (let i = -radius; i <= radius; i++) {
      const x = clamp(i, width);
      for (const row of rows) counts[data[row + x]!]!++;
    }
    let median = 0;
    let below = 0; // values of the window that are smaller than `median`
    for (let x = 0; x < width; x++) {
      if (x > 0) {
        const gone = clamp(x - radius - 1, width);
        const come = clamp(x + radius, width);
        for (const row of rows) {
          const old = data[row + gone]!;
          const fresh = data[row + come]!;
          counts[old]!--;
          counts[fresh]!++;
          below += Number(fresh < median) - Number(old < median);
        }
      }
      while (below > before) below -= counts[--median]!;
      while (below + counts[median]! <= before) below += counts[median++]!;
      out[y * width + x] = median;
    }
  }
  return { width, height, data: out };
}
