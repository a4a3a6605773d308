import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../errors.js';
import { sizeOf } from '../params.js';
import { shown } from '../shown.js';
import { writeFileWhole } from '../write-file.js';
import { fromBfloat16, fromFloat16 } from './half.js';

/** A tensor of a safetensors file, row-major. Half precision is widened to float32 on reading. */
export interface FileTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

export interface Safetensors {
  /** The `__metadata__` map of the header. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, FileTensor>>;
}

/** Bytes of one element and how a copy of the bytes (aligned) becomes numbers. */
const DTYPES: Record<string, { size: number; read(bytes: ArrayBuffer): FileTensor['data'] }> = {
  F32: { size: 4, read: (bytes) => new Float32Array(bytes) },
  F64: { size: 8, read: (bytes) => new Float64Array(bytes) },
  I32: { size: 4, read: (bytes) => new Int32Array(bytes) },
  F16: { size: 2, read: (bytes) => fromFloat16(new Uint16Array(bytes)) },
  BF16: { size: 2, read: (bytes) => fromBfloat16(new Uint16Array(bytes)) },
};

/** The format's own limit on the header, which keeps a damaged length from asking for gigabytes. */
const MAX_HEADER = 100_000_000;

const MAX_AXES = 32;
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
// Lists are looked at by hand up to the first fault: the schema library notes every one of them.
const wholes = <T extends number[]>(least: number, most: number) =>
  z.custom<T>((list) => Array.isArray(list) && list.length >= least && list.length <= most && list.every(isWhole));
const Entry = z.object({
  dtype: z.string(),
  shape: wholes<number[]>(0, MAX_AXES),
  data_offsets: wholes<[number, number]>(2, 2),
});
const isTexts = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((text) => typeof text === 'string');
const Metadata = z.custom<Record<string, string>>(isTexts);

/** Reads a safetensors file. A missing or damaged one throws a UserError that names the file and what is wrong. */
export async function readSafetensors(path: string): Promise<Safetensors> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`${path}: ${code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`}`);
  }
  return decodeSafetensors(bytes, path);
}

/** Writes a safetensors file, whole or not at all. Float32 and int32 tensors, in the order of the record. */
export async function writeSafetensors(path: string, content: Safetensors): Promise<void> {
  await writeFileWhole(path, encodeSafetensors(content));
}

/** `file` names the bytes in errors. */
export function decodeSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const start = safetensorsStart(bytes.subarray(0, 8), bytes.length, file);
  const { metadata, entries } = safetensorsEntries(bytes.subarray(8, start), bytes.length - start, file);
  const tensors = entries.map(({ name, dtype, shape, data_offsets: [from, to] }) => {
    const kind = DTYPES[dtype];
    if (kind === undefined)
      throw new UserError(
        `${file}: tensor ${shown(name)} has dtype ${shown(dtype)}; expected one of ${Object.keys(DTYPES).join(', ')}`,
      );
    if (sizeOf(shape) * kind.size !== to - from)
      throw damagedFile(file, `tensor ${shown(name)}: ${to - from} bytes for the shape [${shape}] of ${shown(dtype)}`);
    return [name, { shape, data: kind.read(copyOf(bytes.subarray(start + from, start + to))) }] as const;
  });
  return { metadata, tensors: Object.fromEntries(tensors) };
}

/** A tensor as the header lists it; the offsets count from the end of the header. */
export type SafetensorsEntry = { readonly name: string } & z.infer<typeof Entry>;

/** Where the header ends and the tensors begin, from the first 8 bytes of a file of `size` bytes. */
export function safetensorsStart(first: Uint8Array, size: number, file: string): number {
  if (first.length < 8) throw damagedFile(file, `${first.length} bytes, expected at least 8`);
  const headerLength = Number(new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true));
  if (headerLength > MAX_HEADER) throw damagedFile(file, `a header of ${headerLength} bytes is announced`);
  const start = 8 + headerLength;
  if (start > size) throw damagedFile(file, `truncated: the header needs ${start} bytes, the file has ${size}`);
  return start;
}

/** What a header (without its length) lists, for `dataLength` bytes of tensors. Their types are as the file names them. */
export function safetensorsEntries(
  header: Uint8Array,
  dataLength: number,
  file: string,
): { metadata: Readonly<Record<string, string>>; entries: readonly SafetensorsEntry[] } {
  const damaged = (what: string): UserError => damagedFile(file, what);
  const { __metadata__, ...listed } = parseHeader(header, damaged);
  const metadata = Metadata.safeParse(__metadata__ ?? {});
  if (!metadata.success) throw damaged('__metadata__ is not a map of strings');
  const entries = Object.entries(listed).map(([name, entry]) => {
    const parsed = Entry.safeParse(entry);
    if (!parsed.success)
      throw damaged(`tensor ${shown(name)}: ${parsed.error.issues[0]!.path.join('.')} is wrong in the header`);
    return { name, ...parsed.data };
  });
  checkLayout(entries, dataLength, damaged);
  return { metadata: metadata.data, entries };
}

const damagedFile = (file: string, what: string): UserError =>
  new UserError(`${file}: ${what}; the file is damaged or not a safetensors file, copy or save it again`);

export function encodeSafetensors({ metadata, tensors }: Safetensors): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (data.length !== sizeOf(shape))
      throw new Error(`safetensors: tensor ${name} has ${data.length} values for the shape [${shape}]`);
    const dtype = data instanceof Int32Array ? 'I32' : data instanceof Float32Array ? 'F32' : 'F64';
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8; // the tensors begin on a multiple of 8 bytes
  const bytes = new Uint8Array(8 + headerLength + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength).set(json, 8);
  let at = 8 + headerLength;
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

function parseHeader(bytes: Uint8Array, damaged: (what: string) => UserError): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw damaged('the header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw damaged('the header is not a JSON object');
  return header as Record<string, unknown>;
}

/** A buffer of its own, so that typed arrays are aligned and the file's bytes can be freed. (A Buffer's `slice` shares.) */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy.buffer;
}

/** The format wants the tensors to fill the data without gaps or overlaps. */
function checkLayout(
  entries: readonly { name: string; data_offsets: [number, number] }[],
  length: number,
  damaged: (what: string) => UserError,
): void {
  let end = 0;
  const inOrder = [...entries].sort(
    ({ data_offsets: a }, { data_offsets: b }) => a[0] - b[0] || a[1] - b[1], // an empty tensor before its neighbour
  );
  for (const {
    name,
    data_offsets: [from, to],
  } of inOrder) {
    if (to < from) throw damaged(`tensor ${shown(name)} ends (byte ${to}) before it begins (byte ${from})`);
    if (to > length)
      throw damaged(`truncated: tensor ${shown(name)} ends at byte ${to} of the data, which have ${length}`);
    if (from < end) throw damaged(`tensor ${shown(name)} overlaps the one before it (byte ${from}, expected ${end})`);
    if (from > end) throw damaged(`${from - end} bytes before tensor ${shown(name)} belong to no tensor`);
    end = to;
  }
  if (end !== length) throw damaged(`${length - end} bytes at the end belong to no tensor`);
}
