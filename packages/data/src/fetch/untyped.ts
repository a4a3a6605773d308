import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';

/**
 * A package that brings no type declarations, with the few members that are used here. It is loaded this way rather than
 * declared as a module so that packages which compile these sources need no declarations of their own.
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
