import { UserError } from '../errors.js';
import { type EngineName, useEngine } from './index.js';
import { findNative } from './native/index.js';
import { verifyBinding } from './native/verify.js';
import { LARGEST_ERROR, productError } from './product-error.js';

/** What a check of an engine found. */
export interface EngineCheck {
  /** Largest difference from values worked out by plain loops. */
  readonly error: number;
  readonly device: 'CPU' | 'GPU';
}

/**
 * Lets an engine compute a small product and gradient: the native one in a process of its own, `wasm` in this process, whose
 * backend it is afterwards. Throws `UserError` if it is not set up, does not load, or computes wrong numbers.
 */
export async function checkEngine(name: EngineName, signal?: AbortSignal): Promise<EngineCheck> {
  if (name === 'native') {
    const install = findNative();
    if (!install) throw new UserError('the native engine is not set up: `pnpm engine native` does it');
    const { error, usesGpu } = await verifyBinding(install.binding, install.libraryDir, signal);
    return { error, device: usesGpu ? 'GPU' : 'CPU' };
  }
  await useEngine('wasm');
  const error = productError();
  if (!(error < LARGEST_ERROR)) {
    throw new UserError(`the wasm engine computes wrong numbers (off by ${error}): install the packages anew`);
  }
  return { error, device: 'CPU' };
}
