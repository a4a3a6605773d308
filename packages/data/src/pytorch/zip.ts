import { crc32 } from 'node:zlib';
import { UserError } from '@asmil/core';
import type { ByteSource } from '../files/byte-source.js';
import { shown } from '../files/shown.js';
import { readZipDirectory } from '../files/zip-directory.js';
import { ByteReader, damaged } from './bytes.js';
import { type PickleValue, readPickle } from './pickle.js';
import type { TorchStorage } from './tensor.js';
import { torchVocabulary } from './vocabulary.js';

/** More entries than tensors of any model. */
const MAX_ENTRIES = 100_000;

/**
 * Reads the format that PyTorch writes since 1.6: a zip archive without compression, the pickle `data.pkl` and one entry a
 * storage. Of the storages only their places, or with `whole` their bytes too.
 */
export async function readZipFormat(source: ByteSource, whole: boolean): Promise<PickleValue> {
  const file = source.name;
  const archive = await open(source);
  const pickles = [...archive.names()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1)
    throw damaged(file, `a zip archive with ${pickles.length} entries called NAME/data.pkl, expected one`);
  const root = pickles[0]!.slice(0, -'data.pkl'.length);
  if (archive.has(`${root}constants.pkl`))
    throw new UserError(
      `${file}: a TorchScript program, expected weights; save them with torch.save(model.state_dict(), PATH)`,
    );
  if (archive.has(`${root}byteorder`)) {
    const order = new TextDecoder().decode(await archive.read(`${root}byteorder`)).trim();
    if (order !== 'little') throw new UserError(`${file}: byte order "${shown(order)}", expected "little"`);
  }
  const storages = new Map<string, TorchStorage>();
  const reader = new ByteReader(await archive.read(pickles[0]!), file);
  const value = readPickle(reader, torchVocabulary(file, source.size, storages));
  for (const storage of storages.values()) {
    const name = `${root}data/${storage.key}`;
    if (!archive.has(name)) throw damaged(file, `storage ${shown(name)} is missing`);
    const { at, size, crc32 } = await archive.place(name);
    if (size !== storage.byteLength)
      throw damaged(file, `storage ${shown(name)} has ${size} bytes, expected ${storage.byteLength}`);
    [storage.at, storage.crc32] = [at, crc32];
    if (whole) storage.bytes = await archive.read(name);
  }
  return value;
}

interface Archive {
  names(): Iterable<string>;
  has(name: string): boolean;
  /** Where an entry's bytes are. */
  place(name: string): Promise<{ at: number; size: number; crc32: number }>;
  /** An entry's bytes, checked. */
  read(name: string): Promise<Uint8Array>;
}

async function open(source: ByteSource): Promise<Archive> {
  const file = source.name;
  const { entries, start } = await readZipDirectory(source, MAX_ENTRIES, (what) => damaged(file, what));

  const place = async (name: string) => {
    const entry = entries.get(name)!;
    // PyTorch stores entries as they are, so none can be larger than the file.
    if (entry.compressionMethod !== 0 || entry.compressedSize !== entry.uncompressedSize || entry.isEncrypted())
      throw new UserError(
        `${file}: refused: entry ${shown(name)} is compressed or encrypted, which PyTorch never does`,
      );
    return { at: await start(entry), size: entry.uncompressedSize, crc32: entry.crc32 };
  };
  const read = async (name: string): Promise<Uint8Array> => {
    const { at, size, crc32: expected } = await place(name);
    const content = await source.read(at, size);
    // PyTorch can be told to leave checksums out; they are 0 then.
    if (expected !== 0 && crc32(content) !== expected)
      throw damaged(file, `entry ${shown(name)} does not match its checksum`);
    return content;
  };
  return { names: () => entries.keys(), has: (name) => entries.has(name), place, read };
}
