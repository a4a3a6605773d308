import { fromBfloat16, fromFloat16 } from '@asmil/core';

/** Where numbers of any type go: exact for all but the largest 64-bit integers, and float64 in float32. */
export type Floats = Float32Array | Float64Array;

type View = Floats | BigInt64Array | BigUint64Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array;

interface NumberType {
  /** Bytes of a number. */
  readonly size: number;
  view(buffer: ArrayBufferLike, offset: number, count: number): View | Uint8Array;
}

/** Types of numbers in feature files, by NumPy's names; `bfloat16` and `bool` beside them. */
export const NUMBER_TYPES = {
  float16: { size: 2, view: (b, o, n) => new Uint16Array(b, o, n) },
  bfloat16: { size: 2, view: (b, o, n) => new Uint16Array(b, o, n) },
  float32: { size: 4, view: (b, o, n) => new Float32Array(b, o, n) },
  float64: { size: 8, view: (b, o, n) => new Float64Array(b, o, n) },
  int8: { size: 1, view: (b, o, n) => new Int8Array(b, o, n) },
  int16: { size: 2, view: (b, o, n) => new Int16Array(b, o, n) },
  int32: { size: 4, view: (b, o, n) => new Int32Array(b, o, n) },
  int64: { size: 8, view: (b, o, n) => new BigInt64Array(b, o, n) },
  uint8: { size: 1, view: (b, o, n) => new Uint8Array(b, o, n) },
  uint16: { size: 2, view: (b, o, n) => new Uint16Array(b, o, n) },
  uint32: { size: 4, view: (b, o, n) => new Uint32Array(b, o, n) },
  uint64: { size: 8, view: (b, o, n) => new BigUint64Array(b, o, n) },
  bool: { size: 1, view: (b, o, n) => new Uint8Array(b, o, n) },
} as const satisfies Readonly<Record<string, NumberType>>;

export type NumberName = keyof typeof NUMBER_TYPES;

/** The type's name, or undefined for a name that is none. */
export const numberName = (name: string): NumberName | undefined =>
  Object.hasOwn(NUMBER_TYPES, name) ? (name as NumberName) : undefined;

/** Bytes → numbers in the first places of `out`, as many as the bytes hold. Half precision and integers below 2^53 are exact. */
export function decodeNumbers(type: NumberName, bytes: Uint8Array, out: Floats, bigEndian = false): void {
  const size: number = NUMBER_TYPES[type].size;
  const count = bytes.length / size;
  const swapped = bigEndian && size > 1;
  // A copy of its own where the machine could not look at the bytes in place.
  const own = swapped || bytes.byteOffset % size !== 0 ? Uint8Array.from(bytes) : bytes;
  if (swapped) swap(own, size);
  const view = NUMBER_TYPES[type].view(own.buffer, own.byteOffset, count);
  if (type === 'float16' || type === 'bfloat16') {
    const widen = type === 'float16' ? fromFloat16 : fromBfloat16;
    if (out instanceof Float32Array) widen(view as Uint16Array, out);
    else out.set(widen(view as Uint16Array));
  } else if (view instanceof BigInt64Array || view instanceof BigUint64Array) {
    for (let i = 0; i < count; i++) out[i] = Number(view[i]);
  } else out.set(view);
}

function swap(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else buffer.swap64();
}
