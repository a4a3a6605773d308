import { tf } from '../engine/index.js';
import { product } from './ops.js';

/**
 * w Xᵀ (or w X) with data that get no gradient, which saves the largest product of the backward pass.
 * x: [N, D]; w: [R, D] → [R, N], or with `mix` w: [R, N] → [R, D].
 */
export function dataProduct(w: tf.Tensor, x: tf.Tensor, options: { readonly mix?: boolean } = {}): tf.Tensor2D {
  const mix = options.mix ?? false;
  return tf.customGrad((...args: unknown[]) => {
    const [weights, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([x]);
    return {
      value: product(weights, x, false, !mix),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [product(dy, saved[0]!, false, mix)],
    };
  })(w) as tf.Tensor2D;
}
