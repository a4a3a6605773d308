import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';

/**
 * A package that brings no type declarations, with the few members that are used here. It is loaded this way rather than
 * declared as a module so that packages which compile these sources need no declarations of their own.
 */
const load = createRequire(import.meta.url);

export interface ZipEntry {
  readonly fileName: string;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  /** 0: stored as it is. */
  readonly compressionMethod: number;
  readonly crc32: number;
  isEncrypted(): boolean;
}

export interface ZipFile {
  eachEntry(): AsyncIterable<ZipEntry>;
  openReadStreamPromise(entry: ZipEntry): Promise<Readable>;
  /** Where an entry's bytes begin in the archive. */
  readLocalFileHeaderPromise(entry: ZipEntry, options: { minimal: true }): Promise<{ readonly fileDataStart: number }>;
  close(): void;
}

interface Yauzl {
  openPromise(path: string, options: { lazyEntries: boolean; autoClose: boolean }): Promise<ZipFile>;
  fromBufferPromise(bytes: Buffer, options: { lazyEntries: boolean }): Promise<ZipFile>;
}

/** Opens a zip archive; the caller closes it. */
export const openZip = (path: string): Promise<ZipFile> =>
  (load('yauzl') as Yauzl).openPromise(path, { lazyEntries: true, autoClose: false });

/** The same for an archive in memory. */
export const openZipBytes = (bytes: Uint8Array): Promise<ZipFile> => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength); // a view
  return (load('yauzl') as Yauzl).fromBufferPromise(buffer, { lazyEntries: true });
};
