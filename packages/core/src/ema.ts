import { tf } from './engine/index.js';
import type { Params } from './model.js';

/** One step of the exponential moving average, θ′ ← m θ′ + (1 − m) θ, for every tensor of the tree (Eq. 4). */
export function ema(tree: Params, params: Params, m: number): Params {
  const next: Record<string, tf.Tensor> = {};
  for (const [name, value] of Object.entries(tree)) {
    next[name] = tf.add(tf.mul(value, m), tf.mul(params[name]!, 1 - m));
  }
  return next;
}
