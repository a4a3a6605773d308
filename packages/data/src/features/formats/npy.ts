import { crc32 } from 'node:zlib';
import { UserError } from '@asmil/core';
import type { ByteSource } from '../../files/byte-source.js';
import { NUMBER_TYPES, type NumberName, numberName } from '../../files/numbers.js';
import { shown } from '../../files/shown.js';
import { countOf, plainArray, readAll, STEP, type StoredArray } from '../../files/stored-array.js';
import type { OpenFile } from '../file.js';

/** Headers of plain arrays have some 100 bytes. */
const MAX_HEADER = 2 ** 16;
const MAX_AXES = 32;

/** Opens a `.npy` file: one array without a name. */
export async function openNpy(source: ByteSource): Promise<OpenFile> {
  const array = await npyArray(source);
  return {
    format: 'npy',
    names: [''],
    array: async (name) => (name === '' ? array : undefined),
    attributes: {},
    close: () => source.close(),
  };
}

/**
 * The array of NumPy's format, versions 1 to 3 (NEP 1): magic, version, length of the header, a Python dictionary as text,
 * the numbers. `checksum` is that of all its bytes, where there is one. Throws a `UserError` that names the file.
 */
export async function npyArray(source: ByteSource, checksum = 0): Promise<StoredArray> {
  const { name } = source;
  const damaged = (what: string): UserError =>
    new UserError(`${name}: ${what}; the file is damaged or no .npy file, copy or save it again`);
  const first = await source.read(0, Math.min(12, source.size));
  if (Buffer.from(first.subarray(0, 6)).toString('latin1') !== '\x93NUMPY' || first.length < 12)
    throw damaged("it does not begin as NumPy's files do");
  const version = first[6]!;
  if (version < 1 || version > 3) throw damaged(`version ${version}, expected 1 to 3`);
  const view = new DataView(first.buffer, first.byteOffset);
  const [start, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (length > MAX_HEADER) throw damaged(`a header of ${length} bytes is announced`);
  const at = start + length;
  const head = await source.read(0, at);
  const text = new TextDecoder('latin1').decode(head.subarray(start));

  const { type, bigEndian, fortran, shape } = parseHeader(text, name, damaged);
  const bytes = countOf(shape) * NUMBER_TYPES[type].size;
  if (bytes !== source.size - at) {
    const what = `${source.size - at} bytes of numbers, expected ${bytes} for the shape [${shape}] of ${type}`;
    throw damaged(bytes > source.size - at ? `truncated: ${what}` : what);
  }
  const layout = { at, type, bigEndian, crc32: { before: crc32(head), expected: checksum } };
  const long = shape.filter((side) => side !== 1).length;
  if (!fortran || long < 2) return plainArray(source, { ...layout, shape });
  return fortranArray(plainArray(source, { ...layout, shape: [...shape].reverse() }), shape, source);
}

interface Header {
  readonly type: NumberName;
  readonly bigEndian: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

function parseHeader(text: string, name: string, damaged: (what: string) => UserError): Header {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const sides = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (order === undefined || sides === undefined) throw damaged('its header is not as NumPy writes it');
  const shape = (sides.match(/\d+/g) ?? []).map(Number);
  if (shape.length > MAX_AXES || !Number.isSafeInteger(countOf(shape))) throw damaged(`a shape of [${shape}]`);
  const [, endian, kind, size] = /^([<>|=])([fiub])(\d+)$/.exec(descr ?? '') ?? [];
  const words = { f: 'float', i: 'int', u: 'uint', b: 'bool' } as const;
  const word = words[kind as keyof typeof words];
  const type = numberName(word === 'bool' ? (size === '1' ? 'bool' : '') : `${word}${8 * Number(size)}`);
  if (type === undefined)
    throw new UserError(
      `${name}: numbers of type ${shown(descr ?? 'object or record')}, expected float16, float32 or float64; save it with array.astype('float32')`,
    );
  return { type, bigEndian: endian === '>', fortran: order === 'True', shape };
}

/** An array that was written column by column, read row by row. `columns` has the reversed shape. */
function fortranArray(columns: StoredArray, shape: readonly number[], source: ByteSource): StoredArray {
  const sides = shape.filter((side) => side !== 1);
  if (sides.length !== 2)
    throw new UserError(`${source.name}: ${sides.length} axes in Fortran order, expected 2; save it in C order`);
  const [n, d] = sides as [number, number];
  const rows = Math.max(1, Math.floor(STEP / d));
  let whole: Promise<Float64Array> | undefined;
  return {
    shape,
    type: columns.type,
    unit: d,
    step: rows * d,
    async read(from, out) {
      const [first, count] = [from / d, out.length / d];
      const column = new Float64Array(count);
      if (source.forward) whole ??= readAll(columns, new Float64Array(n * d)); // going back and forth would take for ever
      for (let j = 0; j < d; j++) {
        if (whole) column.set((await whole).subarray(j * n + first, j * n + first + count));
        else await columns.read(j * n + first, column);
        for (let i = 0; i < count; i++) out[i * d + j] = column[i]!;
      }
    },
  };
}
