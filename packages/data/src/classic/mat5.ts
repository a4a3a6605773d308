import { inflateSync } from 'node:zlib';
import { UserError } from '@asmil/core';
import { mostUnpacked } from '../features/limits.js';

/** A real two-dimensional numeric array of a MATLAB file, column-major as stored. */
export interface MatMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

// Data types and array classes of the MAT-file format, level 5.
const MI_MATRIX = 14;
const MI_COMPRESSED = 15;
const NUMERIC_CLASSES = { first: 6, last: 15 } as const;
const SIZES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8 };

interface Element {
  readonly type: number;
  readonly data: Buffer;
  /** Offset of the element after this one. */
  readonly next: number;
}

/**
 * Reads the numeric matrices of a MATLAB level-5 file (`save` without `-v7.3`, little-endian), by variable name. Other
 * variables are passed over. Throws `UserError` for anything else; `source` names the file in the message.
 */
export function readMat5(file: Buffer, source: string): Map<string, MatMatrix> {
  const matrices = new Map<string, MatMatrix>();
  if (file.length < 136 || file.toString('latin1', 126, 128) !== 'IM')
    throw new UserError(`${source} is not a little-endian MATLAB level-5 file: save it again with save -v7`);
  try {
    for (let at = 128; at + 8 <= file.length; ) {
      const outer = element(file, at);
      at = outer.next;
      const inner =
        outer.type === MI_COMPRESSED
          ? element(inflateSync(outer.data, { maxOutputLength: mostUnpacked(outer.data.length) }), 0)
          : outer;
      if (inner.type === MI_MATRIX) addMatrix(inner.data, matrices);
    }
  } catch (error) {
    throw new UserError(`${source} is damaged (${(error as Error).message}): download it again`);
  }
  return matrices;
}

function element(bytes: Buffer, at: number): Element {
  const word = bytes.readUInt32LE(at);
  const small = word >>> 16; // a small element keeps its size beside its type and its data in the tag
  const type = small ? word & 0xffff : word;
  const size = small || bytes.readUInt32LE(at + 4);
  const start = small ? at + 4 : at + 8;
  if (start + size > bytes.length) throw new RangeError(`an element of ${size} bytes reaches past the end`);
  const padded = type === MI_COMPRESSED ? size : Math.ceil(size / 8) * 8;
  return { type, data: bytes.subarray(start, start + size), next: small ? at + 8 : start + padded };
}

function addMatrix(bytes: Buffer, into: Map<string, MatMatrix>): void {
  const flags = element(bytes, 0);
  const arrayClass = flags.data[0]!;
  const isComplex = (flags.data[1]! & 0x08) !== 0;
  const shape = element(bytes, flags.next);
  const name = element(bytes, shape.next);
  if (arrayClass < NUMERIC_CLASSES.first || arrayClass > NUMERIC_CLASSES.last || isComplex) return;
  if (shape.data.length !== 8) return; // more than two dimensions
  const rows = shape.data.readInt32LE(0);
  const columns = shape.data.readInt32LE(4);
  const values = numbers(element(bytes, name.next));
  if (rows < 0 || columns < 0 || values.length !== rows * columns)
    throw new RangeError(`found ${values.length} values for ${rows} × ${columns}`);
  into.set(name.data.toString('latin1'), { rows, columns, values });
}

/** Numbers are stored in the smallest type that holds them, whatever the array's class. */
function numbers({ type, data }: Element): Float64Array {
  const size = SIZES[type];
  if (size === undefined) throw new RangeError(`unknown number type ${type}`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const read = (at: number): number => {
    if (type === 1) return view.getInt8(at);
    if (type === 2) return view.getUint8(at);
    if (type === 3) return view.getInt16(at, true);
    if (type === 4) return view.getUint16(at, true);
    if (type === 5) return view.getInt32(at, true);
    if (type === 6) return view.getUint32(at, true);
    if (type === 7) return view.getFloat32(at, true);
    if (type === 9) return view.getFloat64(at, true);
    return Number(type === 12 ? view.getBigInt64(at, true) : view.getBigUint64(at, true));
  };
  return Float64Array.from({ length: data.length / size }, (_, i) => read(i * size));
}
