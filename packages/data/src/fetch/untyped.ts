import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import type { ByteSource } from '../files/byte-source.js';

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

interface RandomAccessReader {
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void;
}

interface Yauzl {
  openPromise(path: string, options: { lazyEntries: boolean; autoClose: boolean }): Promise<ZipFile>;
  RandomAccessReader: new () => RandomAccessReader;
  fromRandomAccessReaderPromise(
    reader: RandomAccessReader,
    totalSize: number,
    options: { lazyEntries: boolean; autoClose: boolean },
  ): Promise<ZipFile>;
}

/** Opens a zip archive; the caller closes it. */
export const openZip = (path: string): Promise<ZipFile> =>
  (load('yauzl') as Yauzl).openPromise(path, { lazyEntries: true, autoClose: false });

/** The directory of an archive that is read in parts; the entries' bytes are read from the source. */
export function openZipSource(source: ByteSource): Promise<ZipFile> {
  const yauzl = load('yauzl') as Yauzl;
  const reader = new yauzl.RandomAccessReader();
  reader.read = (buffer, offset, length, position, callback) => {
    source.readInto(position, buffer.subarray(offset, offset + length)).then(() => callback(null, length), callback);
  };
  return yauzl.fromRandomAccessReaderPromise(reader, source.size, { lazyEntries: true, autoClose: false });
}
