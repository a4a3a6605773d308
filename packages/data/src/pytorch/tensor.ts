import { sizeOf, UserError } from '@asmil/core';
import { decodeNumbers, type Floats, NUMBER_TYPES, type NumberName } from '../files/numbers.js';
import { shown } from '../files/shown.js';

/** The storage classes of `torch` that a file may name, there are no others, and the type of their numbers. */
export const STORAGE_TYPES: Readonly<Record<string, NumberName>> = {
  FloatStorage: 'float32',
  DoubleStorage: 'float64',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

/** The memory of one or several tensors. Where its bytes are is found after the pickle that names it has been read. */
export class TorchStorage {
  /** First byte in the file. */
  at: number | undefined;
  /** Checksum of its bytes, where the file has one. */
  crc32: number | undefined;
  /** Its bytes, where they have been read. */
  bytes: Uint8Array | undefined;

  constructor(
    readonly key: string,
    readonly type: NumberName,
    /** Elements. */
    readonly count: number,
  ) {}

  get byteLength(): number {
    return this.count * NUMBER_TYPES[this.type].size;
  }
}

/** A view of a storage: element (i, j, …) is number offset + i·stride₀ + j·stride₁ + … of it. */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
    readonly offset: number,
  ) {}

  get dtype(): NumberName {
    return this.storage.type;
  }
}

export const MAX_AXES = 32;

/** Number of elements; also for sides whose product no number holds. */
export function elementsOf(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : sizeOf(shape);
}

/** Throws a UserError for a view that reaches out of its storage. */
export function checkView({ storage, shape, stride, offset }: TorchTensor, file: string): void {
  const wrong = (what: string): UserError =>
    new UserError(`${file}: a tensor of shape [${shape.slice(0, 8)}] ${what}; the file is damaged, save it again`);
  if (shape.length !== stride.length || shape.length > MAX_AXES) throw wrong(`has strides [${stride.slice(0, 8)}]`);
  if (shape.includes(0)) return;
  const last = shape.reduce((at, side, axis) => at + (side - 1) * stride[axis]!, offset);
  if (last >= storage.count)
    throw wrong(`reads element ${last} of storage ${shown(storage.key)}, which has ${storage.count} elements`);
}

/** The values as float32, row-major: strides and offsets are resolved, every other type is converted. */
export function tensorValues(tensor: TorchTensor): Float32Array {
  const { storage, shape } = tensor;
  const size = elementsOf(shape);
  if (size === 0) return new Float32Array(0);
  const { from, to } = spanOf(tensor);
  const width = NUMBER_TYPES[storage.type].size;
  const values = new Float32Array(to - from);
  decodeNumbers(storage.type, storage.bytes!.subarray(from * width, to * width), values);
  return isContiguous(tensor) ? values : gather(tensor, values, 0, new Float32Array(size));
}

/** The elements of its storage, `from` up to but not including `to`, among which all of a tensor's are. */
export function spanOf({ shape, stride, offset }: TorchTensor): { from: number; to: number } {
  return { from: offset, to: 1 + shape.reduce((at, side, axis) => at + (side - 1) * stride[axis]!, offset) };
}

/** Elements `first` to `first + out.length − 1` of a tensor, row-major, out of the span of its storage. */
export function gather<T extends Floats>({ shape, stride }: TorchTensor, span: Floats, first: number, out: T): T {
  const index = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let axis = shape.length - 1, rest = first; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    at += index[axis]! * stride[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  for (let i = 0; i < out.length; i++) {
    out[i] = span[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += stride[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= stride[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

/** Whether its elements lie one after the other in row-major order. */
export function isContiguous({ shape, stride }: TorchTensor): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}
