import { UserError } from '@asmil/core';
import type { Attribute, Dataset, Metadata } from 'h5wasm/node';
import { fileSource } from '../../files/byte-source.js';
import { decodeNumbers, NUMBER_TYPES, type NumberName, numberName } from '../../files/numbers.js';
import { shown } from '../../files/shown.js';
import { countOf, STEP, type StoredArray } from '../../files/stored-array.js';
import type { Attributes, OpenFile } from '../file.js';
import { ALWAYS_GRANTED, AS_READ, checkExpansion } from '../limits.js';
import { closeHdf5, guarded, isTrap, type OpenHdf5, openHdf5, unknownFilter } from './hdf5-library.js';

/** Filters that the library has: deflate, shuffle, fletcher32, nbit, scaleoffset. */
const FILTERS = [1, 2, 3, 5, 6];
const DEFLATE = 1;
/** A chunk is unpacked as a whole. */
const MAX_CHUNK_BYTES = 2 ** 30;
/** How much of a file is searched for the description of a number type. */
const SEARCHED_BYTES = 2 ** 20;

/**
 * Opens the datasets of an HDF5 file, or of one group of it. Their attributes, and the group's, are in `attributes`. Links
 * that lead out of the file are not followed.
 */
export async function openHdf5File(path: string, name: string, group?: string): Promise<OpenFile> {
  const open = await openHdf5(path, name);
  try {
    const at = group === undefined ? '/' : `/${group}`;
    const names = guarded(open, () => datasetsBelow(open, at));
    return {
      format: 'hdf5',
      names,
      array: async (member) =>
        names.includes(member) ? datasetArray(open, `${at === '/' ? '' : at}/${member}`) : undefined,
      attributes: guarded(open, () => attributesOf(open, at, names)),
      close: async () => closeHdf5(open),
    };
  } catch (error) {
    closeHdf5(open);
    throw error;
  }
}

/** Names of the groups at the top of a file that have one of these datasets: the slides of a file of many slides. */
export async function slideGroups(path: string, name: string, datasets: readonly string[]): Promise<string[]> {
  const open = await openHdf5(path, name);
  try {
    return guarded(open, () =>
      open.file.keys().filter((key) => {
        const entity = ownMember(open, key);
        return (
          entity instanceof open.instance.library.Group &&
          entity.keys().some((member) => datasets.includes(member.toLowerCase()))
        );
      }),
    );
  } finally {
    closeHdf5(open);
  }
}

function datasetsBelow(open: OpenHdf5, at: string): string[] {
  const { file, instance, name } = open;
  const { library } = instance;
  const group = at === '/' ? file : ownMember(open, at.slice(1));
  if (!(group instanceof library.Group)) throw new UserError(`${name}: no group ${shown(at.slice(1))} in it`);
  const below = at === '/' ? '' : `${at.slice(1)}/`;
  return group.keys().filter((key) => ownMember(open, `${below}${key}`) instanceof library.Dataset);
}

/** What lies at a path of the file itself: links, which may lead into other files, count as nothing. */
function ownMember({ file }: OpenHdf5, path: string): unknown {
  const found = file.get(path);
  if (found === null) return null;
  const external: { filename?: string } = file.get_external_link(path);
  return external.filename !== undefined || file.get_link(path) !== null ? null : found;
}

/**
 * Attributes of the group and then of its datasets: numbers, and texts of fixed length. What cannot be read is left out, and so
 * are texts of variable length (Python's `str`): they lie in a heap of the file whose damage can keep the library busy for ever.
 */
function attributesOf({ file }: OpenHdf5, at: string, names: readonly string[]): Attributes {
  const out: Record<string, Attributes[string]> = {};
  for (const path of [at, ...names.map((member) => `${at === '/' ? '' : at}/${member}`)]) {
    const entity = path === '/' ? file : file.get(path.slice(1));
    if (!entity || !('attrs' in entity)) continue;
    for (const [key, attribute] of Object.entries(entity.attrs)) {
      const value = readAttribute(attribute);
      if (value !== undefined && !Object.hasOwn(out, key)) out[key] = value;
    }
  }
  return out;
}

function readAttribute(attribute: Attribute): Attributes[string] | undefined {
  try {
    if (attribute.metadata.vlen) return undefined;
    return plainAttribute(attribute.value);
  } catch (error) {
    if (isTrap(error)) throw error;
    return undefined; // of a type that the library does not know
  }
}

/** 64-bit integers come as bigint. */
function plainAttribute(value: unknown): Attributes[string] | undefined {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) return Array.from(value, Number);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Float64Array);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value as string[];
  return undefined;
}

