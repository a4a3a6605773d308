import type { BagShape, Draw, Rng } from '@asmil/core';
import { tf } from '@asmil/core';

/** How many of n tiles a step keeps; never none. */
export function keptTiles(n: number, ratio: number): number {
  return Math.max(1, Math.floor(n * ratio));
}

/** The kept tiles of one step in random order: the first of a permutation. */
export function drawTiles(rng: Rng, n: number, ratio: number): Draw {
  const order = rng.shuffle(Array.from({ length: n }, (_, i) => i));
  const kept = keptTiles(n, ratio);
  return { shape: [kept], values: Int32Array.from(order.slice(0, kept)) };
}

/** How shapes follow n where a step keeps a share of the tiles. */
export function keptShape(n: number, ratio: number): BagShape {
  return { family: '', sizes: [keptTiles(n, ratio)] };
}

/** The tiles that a step keeps; all of them without a draw. x: [N, D] → [kept, D]. */
export function keepTiles(x: tf.Tensor2D, kept: tf.Tensor | undefined): tf.Tensor2D {
  return kept === undefined ? x : tf.gather(x, kept as tf.Tensor1D);
}
