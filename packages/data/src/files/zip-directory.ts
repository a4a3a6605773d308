import { UserError } from '@asmil/core';
import { openZipSource, type ZipEntry } from '../fetch/untyped.js';
import type { ByteSource } from './byte-source.js';
import { shown } from './shown.js';

/** The entries of a zip archive by name, and where their bytes begin. */
export interface ZipDirectory {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** First byte of an entry's content in the source. */
  start(entry: ZipEntry): Promise<number>;
}

/**
 * Reads the directory of a zip archive. Names that lead out of the folder are refused, as are more than `most` entries and
 * two of one name. What is wrong goes to `fail`, which makes the error.
 */
export async function readZipDirectory(
  source: ByteSource,
  most: number,
  fail: (what: string) => UserError,
): Promise<ZipDirectory> {
  const entries = new Map<string, ZipEntry>();
  try {
    const zip = await openZipSource(source);
    for await (const entry of zip.eachEntry()) {
      if (entries.has(entry.fileName)) throw fail(`entry ${shown(entry.fileName)} is there twice`);
      if (entries.size >= most) throw fail(`more than ${most} entries`);
      entries.set(entry.fileName, entry);
    }
    return {
      entries,
      async start(entry) {
        try {
          return (await zip.readLocalFileHeaderPromise(entry, { minimal: true })).fileDataStart;
        } catch (error) {
          throw fail(`entry ${shown(entry.fileName)} cannot be read (${shown((error as Error).message)})`);
        }
      },
    };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw fail(`not a whole zip archive (${shown((error as Error).message)})`);
  }
}
