import { engineInfo, noGrad, tf } from '../engine/index.js';

/**
 * The rows of x that `index` names, in its order, with a gradient. x: [N, …], index: int32 [K] → [K, …].
 * WebAssembly cannot add up the gradient of rows that repeat, so there it is a product with a one-hot matrix.
 */
export function gatherRows<T extends tf.Tensor>(x: T, index: tf.Tensor1D): T {
  if (engineInfo()?.name !== 'wasm') return tf.gather(x, index) as T;
  return tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor, tf.GradSaveFunc];
    // An index that the pass has made itself is gone before its backward pass, unless it is saved.
    save([index]);
    const [n, ...rest] = z.shape as [number, ...number[]];
    const width = rest.reduce((a, b) => a * b, 1);
    return {
      value: tf.gather(z, index),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [rows] = saved as [tf.Tensor1D];
        const hot = tf.oneHot(rows, Math.max(n, 2)).toFloat(); // one class is none to tfjs
        const oneHot = tf.transpose(n < 2 ? tf.slice(hot, [0, 0], [rows.shape[0], n]) : hot); // [N, K]
        const sum = tf.matMul(oneHot as tf.Tensor2D, tf.reshape(dy, [rows.shape[0], width])); // [N, …]
        return [tf.reshape(sum, z.shape)];
      },
    };
  })(x) as T;
}

/**
 * Indices of the k largest values of each row, largest first, equal values by position. No gradient. x: [N] or [R, N] → int32
 * [k] or [R, k]; k at most N.
 */
export function topIndices(x: tf.Tensor, k: number): tf.Tensor {
  return noGrad(() => tf.topk(x, k, true).indices);
}

/** The place of each value in its row, 0 for the largest, equal values by position. No gradient. x: [N] or [R, N] → float32. */
export function ranks(x: tf.Tensor): tf.Tensor {
  return noGrad(() => {
    const n = x.shape.at(-1)!;
    const order = topIndices(x, n); // position → index
    // Sorting the order itself, smallest first, gives index → position.
    return tf.cast(topIndices(tf.neg(tf.cast(order, 'float32')), n), 'float32');
  });
}

/** What is added to the scores of what takes no part in a softmax: its weight is then exactly 0. */
export const EXCLUDED = -1e9;

/** Softmax over the last axis among the entries whose `keep` is 1; the others get exactly 0. Shapes broadcast. */
export function maskedSoftmax(scores: tf.Tensor, keep: tf.Tensor): tf.Tensor {
  return tf.softmax(tf.add(scores, tf.mul(tf.sub(keep, 1), -EXCLUDED)));
}
