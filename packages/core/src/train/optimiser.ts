import { hasKernels, runKernel, tf } from '../engine/index.js';
import type { TrainConfig } from './types.js';

/** Adam's state over the flat parameter vector. */
export interface AdamState {
  readonly params: tf.Tensor1D; // [P]
  readonly m: tf.Tensor1D; // [P]
  readonly v: tf.Tensor1D; // [P]
  /** Steps that each parameter has taken, where not all take every step. */
  readonly steps?: tf.Tensor1D; // [P]
}

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
 * `reached` [P] is 1 for parameters that take this step and 0 for those that stay as they are, moments included.
 */
export function adamStep(
  config: TrainConfig,
  state: AdamState,
  gradient: tf.Tensor1D,
  numbers: tf.Tensor,
  reached?: tf.Tensor1D,
): AdamState {
  if (hasKernels()) return fusedStep(config, state, gradient, numbers, reached);
  if (reached) return partialStep(config, state, gradient, numbers, reached);
  const [b1, b2] = config.betas;
  const { g, p } = clippedAndDecayed(config, state.params, gradient, numbers);
  const m = tf.add(tf.mul(state.m, b1), tf.mul(g, 1 - b1));
  const v = tf.add(tf.mul(state.v, b2), tf.mul(tf.square(g), 1 - b2));
  const root = tf.add(tf.mul(tf.sqrt(v), number(numbers, 1)), config.eps);
  return {
    params: tf.sub(p, tf.mul(tf.div(m, root), number(numbers, 0))) as tf.Tensor1D,
    m: m as tf.Tensor1D,
    v: v as tf.Tensor1D,
  };
}

/** The same step as one pass over the vectors, bit for bit (`partialStep` but for the last bits of its corrections). */
function fusedStep(
  config: TrainConfig,
  state: AdamState,
  gradient: tf.Tensor1D,
  numbers: tf.Tensor,
  reached?: tf.Tensor1D,
): AdamState {
  const [b1, b2] = config.betas;
  const decays = config.weightDecay > 0;
  const attributes = {
    b1,
    c1: 1 - b1,
    b2,
    c2: 1 - b2,
    eps: config.eps,
    l2: decays && config.optimiser === 'adam' ? config.weightDecay : 0,
    decay: decays && config.optimiser === 'adamw' ? config.weightDecay : 0,
  };
  const scale = clipScale(config, gradient) ?? tf.scalar(1);
  const { params, m, v } = state;
  const [name, between] = reached
    ? (['AsmilPartialAdam', [state.steps!, reached]] as const)
    : (['AsmilAdam', []] as const);
  const inputs = [params, m, v, gradient, ...between, numbers, scale];
  const out = runKernel({ name, attributes, inputs, outputs: reached ? 4 : 3 }) as tf.Tensor1D[];
  return { params: out[0]!, m: out[1]!, v: out[2]!, ...(reached && { steps: out[3]! }) };
}

/** min(1, clip/(‖g‖₂ + 1e-6)), []; undefined without clipping. */
function clipScale(config: TrainConfig, gradient: tf.Tensor): tf.Tensor | undefined {
  if (config.clip === null) return undefined;
  const norm = tf.sqrt(tf.sum(tf.square(gradient)));
  return tf.minimum(tf.div(config.clip, tf.add(norm, 1e-6)), 1);
}

/** Each parameter counts its own steps, so the corrections 1 − βᵗ are computed here, one a parameter. */
function partialStep(
  config: TrainConfig,
  state: AdamState,
  gradient: tf.Tensor1D,
  numbers: tf.Tensor,
  reached: tf.Tensor1D,
): AdamState {
  const [b1, b2] = config.betas;
  const { g, p } = clippedAndDecayed(config, state.params, gradient, numbers);
  const steps = tf.add(state.steps!, reached); // [P]
  // expm1 keeps the digits that 1 − βᵗ would lose; before the first step any positive number does.
  const correction = (b: number): tf.Tensor => tf.neg(tf.expm1(tf.mul(tf.maximum(steps, 1), Math.log(b))));
  const m = tf.add(tf.mul(state.m, b1), tf.mul(g, 1 - b1));
  const v = tf.add(tf.mul(state.v, b2), tf.mul(tf.square(g), 1 - b2));
  const root = tf.add(tf.sqrt(tf.div(v, correction(b2))), config.eps);
  const moved = tf.sub(p, tf.mul(tf.div(tf.div(m, correction(b1)), root), number(numbers, 2)));
  const takes = tf.cast(reached, 'bool');
  const either = (next: tf.Tensor, now: tf.Tensor): tf.Tensor1D => tf.where(takes, next, now) as tf.Tensor1D;
  return {
    params: either(moved, state.params),
    m: either(m, state.m),
    v: either(v, state.v),
    steps: steps as tf.Tensor1D,
  };
}

/** One of the step's numbers as a scalar. */
function number(numbers: tf.Tensor, i: number): tf.Tensor {
  return tf.reshape(tf.slice(numbers, [i], [1]), []);
}

/** The gradient as the moments see it, and the parameters as the step finds them. */
function clippedAndDecayed(
  config: TrainConfig,
  params: tf.Tensor1D,
  gradient: tf.Tensor1D,
  numbers: tf.Tensor,
): { g: tf.Tensor; p: tf.Tensor } {
  const scale = clipScale(config, gradient);
  let g: tf.Tensor = scale ? tf.mul(gradient, scale) : gradient;
  let p: tf.Tensor = params;
  if (config.optimiser === 'adam' && config.weightDecay > 0) g = tf.add(g, tf.mul(p, config.weightDecay));
  if (config.optimiser === 'adamw' && config.weightDecay > 0) {
    p = tf.mul(p, tf.sub(1, tf.mul(number(numbers, 2), config.weightDecay)));
  }
  return { g, p };
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
