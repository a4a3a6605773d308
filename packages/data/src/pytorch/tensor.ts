import { fromBfloat16, fromFloat16, sizeOf, UserError } from '@asmil/core';

type Numbers = Float32Array | Float64Array | BigInt64Array | Int32Array | Int16Array | Int8Array | Uint8Array;

interface StorageType {
  readonly dtype: string;
  /** Bytes of an element. */
  readonly size: number;
  /** From a buffer that holds the elements and nothing else. */
  read(buffer: ArrayBuffer): Numbers;
}

/** The storage classes of `torch` that a file may name; there are no others. */
export const STORAGE_TYPES: Readonly<Record<string, StorageType>> = {
  FloatStorage: { dtype: 'float32', size: 4, read: (b) => new Float32Array(b) },
  DoubleStorage: { dtype: 'float64', size: 8, read: (b) => new Float64Array(b) },
  HalfStorage: { dtype: 'float16', size: 2, read: (b) => fromFloat16(new Uint16Array(b)) },
  BFloat16Storage: { dtype: 'bfloat16', size: 2, read: (b) => fromBfloat16(new Uint16Array(b)) },
  LongStorage: { dtype: 'int64', size: 8, read: (b) => new BigInt64Array(b) },
  IntStorage: { dtype: 'int32', size: 4, read: (b) => new Int32Array(b) },
  ShortStorage: { dtype: 'int16', size: 2, read: (b) => new Int16Array(b) },
  CharStorage: { dtype: 'int8', size: 1, read: (b) => new Int8Array(b) },
  ByteStorage: { dtype: 'uint8', size: 1, read: (b) => new Uint8Array(b) },
  BoolStorage: { dtype: 'bool', size: 1, read: (b) => new Uint8Array(b) },
};

/** The memory of one or several tensors. Its bytes are found after the pickle that names it has been read. */
export class TorchStorage {
  bytes: Uint8Array | undefined;

  constructor(
    readonly key: string,
    readonly type: StorageType,
    /** Elements. */
    readonly count: number,
  ) {}
}

/** A view of a storage: element (i, j, …) is number offset + i·stride₀ + j·stride₁ + … of it. */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
    readonly offset: number,
  ) {}

  get dtype(): string {
    return this.storage.type.dtype;
  }
}

const MAX_AXES = 32;

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
    throw wrong(`reads element ${last} of storage ${storage.key}, which has ${storage.count} elements`);
}

/** The values as float32, row-major: strides and offsets are resolved, every other type is converted. */
export function tensorValues({ storage, shape, stride, offset }: TorchTensor): Float32Array {
  const size = elementsOf(shape);
  if (size === 0) return new Float32Array(0);
  const last = shape.reduce((at, side, axis) => at + (side - 1) * stride[axis]!, offset);
  const width = storage.type.size;
  const bytes = storage.bytes!.subarray(offset * width, (last + 1) * width);
  const copy = new Uint8Array(bytes.length); // of its own, so that typed arrays are aligned
  copy.set(bytes);
  const source = storage.type.read(copy.buffer);
  if (isContiguous(shape, stride)) return source instanceof Float32Array ? source : Float32Array.from(source, Number);
  const out = new Float32Array(size);
  const index = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < size; i++) {
    out[i] = Number(source[at]);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += stride[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= stride[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}
