import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';

/**
 * Two packages that bring no type declarations, with the few members that are used here. They are loaded this way rather
 * than declared as modules so that packages which compile these sources need no declarations of their own.
 */
const load = createRequire(import.meta.url);

export interface ZipEntry {
  readonly fileName: string;
  readonly uncompressedSize: number;
}

export interface ZipFile {
  eachEntry(): AsyncIterable<ZipEntry>;
  openReadStreamPromise(entry: ZipEntry): Promise<Readable>;
  close(): void;
}

interface Yauzl {
  openPromise(path: string, options: { lazyEntries: boolean; autoClose: boolean }): Promise<ZipFile>;
}

/** Opens a zip archive; the caller closes it. */
export const openZip = (path: string): Promise<ZipFile> =>
  (load('yauzl') as Yauzl).openPromise(path, { lazyEntries: true, autoClose: false });

type WriteFileAtomic = (path: string, data: string | Uint8Array) => Promise<void>;

/** Writes a file under a temporary name, syncs it and renames it, so that it is there whole or not at all. */
export const writeFileAtomic: WriteFileAtomic = (path, data) =>
  (load('write-file-atomic') as WriteFileAtomic)(path, data as Uint8Array);
