import { linear, matmul, type Params, tf } from '@asmil/core';
import {
  landmarksOf,
  type NystromOptions,
  nystromRow,
  padFront,
  projectLandmarks,
  type Sequence,
  splitWeights,
} from './nystrom.js';

/** What TransMIL and the encoders made after it read from a class token: its output and its attention. */

/** Taps of the residual convolution, and those of them from the centre on. */
export const KERNEL = 33;
export const HALF = (KERNEL + 1) / 2;

/**
 * A Nyström block's output for the first of its tokens alone, [1, D], and that token's row of attention, [h, n]. Of the
 * convolution the token sees the half of the filter that looks ahead, as only zeros stand before it. Row and filter mix
 * tokens, so that the values of two mixtures a head are projected in the place of n. u: [n, D]; with a `sequence` its
 * tokens are padded already.
 */
export function classRow(
  p: Params,
  name: string,
  u: tf.Tensor2D,
  options: NystromOptions,
  sequence?: Sequence,
): { readonly row: tf.Tensor2D; readonly y: tf.Tensor2D } {
  const [n, d] = u.shape;
  const { heads, landmarks: m } = options;
  const width = d / heads;
  const { query, key, value } = splitWeights(p[`${name}.to_qkv.weight`]!, heads);
  const padded = sequence ? u : padFront(u, m); // [L, D]
  const length = padded.shape[0];
  const k = tf.reshape(matmul(key, padded, false, true), [heads, width, length]) as tf.Tensor3D;
  const first = tf.slice(u, [0, 0], [1, d]); // [1, D]
  const q = tf.reshape(matmul(query, first, false, true), [heads, width, 1]) as tf.Tensor3D;
  const landmarks = sequence
    ? landmarksOf(sequence.means, query, key, heads)
    : projectLandmarks(padded, query, key, heads, m);
  const parts = { q, k, landmarks, added: sequence?.added };
  const row = tf.reshape(nystromRow(parts, 0, options), [heads, length]) as tf.Tensor2D;
  const ahead = Math.min(HALF, n);
  const filter = tf.reshape(p[`${name}.res_conv.weight`]!, [heads, KERNEL]) as tf.Tensor2D;
  const near = matmul(tf.slice(filter, [0, HALF - 1], [heads, ahead]), tf.slice(u, [0, 0], [ahead, d])); // [h, D]
  const mixed = tf.reshape(tf.add(matmul(row, padded), near), [heads, 1, d]);
  const values = matmul(mixed, tf.reshape(value, [heads, width, d]), false, true); // [h, 1, d]
  const y = linear(tf.reshape(values, [1, d]), p[`${name}.to_out.0.weight`]!, p[`${name}.to_out.0.bias`]!);
  return { row: tf.slice(row, [0, length - n], [heads, n]), y };
}

/**
 * Rows of a Nyström attention as one distribution over the tiles: the mean over heads, negative values as 0, scaled to a sum
 * of 1; uniform where nothing is left. raw: [h, N] → [1, N].
 */
export function distribution(raw: tf.Tensor): tf.Tensor2D {
  const weights = tf.relu(tf.mean(raw, 0, true)); // [1, N]
  const total = tf.sum(weights, 1, true); // [1, 1]
  const uniform = tf.softmax(tf.mul(weights, 0)); // [1, N]
  return tf.where(tf.less(total, 1e-12), uniform, tf.div(weights, total)) as tf.Tensor2D;
}
