import { crc32 } from 'node:zlib';
import { UserError } from '@asmil/core';
import { openZipBytes, type ZipEntry, type ZipFile } from '../fetch/untyped.js';
import { ByteReader, damaged, shown } from './bytes.js';
import { type PickleValue, readPickle } from './pickle.js';
import type { TorchStorage } from './tensor.js';
import { torchVocabulary } from './vocabulary.js';

/** More entries than tensors of any model. */
const MAX_ENTRIES = 100_000;

/** Reads the format that PyTorch writes since 1.6: a zip archive without compression, the pickle `data.pkl` and one entry a storage. */
export async function readZipFormat(bytes: Uint8Array, file: string): Promise<PickleValue> {
  const archive = await open(bytes, file);
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
  const value = readPickle(reader, torchVocabulary(file, bytes.length, storages));
  for (const storage of storages.values()) {
    const name = `${root}data/${storage.key}`;
    if (!archive.has(name)) throw damaged(file, `storage ${shown(name)} is missing`);
    const content = await archive.read(name);
    const expected = storage.count * storage.type.size;
    if (content.length !== expected)
      throw damaged(file, `storage ${shown(name)} has ${content.length} bytes, expected ${expected}`);
    storage.bytes = content;
  }
  return value;
}

interface Archive {
  names(): Iterable<string>;
  has(name: string): boolean;
  /** A view of the archive's bytes, checked. */
  read(name: string): Promise<Uint8Array>;
}

async function open(bytes: Uint8Array, file: string): Promise<Archive> {
  const entries = new Map<string, ZipEntry>();
  let zip: ZipFile;
  try {
    zip = await openZipBytes(bytes);
    for await (const entry of zip.eachEntry()) {
      if (entries.has(entry.fileName)) throw damaged(file, `entry ${shown(entry.fileName)} is there twice`);
      if (entries.size >= MAX_ENTRIES) throw damaged(file, `more than ${MAX_ENTRIES} entries`);
      entries.set(entry.fileName, entry);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw damaged(file, `not a whole zip archive (${shown((error as Error).message)})`);
  }

  const read = async (name: string): Promise<Uint8Array> => {
    const entry = entries.get(name)!;
    // PyTorch stores entries as they are, so none can be larger than the file.
    if (entry.compressionMethod !== 0 || entry.compressedSize !== entry.uncompressedSize || entry.isEncrypted())
      throw new UserError(
        `${file}: refused: entry ${shown(name)} is compressed or encrypted, which PyTorch never does`,
      );
    let start: number;
    try {
      start = (await zip.readLocalFileHeaderPromise(entry, { minimal: true })).fileDataStart;
    } catch (error) {
      throw damaged(file, `entry ${shown(name)} cannot be read (${shown((error as Error).message)})`);
    }
    const content = bytes.subarray(start, start + entry.uncompressedSize);
    // PyTorch can be told to leave checksums out; they are 0 then.
    if (entry.crc32 !== 0 && crc32(content) !== entry.crc32)
      throw damaged(file, `entry ${shown(name)} does not match its checksum`);
    return content;
  };
  return { names: () => entries.keys(), has: (name) => entries.has(name), read };
}
