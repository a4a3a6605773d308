import { UserError } from '@asmil/core';
import { type ByteSource, partOf } from '../../files/byte-source.js';
import { inflatedSource } from '../../files/inflated.js';
import { shown } from '../../files/shown.js';
import { countOf } from '../../files/stored-array.js';
import { readZipDirectory, type ZipDirectory } from '../../files/zip-directory.js';
import type { OpenFile } from '../file.js';
import { AS_READ, checkExpansion } from '../limits.js';
import { npyArray } from './npy.js';

const MAX_ENTRIES = 1000;
const STORED = 0;
const DEFLATED = 8;

/** Opens a `.npz` file: a zip archive of `.npy` files, stored or deflated, by their names without the ending. */
export async function openNpz(source: ByteSource): Promise<OpenFile> {
  const { name } = source;
  const directory = await readZipDirectory(
    source,
    MAX_ENTRIES,
    (what) => new UserError(`${name}: ${what}; the file is damaged or no .npz file, copy or save it again`),
  );
  const names = [...directory.entries.keys()].flatMap((entry) => (entry.endsWith('.npy') ? [entry.slice(0, -4)] : []));
  const open: ByteSource[] = [];
  return {
    format: 'npz',
    names,
    async array(member) {
      if (!names.includes(member)) return undefined;
      const content = await contentOf(source, directory, `${member}.npy`);
      open.push(content);
      const entry = directory.entries.get(`${member}.npy`)!;
      const array = await npyArray(content, entry.crc32);
      const what = `${name}: entry ${shown(entry.fileName)}`;
      if (content.forward) checkExpansion(countOf(array.shape) * AS_READ, entry.compressedSize, true, what);
      return array;
    },
    attributes: {},
    async close() {
      for (const content of open) await content.close();
      await source.close();
    },
  };
}

async function contentOf(source: ByteSource, { entries, start }: ZipDirectory, member: string): Promise<ByteSource> {
  const entry = entries.get(member)!;
  const what = `${source.name}: entry ${shown(member)}`;
  const { compressionMethod: method, compressedSize, uncompressedSize } = entry;
  if ((method !== STORED && method !== DEFLATED) || entry.isEncrypted())
    throw new UserError(`${what} is encrypted or compressed in an unknown way; save it with numpy.savez`);
  checkExpansion(uncompressedSize, compressedSize, method === DEFLATED, what);
  const packed = partOf(source, await start(entry), compressedSize);
  return method === STORED ? packed : inflatedSource(packed, uncompressedSize, entry.crc32);
}
