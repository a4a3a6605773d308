import { UserError } from '@asmil/core';
import type { ByteSource } from '../../files/byte-source.js';
import { decodeNumbers, NUMBER_TYPES } from '../../files/numbers.js';
import { plainArray, type StoredArray } from '../../files/stored-array.js';
import { type PickleValue, readTorchSource, TorchTensor } from '../../pytorch/index.js';
import { gather, isContiguous, spanOf } from '../../pytorch/tensor.js';
import type { OpenFile } from '../file.js';

/** Opens what `torch.save` wrote: a tensor (or parameter) without a name, or a dictionary of tensors. No code of it is run. */
export async function openPt(source: ByteSource): Promise<OpenFile> {
  const tensors = tensorsOf(await readTorchSource(source, { whole: false }), source.name);
  return {
    format: 'pt',
    names: [...tensors.keys()],
    async array(name) {
      const tensor = tensors.get(name);
      return tensor && tensorArray(source, tensor);
    },
    attributes: {},
    close: () => source.close(),
  };
}

function tensorsOf(value: PickleValue, name: string): Map<string, TorchTensor> {
  if (value instanceof TorchTensor) return new Map([['', value]]);
  const entries = value instanceof Map ? [...value] : [];
  const tensors = entries.flatMap(([key, item]) => (item instanceof TorchTensor ? [[String(key), item] as const] : []));
  if (tensors.length > 0) return new Map(tensors);
  throw new UserError(`${name}: no tensor in it, expected features [N, D]: torch.save(features, PATH)`);
}

function tensorArray(source: ByteSource, tensor: TorchTensor): StoredArray {
  const { storage, shape } = tensor;
  const { type } = storage;
  const width = NUMBER_TYPES[type].size;
  const { from, to } = spanOf(tensor);
  const at = storage.at! + from * width;
  if (shape.includes(0) || isContiguous(tensor)) {
    const whole = from === 0 && to === storage.count;
    const crc32 = { before: 0, expected: whole ? (storage.crc32 ?? 0) : 0 };
    return plainArray(source, { at, shape, type, crc32 });
  }
  // A transposed tensor or one with gaps: its part of the storage is kept in memory beside what is read.
  let span: Promise<Float64Array> | undefined;
  const load = async (): Promise<Float64Array> => {
    const values = new Float64Array(to - from);
    decodeNumbers(type, await source.read(at, (to - from) * width), values);
    return values;
  };
  return {
    ...plainArray(source, { at, shape, type }),
    async read(first, out) {
      span ??= load();
      gather(tensor, await span, first, out);
    },
  };
}
