import { pathToFileURL } from 'node:url';
import type { Deps } from './deps.js';

/**
 * The parts that this process runs on. `ASMIL_TEST_WIRING` names a module with another `deps` (the tests' tiny trainer);
 * it is inherited by the workers, so that command and workers always agree.
 */
export async function loadDeps(): Promise<Deps> {
  const other = process.env.ASMIL_TEST_WIRING;
  const module = (other ? await import(pathToFileURL(other).href) : await import('../wiring.js')) as { deps: Deps };
  return module.deps;
}
