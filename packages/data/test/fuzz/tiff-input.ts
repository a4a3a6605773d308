import type { Rng } from '@asmil/core';
import { BOUNDARIES, chance, pick, type Range } from './mutate.js';

interface Field {
  readonly tag: number;
  type: number;
  count: number;
  value: number;
}

const [SHORT, LONG] = [3, 4];

/** Fields of a tiled picture of one tile of 16 x 16 grey pixels, which lie at `at`. */
const tiled = (side: number, at: number): Field[] =>
  [
    [254, LONG, 0],
    [256, LONG, side],
    [257, LONG, side],
    [258, SHORT, 8],
    [259, SHORT, 1],
    [262, SHORT, 1],
    [277, SHORT, 1],
    [322, LONG, 16],
    [323, LONG, 16],
    [324, LONG, at],
    [325, LONG, 256],
  ].map(([tag, type, value]) => ({ tag: tag!, type: type!, count: 1, value: value! }));

/** Other fields that are read: description, resolution and its unit, strips. */
const OTHERS = [270, 282, 296, 273, 279, 339, 347, 530];
const COMPRESSIONS = [1, 5, 7, 8, 32773, 32946, 50001, 33003, 0, 6, 65535];

/** A small tiled TIFF of one or more pictures, of whose fields some lie. */
export function tiffFile(rng: Rng): Uint8Array {
  const big = chance(rng, 0.4);
  const [entry, offset, start] = big ? [20, 8, 16] : [12, 4, 8];
  const pixels = Buffer.alloc(256, 128);
  const parts: Buffer[] = [];
  let at = start + pixels.length;
  const pictures = chance(rng, 0.03) ? 1200 : 1 + rng.int(3);
  for (let k = 0; k < pictures; k++) {
    const fields = tiled(16 >> Math.min(k, 3), start);
    if (chance(rng, 0.8)) for (let more = true; more; more = chance(rng, 0.4)) spoil(rng, fields, at);
    const head = Buffer.alloc(big ? 8 : 2);
    if (big) head.writeBigUInt64LE(BigInt(fields.length));
    else head.writeUInt16LE(fields.length);
    const size = head.length + fields.length * entry + offset;
    const next = k + 1 < pictures ? at + size : chance(rng, 0.9) ? 0 : pick(rng, [start, at, 2 ** 32 - 1]);
    parts.push(head, ...fields.map((field) => fieldBytes(field, big)), wordOf(next, big));
    at += size;
  }
  // Something for large counts to point at.
  if (chance(rng, 0.1)) parts.push(Buffer.alloc(2 ** (12 + rng.int(9)), rng.int(3)));
  const header = Buffer.alloc(start);
  header.write('II');
  header.writeUInt16LE(big ? 43 : 42, 2);
  if (big) header.writeUInt32LE(8, 4);
  wordOf(start + pixels.length, big).copy(header, big ? 8 : 4);
  return Buffer.concat([header, pixels, ...parts]);
}

function spoil(rng: Rng, fields: Field[], at: number): void {
  const field = pick(rng, fields);
  const large = Number(pick(rng, BOUNDARIES) % 2n ** 53n);
  const kind = rng.int(7);
  if (kind === 0) field.value = large;
  else if (kind === 1) field.count = chance(rng, 0.5) ? large : rng.int(2 ** 20);
  else if (kind === 2) field.type = rng.int(20);
  else if (kind === 3) fields.splice(fields.indexOf(field), 1);
  else if (kind === 4)
    fields.push({ tag: pick(rng, OTHERS), type: pick(rng, [2, 3, 4, 5]), count: 1 + rng.int(40), value: at });
  else if (kind === 5) fields.find(({ tag }) => tag === 259)!.value = pick(rng, COMPRESSIONS);
  else {
    // Sizes of the picture and of its tiles that fit each other and no file.
    const side = 2 ** (4 + rng.int(20));
    for (const one of fields) if ([256, 257, 322, 323].includes(one.tag) && chance(rng, 0.8)) one.value = side;
  }
  if (!fields.some(({ tag }) => tag === 259)) fields.push({ tag: 259, type: SHORT, count: 1, value: 1 });
}

const wordOf = (value: number, big: boolean): Buffer => {
  const bytes = Buffer.alloc(big ? 8 : 4);
  if (big) bytes.writeBigUInt64LE(BigInt(value));
  else bytes.writeUInt32LE(value % 2 ** 32);
  return bytes;
};

function fieldBytes({ tag, type, count, value }: Field, big: boolean): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(tag, 0);
  head.writeUInt16LE(type, 2);
  return Buffer.concat([head, wordOf(count, big), wordOf(value, big)]);
}

/** The directories of a little-endian TIFF file. */
export function tiffRanges(bytes: Uint8Array): Range[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const big = view.getUint16(2, true) === 43;
  const word = (at: number) => (big ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true));
  const ranges: Range[] = [[0, 16]];
  for (let at = word(big ? 8 : 4); at !== 0; ) {
    const end = big ? at + 8 + 20 * word(at) : at + 2 + 12 * view.getUint16(at, true);
    ranges.push([at, end + (big ? 8 : 4)]);
    at = word(end);
  }
  return ranges;
}
