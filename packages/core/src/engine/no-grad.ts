import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs `f` off the gradient tape: what it returns is a constant for every gradient around it.
 *
 * tfjs has no stopGradient. Its engine does not record an operation that runs inside another kernel, which is how
 * `customGrad` keeps its own forward pass off the tape; raising the same counter does it for any function. Tensors stay
 * tracked by the surrounding `tidy`.
 */
export function noGrad<T>(f: () => T): T {
  const state = (tf.engine() as any).state as { kernelDepth: number };
  state.kernelDepth++;
  try {
    return f();
  } finally {
    state.kernelDepth--;
  }
}

/** `x` as a constant for the gradient: same values, no path back. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  return noGrad(() => tf.clone(x));
}
