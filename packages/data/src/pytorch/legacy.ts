import { UserError } from '@asmil/core';
import { ByteReader, damaged, shown } from './bytes.js';
import { type PickleValue, readPickle } from './pickle.js';
import type { TorchStorage } from './tensor.js';
import { torchVocabulary } from './vocabulary.js';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/**
 * Reads the format of PyTorch before 1.6: five pickles in a row (magic number, version, facts about the machine, the object,
 * the keys of its storages), then for every key the number of elements and the elements.
 */
export function readLegacyFormat(bytes: Uint8Array, file: string): PickleValue {
  const reader = new ByteReader(bytes, file);
  const storages = new Map<string, TorchStorage>();
  const vocabulary = torchVocabulary(file, bytes.length, storages);
  const next = (): PickleValue => readPickle(reader, vocabulary);

  if (next() !== MAGIC) throw damaged(file, "a pickle that does not begin with PyTorch's magic number");
  const protocol = next();
  if (protocol !== PROTOCOL) throw damaged(file, `protocol ${shown(String(protocol))}, expected ${PROTOCOL}`);
  const facts = next();
  if (!(facts instanceof Map)) throw damaged(file, 'the facts about its machine are no dictionary');
  if (facts.get('little_endian') === false)
    throw new UserError(`${file}: written on a big-endian machine; save it again on another`);
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw damaged(file, 'its list of storages is no list');

  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined || storage.bytes !== undefined)
      throw damaged(file, `storage ${shown(String(key))} belongs to no tensor, or is listed twice`);
    const count = reader.length64();
    if (count !== storage.count)
      throw damaged(file, `storage ${shown(storage.key)} has ${count} elements, expected ${storage.count}`);
    storage.bytes = reader.take(count * storage.type.size);
  }
  const missing = [...storages.values()].find((storage) => storage.bytes === undefined);
  if (missing !== undefined) throw damaged(file, `storage ${shown(missing.key)} is missing`);
  return value;
}
