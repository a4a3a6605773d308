import { type Draw, EXCLUDED, noGrad, type Rng, tf, topIndices } from '@asmil/core';

/** Stochastic top-k instance masking (ACMIL): in training some of each row's most attended tiles are left out. */

/**
 * Which of each row's `top` best tiles are masked: ⌊k·share⌋ of k = min(top, N), uniformly without replacement, as
 * int32 [R, M] places in the row-after-row list of the best tiles. Undefined where none are.
 */
export function maskedPlaces(rng: Rng, rows: number, n: number, top: number, share: number): Draw | undefined {
  const k = Math.min(top, n);
  const count = Math.floor(k * share);
  if (count === 0) return undefined;
  const ranks = Array.from({ length: k }, (_, i) => i);
  const values = Array.from({ length: rows }, (_, r) =>
    rng
      .shuffle(ranks)
      .slice(0, count)
      .map((rank) => r * k + rank),
  );
  return { shape: [rows, count], values: Int32Array.from(values.flat()) };
}

/**
 * The scores with those of the masked tiles at −1e9, a constant without gradient. scores: [R, N], places as drawn by
 * `maskedPlaces` with the same `top` → [R, N].
 */
export function maskTop(scores: tf.Tensor2D, places: tf.Tensor, top: number): tf.Tensor2D {
  const [rows, n] = scores.shape;
  const [keep, fill] = noGrad(() => {
    const best = tf.reshape(topIndices(scores, Math.min(top, n)), [-1]); // int32 [R·k]
    const tile = tf.gather(best, tf.reshape(places, [places.size])); // int32 [R·M]
    const row = Int32Array.from({ length: places.size }, (_, i) => Math.floor((i * rows) / places.size));
    const at = tf.stack([tf.tensor1d(row, 'int32'), tile], 1); // int32 [R·M, 2]
    const masked = tf.scatterND(at, tf.ones([places.size]), [rows, n]); // [R, N]
    return [tf.sub(1, masked), tf.mul(masked, EXCLUDED)] as const;
  });
  return tf.add(tf.mul(scores, keep), fill) as tf.Tensor2D;
}
