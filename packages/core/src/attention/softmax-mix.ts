import { tf } from '../engine/index.js';

/**
 * softmax over the last axis with its logarithm of the sum, from one pass over the exponentials. x: [R, N] →
 * weights [R, N] and lse [R, 1]. Two softmaxes over parts of one row are joined by their lse:
 * the share of the first part is σ(lse₁ − lse₂).
 */
export function softmaxLse(x: tf.Tensor): { weights: tf.Tensor2D; lse: tf.Tensor2D } {
  const weights = tf.softmax(x as tf.Tensor2D); // [R, N]
  const lse = tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([weights]);
    return {
      // The largest weight is e^max / Σ, so ln Σ = max − ln(largest weight).
      value: tf.sub(tf.max(z, -1, true), tf.log(tf.max(weights, -1, true))), // [R, 1]
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => [tf.mul(dy, s[0]!)],
    };
  })(x) as tf.Tensor2D;
  return { weights, lse };
}
