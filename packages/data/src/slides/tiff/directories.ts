import { UserError } from '@asmil/core';
import type { ByteSource } from '../../files/byte-source.js';
import { fieldOf, MOST_TEXT, numbersOf, type TiffField, type TiffForm, textOf } from './fields.js';

/** One picture of a TIFF file. */
export interface TiffDirectory {
  readonly width: number;
  readonly height: number;
  /** Whether it is stored in tiles; in strips otherwise. */
  readonly tiled: boolean;
  readonly compression: number;
  /** Bit 0: a smaller copy of another picture; bit 2: a mask. */
  readonly subfileType: number;
  /** Empty where there is none. */
  readonly description: string;
  /** Pixels a centimetre along x. */
  readonly density?: number;
}

/** Slides have about ten; a file of more is damaged or something else. */
const MOST_DIRECTORIES = 1000;
/** A tile is unpacked as a whole; those of scanners have a side of 256 to 4096 pixels. */
const MOST_TILE_PIXELS = 2 ** 24;

const WIDTH = 256;
const HEIGHT = 257;
const COMPRESSION = 259;
const DESCRIPTION = 270;
const STRIPS = [273, 279] as const;
const X_RESOLUTION = 282;
const RESOLUTION_UNIT = 296;
const TILE_WIDTH = 322;
const TILE_HEIGHT = 323;
const SUBFILE_TYPE = 254;
const TILES = [324, 325] as const;
const WANTED = new Set([
  ...[WIDTH, HEIGHT, COMPRESSION, DESCRIPTION, X_RESOLUTION, RESOLUTION_UNIT, SUBFILE_TYPE],
  ...[...STRIPS, ...TILES, TILE_WIDTH, TILE_HEIGHT],
]);

/**
 * The pictures of a TIFF or BigTIFF file in their order, without pixels. Throws a `UserError` that names the file for one that
 * is no TIFF file, or whose pictures do not lie in it to the last byte. Sources: TIFF 6.0 (Adobe, 1992); BigTIFF (2004).
 */
export async function readDirectories(source: ByteSource): Promise<TiffDirectory[]> {
  const { form, first } = await readHeader(source);
  const found: TiffDirectory[] = [];
  const seen = new Set<number>();
  const budget: Budget = { bytes: source.size + ALWAYS_GRANTED };
  for (let at = first; at !== 0; ) {
    if (seen.has(at) || seen.size >= MOST_DIRECTORIES) throw damaged(source, 'its list of pictures has no end');
    seen.add(at);
    const { fields, next } = await readFields(source, form, at);
    found.push(await directoryOf(source, form, fields, budget));
    at = next;
  }
  return found;
}

/** What may still be read of lists and texts: pictures of a sound file share none of theirs, so it is used up once. */
interface Budget {
  bytes: number;
}

/** For files of few bytes, whose descriptions may be shared. */
const ALWAYS_GRANTED = 2 ** 16;
/** Bytes of a place or size of a part in its file, at least; in memory it has four times as many. */
const LIST_ITEM = 2;

const damaged = ({ name }: ByteSource, why: string): UserError =>
  new UserError(`${name}: damaged: ${why}; copy or save it again`);

async function readHeader(source: ByteSource): Promise<{ form: TiffForm; first: number }> {
  const head = await source.read(0, Math.min(16, source.size));
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const order = head.length >= 8 ? view.getUint16(0) : 0;
  const little = order === 0x4949;
  const kind = little || order === 0x4d4d ? view.getUint16(2, little) : 0;
  if (kind === 42) return { form: { little, big: false }, first: view.getUint32(4, little) };
  if (kind === 43 && head.length === 16 && view.getUint16(4, little) === 8)
    return { form: { little, big: true }, first: Number(view.getBigUint64(8, little)) };
  throw new UserError(`${source.name}: no TIFF file, expected a tiled pyramidal TIFF or an SVS file`);
}

async function readFields(source: ByteSource, form: TiffForm, at: number) {
  const { little, big } = form;
  const head = await source.read(at, big ? 8 : 2);
  const headView = new DataView(head.buffer, head.byteOffset, head.length);
  const count = big ? Number(headView.getBigUint64(0, little)) : headView.getUint16(0, little);
  const [entry, offset] = big ? [20, 8] : [12, 4];
  if (count > 65535) throw damaged(source, `${count} fields are announced for one picture`);
  const bytes = await source.read(at + head.length, count * entry + offset);
  const fields = new Map<number, TiffField>();
  for (let k = 0; k < count; k++) {
    const field = fieldOf(bytes.subarray(k * entry, (k + 1) * entry), form);
    if (WANTED.has(field.tag) && !fields.has(field.tag)) fields.set(field.tag, field);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = count * entry;
  return { fields, next: big ? Number(view.getBigUint64(end, little)) : view.getUint32(end, little) };
}

async function directoryOf(
  source: ByteSource,
  form: TiffForm,
  fields: ReadonlyMap<number, TiffField>,
  budget: Budget,
): Promise<TiffDirectory> {
  const spend = (bytes: number): void => {
    budget.bytes -= bytes;
    if (budget.bytes < 0) throw damaged(source, 'the lists of its pictures are longer than the file');
  };
  const list = async (tag: number): Promise<ArrayLike<number>> => {
    const field = fields.get(tag);
    if (!field) return [];
    spend(field.count * LIST_ITEM);
    return numbersOf(source, form, field);
  };
  const one = async (tag: number): Promise<number | undefined> => {
    const field = fields.get(tag);
    return field && (await numbersOf(source, form, field, 1))[0];
  };
  const size = async (what: string, across: number, down: number): Promise<[number, number]> => {
    const [w, h] = [await one(across), await one(down)];
    if (!(Number.isSafeInteger(w) && Number.isSafeInteger(h) && w! > 0 && h! > 0))
      throw damaged(source, `a ${what} without a size`);
    return [w!, h!];
  };
  const [width, height] = await size('picture', WIDTH, HEIGHT);
  const tiled = fields.has(TILES[0]);
  if (tiled) {
    const [w, h] = await size('tile', TILE_WIDTH, TILE_HEIGHT);
    if (w * h > MOST_TILE_PIXELS)
      throw damaged(source, `tiles of ${w} x ${h} pixels, expected at most ${MOST_TILE_PIXELS}`);
  }
  await checkExtents(source, await list((tiled ? TILES : STRIPS)[0]), await list((tiled ? TILES : STRIPS)[1]));
  const description = fields.get(DESCRIPTION);
  if (description) spend(Math.min(description.count, MOST_TEXT));
  const resolution = await one(X_RESOLUTION);
  const unit = { 2: 1 / 2.54, 3: 1 }[(await one(RESOLUTION_UNIT)) ?? 2];
  return {
    ...{ width, height, tiled },
    compression: (await one(COMPRESSION)) ?? 1,
    subfileType: (await one(SUBFILE_TYPE)) ?? 0,
    description: description ? await textOf(source, form, description) : '',
    ...(resolution! > 0 && Number.isFinite(resolution) && unit ? { density: resolution! * unit } : {}),
  };
}

/** Throws if a tile or strip ends behind the end of the file. */
async function checkExtents(source: ByteSource, offsets: ArrayLike<number>, counts: ArrayLike<number>): Promise<void> {
  if (offsets.length === 0 || offsets.length !== counts.length)
    throw damaged(source, `${offsets.length} places and ${counts.length} sizes of the parts of a picture`);
  for (let k = 0; k < offsets.length; k++) {
    if (offsets[k]! + counts[k]! > source.size) await source.read(offsets[k]!, counts[k]!); // throws;
  }
}
