import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { UserError } from './errors.js';

// The package brings no type declarations; loaded this way, packages that compile these sources need none either.
const write = createRequire(import.meta.url)('write-file-atomic') as (
  path: string,
  data: string | Uint8Array,
) => Promise<void>;

/**
 * Writes a file under a temporary name, syncs it and renames it, so that it is there whole or not at all. Makes the
 * folder if need be. Throws a UserError that names the file if the machine refuses.
 */
export async function writeFileWhole(path: string, data: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await write(path, data);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError(
      `${path}: cannot be written (${code ?? message}); check that the folder can be written and has room`,
    );
  }
}
