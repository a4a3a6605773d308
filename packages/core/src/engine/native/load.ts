import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../errors.js';
import { LIBRARIES, type NativeInstall } from './install.js';
import { compileKernels, loadKernels } from './kernels.js';
import { loadQuietly, QUIET } from './quiet.js';

const require = createRequire(import.meta.url);

/**
 * Loads the compiled binding, registers the backend `tensorflow` with tfjs and makes it the current one.
 * A second call does nothing. Nothing is printed: set `TF_CPP_MIN_LOG_LEVEL` to 0 to see TensorFlow's own log.
 * Takes half a second or less, most of it the dynamic linker's. Settings such as `TF_NUM_INTRAOP_THREADS` are read here.
 *
 * @throws UserError when the library or the binding does not load on this machine.
 */
export function loadNative(install: Pick<NativeInstall, 'binding' | 'libraryDir'>): void {
  if (tf.findBackend('tensorflow')) return;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  if (process.env.TF_CPP_MIN_LOG_LEVEL !== '0') {
    loadQuietly(join(dirname(install.binding), QUIET), join(install.libraryDir, LIBRARIES[0]!));
  }
  const util = require('node:util');
  // tfjs-node calls both; Node 22 warns about them and Node 23 no longer has them.
  util.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  util.isArray = Array.isArray;

  let binding: any;
  try {
    binding = require(install.binding);
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    throw new UserError(
      `The native engine in ${dirname(install.binding)} does not load (${reason}): set it up anew with \`pnpm engine native --force\`, or choose the wasm engine.`,
    );
  }
  // Compiled at set-up; here only after the suite has brought new ones.
  loadKernels(compileKernels(dirname(install.binding), install.libraryDir, rpathOf(install)));
  // The package's entry point would look for a prebuilt binding of its own; these two are all that the engine needs of it.
  const { NodeJSKernelBackend } = require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend');
  require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels');
  tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node-gpu'), 3);
  // The factory is synchronous, so the backend is current when this returns; the promise only says so again.
  void tf.setBackend('tensorflow');
  if (tf.getBackend() !== 'tensorflow')
    throw new UserError('TensorFlow loaded but tfjs did not take it as its backend.');
}

/** Where the engine's own files look for TensorFlow: beside themselves where it is our copy. */
function rpathOf({ binding, libraryDir }: Pick<NativeInstall, 'binding' | 'libraryDir'>): string {
  return libraryDir === join(dirname(binding), 'tensorflow') ? '$ORIGIN/tensorflow' : libraryDir;
}

/** True when the loaded native engine computes on a GPU. */
export function nativeUsesGpu(): boolean {
  const backend = tf.findBackend('tensorflow') as any;
  return Boolean(backend?.isUsingGpuDevice);
}
