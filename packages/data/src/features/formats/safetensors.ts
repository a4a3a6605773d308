import { safetensorsEntries, safetensorsStart, UserError } from '@asmil/core';
import type { ByteSource } from '../../files/byte-source.js';
import { NUMBER_TYPES, type NumberName } from '../../files/numbers.js';
import { shown } from '../../files/shown.js';
import { countOf, plainArray } from '../../files/stored-array.js';
import type { OpenFile } from '../file.js';

/** The format's names of number types. */
const TYPES: Readonly<Record<string, NumberName>> = {
  F16: 'float16',
  BF16: 'bfloat16',
  F32: 'float32',
  F64: 'float64',
  I8: 'int8',
  I16: 'int16',
  I32: 'int32',
  I64: 'int64',
  U8: 'uint8',
  U16: 'uint16',
  U32: 'uint32',
  U64: 'uint64',
  BOOL: 'bool',
};

/** Opens a `.safetensors` file: named tensors, and texts that go with them. */
export async function openSafetensors(source: ByteSource): Promise<OpenFile> {
  const { name: file, size } = source;
  const start = safetensorsStart(await source.read(0, Math.min(8, size)), size, file);
  const { metadata, entries } = safetensorsEntries(await source.read(8, start - 8), size - start, file);
  return {
    format: 'safetensors',
    names: entries.map(({ name }) => name),
    async array(name) {
      const entry = entries.find((candidate) => candidate.name === name);
      if (entry === undefined) return undefined;
      const type = TYPES[entry.dtype];
      const what = `${file}: tensor ${shown(name)}`;
      if (type === undefined)
        throw new UserError(`${what} has dtype ${shown(entry.dtype)}, expected F16, BF16, F32 or F64; save it as one`);
      const [from, to] = entry.data_offsets;
      if (countOf(entry.shape) * NUMBER_TYPES[type].size !== to - from)
        throw new UserError(`${what} has ${to - from} bytes for the shape [${entry.shape}] of ${type}; save it again`);
      return plainArray(source, { at: start + from, shape: entry.shape, type });
    },
    attributes: metadata,
    close: () => source.close(),
  };
}
