import type { Rgb } from '../image.js';

/** What is subtracted from the colours (0 to 1), and what they are then divided by: red, green, blue. */
export interface Normalisation {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Those of ImageNet, which most encoders were trained with. */
export const IMAGENET: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** (value / 255 − mean) / std of pictures of `size` x `size`, colour by colour: [N, 3, S, S]. */
export function toPlanes(tiles: readonly Rgb[], size: number, { mean, std }: Normalisation): Float32Array {
  const area = size * size;
  const out = new Float32Array(tiles.length * 3 * area);
  const table = mean.map((m, c) => Float32Array.from({ length: 256 }, (_, value) => (value / 255 - m) / std[c]!));
  tiles.forEach(({ data }, n) => {
    for (let c = 0; c < 3; c++) {
      const values = table[c]!;
      const start = (3 * n + c) * area;
      for (let i = 0; i < area; i++) out[start + i] = values[data[3 * i + c]!]!;
    }
  });
  return out;
}
