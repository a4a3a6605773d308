import * as tf from '@tensorflow/tfjs-core';
import { nativeBackend } from './compiled/trace.js';
import { nativeUsesGpu } from './native/index.js';

/** A kernel of the native engine: its name, its float attributes, its number of results. See `native/kernels.cc`. */
export interface KernelCall {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, number>>;
  readonly inputs: readonly tf.Tensor[];
  readonly outputs: number;
}

/** Whether the engine in use has kernels of its own: natively on the CPU. Elsewhere their twins of tfjs operations run. */
export function hasKernels(): boolean {
  return tf.getBackend() === 'tensorflow' && !switchedOff && !nativeUsesGpu();
}

let switchedOff = false;

/** Runs `f` with the kernels' twins in their place, for tests and measurements. */
export function withoutKernels<T>(f: () => T): T {
  const before = switchedOff;
  switchedOff = true;
  try {
    return f();
  } finally {
    switchedOff = before;
  }
}

/**
 * Runs a kernel. It is on no gradient's tape: call it inside `customGrad` or where no gradient is wanted. The results are
 * tracked by the surrounding `tidy`.
 */
export function runKernel({ name, attributes = {}, inputs, outputs }: KernelCall): tf.Tensor[] {
  const backend = nativeBackend();
  const type = backend.binding.TF_ATTR_FLOAT as number;
  return backend.executeMultipleOutputs(
    name,
    Object.entries(attributes).map(([key, value]) => ({ name: key, type, value })),
    [...inputs],
    outputs,
  );
}