/** A dataset as an array, after its sizes were held against the file's. */
async function datasetArray(open: OpenHdf5, path: string): Promise<StoredArray> {
  const { file, instance, name, size } = open;
  const { module } = instance;
  const dataset = guarded(open, () => file.get(path.slice(1)) as Dataset);
  const metadata = guarded(open, () => dataset.metadata);
  const what = `dataset ${shown(path.slice(1))}`;
  const { shape, chunks } = metadata;
  if (shape === null) throw new UserError(`${name}: ${what} has no shape; copy or save it again`);
  const type = await typeOf(metadata, open, what);
  const width = NUMBER_TYPES[type].size;
  const compressed = checkFilters(dataset, open, what);
  checkExpansion(
    countOf(shape) * (compressed ? Math.max(width, AS_READ) : width),
    size,
    compressed,
    `${name}: ${what}`,
  );
  const chunkBytes = countOf(chunks ?? []) * width;
  const most = Math.min(MAX_CHUNK_BYTES, Math.max(ALWAYS_GRANTED, countOf(shape) * width));
  if (chunkBytes > most)
    throw new UserError(`${name}: ${what} has chunks of ${chunkBytes} bytes, expected at most ${most}; save it again`);

  // Parts run along the first axis that is longer than 1, in whole chunks where they are not large.
  const axis = Math.max(
    0,
    shape.findIndex((side) => side !== 1),
  );
  const unit = countOf(shape.slice(axis + 1));
  const rows = Math.max(1, Math.floor(STEP / Math.max(1, unit)));
  const chunkRows = chunks?.[axis] ?? 1;
  const step = Math.max(1, unit) * (rows > chunkRows ? rows - (rows % chunkRows) : chunkRows);

  return {
    shape,
    type,
    unit: Math.max(1, unit),
    step,
    async read(from, out) {
      if (out.length === 0) return;
      const first = from / unit;
      const count = out.length / unit;
      guarded(open, () => {
        const bytes = out.length * width;
        const at = module._malloc(bytes);
        if (at === 0) throw new UserError(`${name}: ${what}: no memory for ${bytes} bytes`);
        try {
          const counts = shape.map((side, k) => BigInt(k === axis ? count : side));
          const offsets = shape.map((_, k) => BigInt(k === axis ? first : 0));
          const strides = shape.map(() => 1n);
          module.get_dataset_data(file.file_id, path, counts, offsets, strides, BigInt(at));
          decodeNumbers(type, module.HEAPU8.subarray(at, at + bytes), out); // in the machine's byte order
        } finally {
          module._free(at);
        }
      });
    },
  };
}

/** Whether the dataset is compressed. Throws `UserError` for compression that the library does not have. */
function checkFilters(dataset: Dataset, open: OpenHdf5, what: string): boolean {
  const { name } = open;
  const filters = guarded(open, () => dataset.filters);
  const unknown = filters.find(({ id }) => !FILTERS.includes(id));
  if (unknown) throw new UserError(`${name}: ${what} is ${unknownFilter(unknown.name || `filter ${unknown.id}`)}`);
  return filters.some(({ id }) => id === DEFLATE || id > 3);
}

const INTEGER = 0;
const FLOAT = 1;
const ENUM = 8;

async function typeOf(metadata: Metadata, open: OpenHdf5, what: string): Promise<NumberName> {
  const { type, size, signed, virtual_sources: virtual, enum_type: members } = metadata;
  const { name } = open;
  if (virtual && virtual.length > 0)
    throw new UserError(`${name}: ${what} points into other files, expected numbers; copy them into one file`);
  const bits = 8 * size;
  const boolean = type === ENUM && size === 1 && Object.keys(members?.members ?? {}).join() === 'FALSE,TRUE';
  const found =
    (type === FLOAT && numberName(`float${bits}`)) ||
    (type === INTEGER && numberName(`${signed ? '' : 'u'}int${bits}`)) ||
    (boolean && 'bool');
  if (!found) throw new UserError(`${name}: ${what} holds no plain numbers; save it as float32 or float16`);
  if (found === 'float16' && (await mentionsBfloat16(open)))
    throw new UserError(`${name}: ${what} may be bfloat16, which cannot be told from float16; save it as float32`);
  return found;
}

/** HDF5's description of a bfloat16 number: 16 bits, exponent of 8 at bit 7, 7 bits of fraction, bias 127. */
const BFLOAT16 = Buffer.from('0200000000001000070800077f000000', 'hex');

/**
 * The library tells the size of a float and nothing more. Common libraries write bfloat16 into HDF5 as bytes without a type;
 * the number type exists all the same, so a file that describes it near its beginning is not taken for float16.
 */
async function mentionsBfloat16({ file, name }: OpenHdf5): Promise<boolean> {
  const source = await fileSource(file.filename, name);
  try {
    const head = await source.read(0, Math.min(SEARCHED_BYTES, source.size));
    return Buffer.from(head.buffer, head.byteOffset, head.length).includes(BFLOAT16);
  } finally {
    await source.close();
  }
}
