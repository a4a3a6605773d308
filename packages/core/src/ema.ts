import { hasKernels, runKernel, tf } from './engine/index.js';
import type { Params } from './model.js';

/** One step of the exponential moving average, θ′ ← m θ′ + (1 − m) θ, for every tensor of the tree (Eq. 4). m: a number or []. */
export function ema(tree: Params, params: Params, m: number | tf.Tensor): Params {
  // In float64 where m is a number: 1 − 0.9999 keeps its digits.
  const [own, other] = typeof m === 'number' ? [m, 1 - m] : [m, tf.sub(1, m)];
  const fused = hasKernels();
  const weights =
    fused && (typeof own === 'number' ? tf.tensor1d([own, other as number]) : tf.stack([own, other as tf.Scalar]));
  const next: Record<string, tf.Tensor> = {};
  for (const [name, value] of Object.entries(tree)) {
    const online = params[name]!;
    next[name] = weights
      ? runKernel({ name: 'AsmilLerp', inputs: [value, online, weights], outputs: 1 })[0]!
      : tf.add(tf.mul(value, own), tf.mul(online, other));
  }
  return next;
}
