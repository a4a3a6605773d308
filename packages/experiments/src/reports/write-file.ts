import { createRequire } from 'node:module';

/** The package has no type declarations, so its one function is typed here. */
const write = createRequire(import.meta.url)('write-file-atomic') as (
  path: string,
  data: string | Buffer,
) => Promise<void>;

/** Writes a file as a whole or not at all. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await write(path, typeof data === 'string' ? data : Buffer.from(data));
}
