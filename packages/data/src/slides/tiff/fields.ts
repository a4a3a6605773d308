import { UserError } from '@asmil/core';
import type { ByteSource } from '../../files/byte-source.js';

/** Byte order, and whether offsets have 64 bits (BigTIFF). */
export interface TiffForm {
  readonly little: boolean;
  readonly big: boolean;
}

export interface TiffField {
  readonly tag: number;
  readonly type: number;
  /** How many values. */
  readonly count: number;
  /** The values themselves where they fit, else their place in the file. */
  readonly inline: Uint8Array;
}

/** Bytes of a value of the types that are read: byte, text, 16 and 32 bits, fraction, 64 bits. */
const SIZES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 16: 8 };

/** A text that is longer is no description. */
export const MOST_TEXT = 2 ** 20;

/** An entry of a directory. */
export function fieldOf(entry: Uint8Array, { little, big }: TiffForm): TiffField {
  const view = new DataView(entry.buffer, entry.byteOffset, entry.length);
  return {
    tag: view.getUint16(0, little),
    type: view.getUint16(2, little),
    count: big ? Number(view.getBigUint64(4, little)) : view.getUint32(4, little),
    inline: entry.subarray(big ? 12 : 8),
  };
}

/** The bytes of a field's values. At most `most` of them. Throws a `UserError` that names the file if they are not in it. */
async function bytesOf(
  source: ByteSource,
  { little, big }: TiffForm,
  field: TiffField,
  most: number,
): Promise<DataView> {
  const size = SIZES[field.type];
  if (size === undefined)
    throw new UserError(`${source.name}: damaged: field ${field.tag} is of type ${field.type}; copy or save it again`);
  const length = field.count * size;
  const wanted = Math.min(length, most * size);
  let bytes = field.inline.subarray(0, wanted);
  if (length > field.inline.length) {
    const view = new DataView(field.inline.buffer, field.inline.byteOffset, field.inline.length);
    bytes = await source.read(big ? Number(view.getBigUint64(0, little)) : view.getUint32(0, little), wanted);
  }
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A field's values as numbers, at most `most` of them; fractions are divided. */
export async function numbersOf(
  source: ByteSource,
  form: TiffForm,
  field: TiffField,
  most = field.count,
): Promise<Float64Array> {
  const view = await bytesOf(source, form, field, most);
  const { little } = form;
  const at: Readonly<Record<number, (k: number) => number>> = {
    1: (k) => view.getUint8(k),
    2: (k) => view.getUint8(k),
    3: (k) => view.getUint16(2 * k, little),
    4: (k) => view.getUint32(4 * k, little),
    5: (k) => view.getUint32(8 * k, little) / view.getUint32(8 * k + 4, little),
    16: (k) => Number(view.getBigUint64(8 * k, little)),
  };
  const read = at[field.type]!;
  return Float64Array.from({ length: Math.min(field.count, most) }, (_, k) => read(k));
}

/** A field's text up to its first zero. */
export async function textOf(source: ByteSource, form: TiffForm, field: TiffField): Promise<string> {
  const view = await bytesOf(source, form, field, MOST_TEXT);
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('utf8').split('\0')[0]!;
}
