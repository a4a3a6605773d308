// The union package is loaded for its registered gradients; its own backends are never chosen.
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { version_wasm } from '@tensorflow/tfjs-backend-wasm';
import { UserError } from '../errors.js';
import { findNative, loadNative } from './native/index.js';
import { replaceWasmSlices } from './wasm-kernels.js';

export { type Compiled, compile, type Sizing, type TensorFunction } from './compiled/compile.js';
export { tracing } from './compiled/trace.js';
export { countMacs, type KernelRun, macsOf } from './count-macs.js';
export { Executor, type ExecutorOptions } from './executor.js';
export { hasKernels, type KernelCall, runKernel, withoutKernels } from './kernels.js';
export { noGrad, stopGradient } from './no-grad.js';
export { tf };

export type EngineChoice = 'auto' | 'native' | 'wasm';
export type EngineName = 'native' | 'wasm';

export interface EngineInfo {
  readonly name: EngineName;
  /** Version of the library that computes: TensorFlow's, or the WebAssembly backend's. */
  readonly version: string;
  /** The device really used. */
  readonly device: string;
  readonly threads: number;
  /** How to get a faster engine, in one line, where there is one. */
  readonly note?: string;
}

const SLOW_NOTE = 'using WebAssembly; `pnpm engine native` sets up the native engine, about five times as fast';

/** What a choice means on this machine, without loading anything. Throws `UserError` if `native` is not set up. */
export function resolveEngine(choice: EngineChoice): { name: EngineName; note?: string } {
  if (choice === 'wasm') return { name: 'wasm' };
  if (findNative()) return { name: 'native' };
  if (choice === 'native') {
    throw new UserError(
      'the native engine is not set up on this machine: run `pnpm engine native` first, or use --engine wasm',
    );
  }
  return { name: 'wasm', note: SLOW_NOTE };
}

let active: EngineInfo | undefined;

/** The engine in use; undefined before `useEngine`. */
export function engineInfo(): EngineInfo | undefined {
  return active;
}

/**
 * Loads an engine and makes it the backend of this process. `threads` counts the native engine's threads inside one
 * operation; it takes effect only in the process's first call, since TensorFlow reads it when it starts.
 */
export async function useEngine(choice: EngineChoice, options: { threads?: number } = {}): Promise<EngineInfo> {
  const { name, note } = resolveEngine(choice);
  if (name === 'native') {
    const install = findNative()!;
    const threads = options.threads ?? 1;
    process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
    process.env.TF_NUM_INTEROP_THREADS ??= '1';
    process.env.OMP_NUM_THREADS ??= String(threads);
    loadNative(install);
    await tf.setBackend('tensorflow');
    await tf.ready();
    active = {
      name,
      version: `TensorFlow ${install.tensorflow}`,
      device: install.device,
      threads: Number(process.env.TF_NUM_INTRAOP_THREADS),
    };
  } else {
    await tf.setBackend('wasm');
    await tf.ready();
    replaceWasmSlices();
    active = { name, version: `tfjs-backend-wasm ${version_wasm}`, device: 'cpu', threads: 1, note };
  }
  return active;
}
