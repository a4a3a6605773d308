import { UserError } from '@asmil/core';
import type { ByteSource } from '../files/byte-source.js';
import { shown } from '../files/shown.js';
import { ByteReader, damaged } from './bytes.js';
import { type PickleValue, readPickle, textOf } from './pickle.js';
import type { TorchStorage } from './tensor.js';
import { torchVocabulary } from './vocabulary.js';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/** The pickles before the numbers are a few hundred bytes for a tensor; this much of a file is read to begin with. */
const FIRST_BYTES = 2 ** 20;

/**
 * Reads the format of PyTorch before 1.6: five pickles in a row (magic number, version, facts about the machine, the object,
 * the keys of its storages), then for every key the number of elements and the elements. Of the storages only their places,
 * or with `whole` their bytes too.
 */
export async function readLegacyFormat(source: ByteSource, whole: boolean): Promise<PickleValue> {
  const file = source.name;
  const { value, keys, storages, end } = await readPickles(source);
  let at = end;
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined || storage.at !== undefined)
      throw damaged(file, `storage ${textOf(key)} belongs to no tensor, or is listed twice`);
    const count = new ByteReader(await source.read(at, 8), file).length64();
    if (count !== storage.count)
      throw damaged(file, `storage ${shown(storage.key)} has ${count} elements, expected ${storage.count}`);
    storage.at = at + 8;
    at = storage.at + storage.byteLength;
    if (at > source.size) throw damaged(file, `truncated: ${at} bytes are announced, the file has ${source.size}`);
    if (whole) storage.bytes = await source.read(storage.at, storage.byteLength);
  }
  const missing = [...storages.values()].find((storage) => storage.at === undefined);
  if (missing !== undefined) throw damaged(file, `storage ${shown(missing.key)} is missing`);
  return value;
}

interface Pickles {
  readonly value: PickleValue;
  readonly keys: readonly PickleValue[];
  readonly storages: ReadonlyMap<string, TorchStorage>;
  /** Where they end. */
  readonly end: number;
}

/** The pickles at the front, of as much of the file as they need. */
async function readPickles(source: ByteSource): Promise<Pickles> {
  for (let length = FIRST_BYTES; length < source.size; length *= 8) {
    const bytes = await source.read(0, length);
    try {
      return parsePickles(bytes, source);
    } catch (error) {
      if (!(error instanceof UserError) || !error.message.includes('truncated')) throw error;
    }
  }
  return parsePickles(await source.read(0, source.size), source);
}

function parsePickles(bytes: Uint8Array, { name: file, size }: ByteSource): Pickles {
  const reader = new ByteReader(bytes, file);
  const storages = new Map<string, TorchStorage>();
  const vocabulary = torchVocabulary(file, size, storages);
  const next = (): PickleValue => readPickle(reader, vocabulary);

  if (next() !== MAGIC) throw damaged(file, "a pickle that does not begin with PyTorch's magic number");
  const protocol = next();
  if (protocol !== PROTOCOL) throw damaged(file, `protocol ${textOf(protocol)}, expected ${PROTOCOL}`);
  const facts = next();
  if (!(facts instanceof Map)) throw damaged(file, 'the facts about its machine are no dictionary');
  if (facts.get('little_endian') === false)
    throw new UserError(`${file}: written on a big-endian machine; save it again on another`);
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw damaged(file, 'its list of storages is no list');
  return { value, keys, storages, end: reader.at };
}
