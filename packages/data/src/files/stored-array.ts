import { totalmem } from 'node:os';
import { crc32 } from 'node:zlib';
import { UserError } from '@asmil/core';
import type { ByteSource } from './byte-source.js';
import { decodeNumbers, type Floats, NUMBER_TYPES, type NumberName } from './numbers.js';

/** An array in a file, of known shape and type, whose numbers are read in parts. */
export interface StoredArray {
  readonly shape: readonly number[];
  readonly type: NumberName;
  /** Numbers that a part begins and ends with: `from` and the length of `out` are multiples of it. */
  readonly unit: number;
  /** Numbers that are best read at a time, a multiple of `unit`. */
  readonly step: number;
  /** Numbers `from` to `from + out.length − 1` in row-major order. */
  read(from: number, out: Floats): Promise<void>;
}

/** About this many numbers are read at a time: 4 to 8 MB. */
export const STEP = 2 ** 20;

/** Number of elements. */
export const countOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** Memory for `count` numbers. Throws `UserError` where the machine has less. */
export function allocate(count: number, name: string): Float32Array<ArrayBuffer> {
  const bytes = 4 * count;
  try {
    if (bytes <= totalmem()) return new Float32Array(count);
  } catch {
    // More than an array can hold: told below.
  }
  throw new UserError(`${name}: ${count} numbers need ${(bytes / 2 ** 30).toFixed(1)} GiB, more memory than there is`);
}

/** All numbers of an array, in parts, into `out`. */
export async function readAll<T extends Floats>(array: StoredArray, out: T): Promise<T> {
  const count = countOf(array.shape);
  for (let from = 0; from < count; from += array.step)
    await array.read(from, out.subarray(from, Math.min(count, from + array.step)));
  return out;
}

export interface Layout {
  /** First byte of the numbers. */
  readonly at: number;
  readonly shape: readonly number[];
  readonly type: NumberName;
  readonly bigEndian?: boolean;
  /**
   * Checksum of the bytes before `at`, if any, and from there on; verified when all of the latter have been read from front
   * to back. `expected` 0: none.
   */
  readonly crc32?: { readonly before: number; readonly expected: number };
}

/**
 * An array whose numbers lie one after the other in row-major order. The caller has made sure that they lie within the
 * source.
 */
export function plainArray(source: ByteSource, layout: Layout): StoredArray {
  const { at, shape, type, bigEndian } = layout;
  const { size } = NUMBER_TYPES[type];
  const check = layout.crc32?.expected ? checksum(source.name, countOf(shape) * size, layout.crc32) : undefined;
  return {
    shape,
    type,
    unit: 1,
    step: STEP,
    async read(from, out) {
      const direct = type === 'float32' && !bigEndian && out instanceof Float32Array;
      const start = at + from * size;
      const bytes = direct
        ? new Uint8Array(out.buffer, out.byteOffset, out.byteLength)
        : await source.read(start, out.length * size);
      if (direct) await source.readInto(start, bytes);
      else decodeNumbers(type, bytes, out, bigEndian);
      check?.(from * size, bytes);
    },
  };
}

/** Verifies a checksum over parts that follow one another from byte 0 to `total`. */
function checksum(
  name: string,
  total: number,
  { before, expected }: NonNullable<Layout['crc32']>,
): (from: number, bytes: Uint8Array) => void {
  let next = 0;
  let sum = before;
  return (from, bytes) => {
    if (from === 0) [next, sum] = [0, before];
    if (from !== next) return;
    sum = crc32(bytes, sum);
    next += bytes.length;
    if (next === total && sum !== expected)
      throw new UserError(
        `${name}: its content does not match its checksum; the file is damaged, copy or save it again`,
      );
  };
}
