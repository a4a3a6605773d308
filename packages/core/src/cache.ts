import { resolve } from 'node:path';
import envPaths from 'env-paths';

/**
 * A path in the per-user cache folder, where downloads and compiled parts live: `cacheDir('native')`.
 * The environment variable `ASMIL_CACHE` moves the whole folder. Nothing is created.
 */
export function cacheDir(...parts: string[]): string {
  return resolve(process.env.ASMIL_CACHE || envPaths('asmil', { suffix: '' }).cache, ...parts);
}
