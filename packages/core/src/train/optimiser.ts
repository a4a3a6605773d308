import { tf } from '../engine/index.js';
import type { TrainConfig } from './types.js';

/** Adam's state over the flat parameter vector. */
export interface AdamState {
  readonly params: tf.Tensor1D; // [P]
  readonly m: tf.Tensor1D; // [P]
  readonly v: tf.Tensor1D; // [P]
}

/** Names of the numbers that change from step to step and enter the step as one vector. */
export const STEP_NUMBERS = 3;

/**
 * The step's numbers at step t (from 1): lr/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ), lr. Computed in float64 and handed in as a tensor
 * [3], so that the step itself is the same function every time.
 */
export function stepNumbers(config: TrainConfig, lr: number, t: number): Float32Array {
  const [b1, b2] = config.betas;
  return Float32Array.of(lr / (1 - b1 ** t), 1 / Math.sqrt(1 - b2 ** t), lr);
}

/**
 * One step of Adam or AdamW with PyTorch's formulas:
 * p ← p − lr/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε), weight decay added to the gradient (adam) or p ← p (1 − lr·wd) first
 * (adamw). The whole gradient is scaled by min(1, clip/(‖g‖₂ + 1e-6)) where clipping is on.
 */
export function adamStep(config: TrainConfig, state: AdamState, gradient: tf.Tensor1D, numbers: tf.Tensor): AdamState {
  const [b1, b2] = config.betas;
  const at = (i: number): tf.Tensor => tf.reshape(tf.slice(numbers, [i], [1]), []);
  let g: tf.Tensor = gradient;
  if (config.clip !== null) {
    const norm = tf.sqrt(tf.sum(tf.square(g)));
    g = tf.mul(g, tf.minimum(tf.div(config.clip, tf.add(norm, 1e-6)), 1));
  }
  let p: tf.Tensor = state.params;
  if (config.optimiser === 'adam' && config.weightDecay > 0) g = tf.add(g, tf.mul(p, config.weightDecay));
  if (config.optimiser === 'adamw' && config.weightDecay > 0) {
    p = tf.mul(p, tf.sub(1, tf.mul(at(2), config.weightDecay)));
  }
  const m = tf.add(tf.mul(state.m, b1), tf.mul(g, 1 - b1));
  const v = tf.add(tf.mul(state.v, b2), tf.mul(tf.square(g), 1 - b2));
  const root = tf.add(tf.mul(tf.sqrt(v), at(1)), config.eps);
  return {
    params: tf.sub(p, tf.mul(tf.div(m, root), at(0))) as tf.Tensor1D,
    m: m as tf.Tensor1D,
    v: v as tf.Tensor1D,
  };
}

/**
 * Learning rate at time t in epochs (epoch + bag/bags): a linear warm-up over `warmup` epochs, then a cosine to 0 at
 * `epochs`, or the constant rate.
 */
export function learningRate(config: TrainConfig, t: number): number {
  if (t < config.warmup) return (config.lr * t) / config.warmup;
  if (config.schedule === 'constant') return config.lr;
  const span = config.epochs - config.warmup;
  return config.lr * 0.5 * (1 + Math.cos((Math.PI * (t - config.warmup)) / span));
}
