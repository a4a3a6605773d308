import { join } from 'node:path';
import envPaths from 'env-paths';

/**
 * A folder (or file) of the per-user cache: `$ASMIL_CACHE` if set, else the platform's cache folder for `asmil`.
 * Nothing is created.
 */
export function cacheDir(...parts: string[]): string {
  const root = process.env.ASMIL_CACHE || envPaths('asmil', { suffix: '' }).cache;
  return join(root, ...parts);
}
