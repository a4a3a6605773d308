import { type Draw, EXCLUDED, noGrad, type Rng, tf, topIndices } from '@asmil/core';

/** Pseudo-bags (DTFD-MIL): the tiles in random order, cut into chunks of nearly equal size. */

/** A random order of the tiles and the chunk that each tile is in. */
export interface Chunks {
  readonly order: tf.Tensor1D; // int32 [N]
  readonly chunk: tf.Tensor1D; // int32 [N]
  /** Tiles of each chunk, which follow from N alone. */
  readonly sizes: readonly number[];
}

/** Sizes of min(groups, n) chunks; the first n mod groups have one tile more. */
export function chunkSizes(n: number, groups: number): number[] {
  const count = Math.min(groups, n);
  return Array.from({ length: count }, (_, m) => Math.floor(n / count) + (m < n % count ? 1 : 0));
}

/** A uniform order and its chunks. */
export function drawChunks(rng: Rng, n: number, groups: number): { order: Draw; chunk: Draw } {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = rng.int(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const chunk = new Int32Array(n);
  let at = 0;
  chunkSizes(n, groups).forEach((size, m) => {
    for (const end = at + size; at < end; at++) chunk[order[at]!] = m;
  });
  return { order: { shape: [n], values: order }, chunk: { shape: [n], values: chunk } };
}

/** What is added to a row of N values so that each chunk sees its own tiles: 0 or −1e9. chunk: int32 [N] → [M, N]. */
export function outside(chunk: tf.Tensor, count: number): tf.Tensor2D {
  return noGrad(() => {
    const numbers = Int32Array.from({ length: count }, (_, m) => m);
    const other = tf.notEqual(tf.reshape(chunk, [1, chunk.size]), tf.tensor2d(numbers, [count, 1], 'int32'));
    return tf.mul(tf.cast(other, 'float32'), EXCLUDED) as tf.Tensor2D;
  });
}

/**
 * Of every chunk the `k` tiles with the largest values, largest first, and with `both` the k with the smallest after them,
 * smallest last; equal values by place in the order; a chunk of fewer tiles gives what it has. values: [N] → places in
 * `order`, chunk after chunk, int32 [R]. No gradient.
 */
export function extremePlaces(values: tf.Tensor, chunks: Chunks, k: number, both: boolean): tf.Tensor1D {
  const { order, chunk, sizes } = chunks;
  const n = order.size;
  const width = Math.min(k, sizes[0]!);
  return noGrad(() => {
    const top = (by: tf.Tensor, row: tf.Tensor): tf.Tensor => {
      const own = tf.reshape(tf.gather(row, by as tf.Tensor1D), [1, n]);
      return topIndices(tf.add(own, outside(tf.gather(chunk, by as tf.Tensor1D), sizes.length)), width); // int32 [M, k]
    };
    const parts = [top(order, values)];
    if (both) {
      // Read from the end, the smallest value that stands last comes first.
      const fromEnd = top(tf.reverse(order, 0), tf.neg(values));
      parts.push(tf.sub(tf.scalar(n - 1, 'int32'), fromEnd));
    }
    const rowsOf = (t: tf.Tensor, m: number, rows: number, last: boolean): tf.Tensor => {
      const taken = tf.slice(t, [m, 0], [rows, Math.min(width, sizes[m]!)]);
      return last && taken.shape[1]! > 1 ? tf.reverse(taken, 1) : taken;
    };
    const joined = (m: number, rows: number): tf.Tensor1D => {
      const sides = parts.map((t, i) => rowsOf(t, m, rows, i === 1));
      return tf.reshape(sides.length === 1 ? sides[0]! : tf.concat(sides, 1), [-1]);
    };
    if (sizes.at(-1)! >= k) return joined(0, sizes.length);
    return tf.concat(sizes.map((_, m) => joined(m, 1)));
  });
}
