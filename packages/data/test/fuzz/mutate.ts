import type { Rng } from '@asmil/core';

/** A file that is read as it stands, from which hostile ones are made. */
export interface Seed {
  readonly bytes: Uint8Array;
  /** Places of bytes that tell something (headers, offsets, names): three of four changes are made there. */
  readonly telling: ArrayLike<number>;
}

/** A range of bytes, the end not included. */
export type Range = readonly [from: number, to: number];

/** Inputs larger than this are cut: what is wrong with them shows at this size. */
export const MOST_BYTES = 2 ** 21;

/** `ranges` are what tells something; without them all bytes that are not zero, since the rest is mostly padding. */
export function seedOf(bytes: Uint8Array, ranges?: readonly Range[]): Seed {
  const telling: number[] = [];
  if (ranges)
    for (const [from, to] of ranges) for (let at = from; at < Math.min(to, bytes.length); at++) telling.push(at);
  else for (const [at, byte] of bytes.entries()) if (byte !== 0) telling.push(at);
  return { bytes, telling: telling.length > 0 ? telling : [0] };
}

export const pick = <T>(rng: Rng, items: ArrayLike<T>): T => items[rng.int(items.length)]!;

export const chance = (rng: Rng, share: number): boolean => rng.next() < share;

/** Sizes and offsets at the ends of what fields hold, as unsigned 64-bit numbers. */
export const BOUNDARIES: readonly bigint[] = [
  ...[0n, 1n, 2n, 3n, 7n, 8n, 100n],
  ...[7n, 8n, 15n, 16n, 24n, 31n, 32n, 40n, 53n, 62n, 63n, 64n].flatMap((bits) => [2n ** bits - 1n, 2n ** bits]),
];

/** The same as a number that JSON and CSV can hold. */
export function boundary(rng: Rng): number {
  const value = Number(pick(rng, BOUNDARIES));
  return chance(rng, 0.1) ? -value : value;
}

type Change = (bytes: Uint8Array, at: number, rng: Rng, others: readonly Seed[]) => Uint8Array;

const cut = (bytes: Uint8Array, from: number, removed: number, put: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + removed)]));

const randomBytes = (rng: Rng, count: number): Uint8Array => Uint8Array.from({ length: count }, () => rng.int(256));

/** Mostly short, now and then as long as `most`. */
const lengthOf = (rng: Rng, most: number): number =>
  1 + rng.int(Math.max(1, chance(rng, 0.8) ? Math.min(64, most) : most));

const slice = (bytes: Uint8Array, rng: Rng): Uint8Array => {
  const from = rng.int(bytes.length + 1);
  return bytes.subarray(from, from + lengthOf(rng, bytes.length - from));
};

const CHANGES: Readonly<Record<string, Change>> = {
  bit(bytes, at, rng) {
    bytes[at] = bytes[at]! ^ (1 << rng.int(8));
    return bytes;
  },
  byte(bytes, at, rng) {
    bytes[at] = [0, 255, 127, 128][rng.int(8)] ?? rng.int(256);
    return bytes;
  },
  fill: (bytes, at, rng) => bytes.fill(pick(rng, [0, 255, rng.int(256)]), at, at + lengthOf(rng, bytes.length - at)),
  truncate: (bytes, at, rng) => bytes.slice(0, chance(rng, 0.5) ? at : bytes.length - 1 - rng.int(64)),
  insert: (bytes, at, rng) => cut(bytes, at, 0, randomBytes(rng, lengthOf(rng, 4096))),
  remove: (bytes, at, rng) => cut(bytes, at, lengthOf(rng, bytes.length - at), new Uint8Array(0)),
  duplicate: (bytes, at, rng) => cut(bytes, at, 0, slice(bytes, rng)),
  overwrite(bytes, at, rng) {
    const part = slice(bytes, rng).slice(0, bytes.length - at);
    bytes.set(part, at);
    return bytes;
  },
  splice(bytes, at, rng, others) {
    const other = pick(rng, others).bytes;
    return cut(bytes, at, bytes.length, other.subarray(rng.int(other.length)));
  },
  integer(bytes, at, rng) {
    const width = pick(rng, [1, 2, 4, 8]);
    const value = chance(rng, 0.2) ? BigInt(bytes.length + rng.int(3) - 1) : pick(rng, BOUNDARIES);
    const field = Buffer.alloc(8);
    field.writeBigUInt64LE(BigInt.asUintN(8 * width, value));
    const part = field.subarray(0, width);
    if (chance(rng, 0.3)) part.reverse();
    bytes.set(part.subarray(0, bytes.length - at), at);
    return bytes;
  },
  /** A number written in digits. */
  decimal(bytes, at, rng) {
    const digit = (place: number) => bytes[place]! >= 0x30 && bytes[place]! <= 0x39;
    let from = at;
    while (from < bytes.length && !digit(from)) from++;
    let to = from;
    while (to < bytes.length && digit(to)) to++;
    return from === to ? bytes : cut(bytes, from, to - from, Buffer.from(String(pick(rng, BOUNDARIES))));
  },
};

const NAMES = Object.keys(CHANGES);

/** One of the seeds with one to eight changes. */
export function mutated(rng: Rng, seeds: readonly Seed[]): Uint8Array {
  const seed = pick(rng, seeds);
  let bytes: Uint8Array = Uint8Array.from(seed.bytes);
  for (let more = true; more; more = chance(rng, 0.5)) {
    const at = chance(rng, 0.75) ? pick(rng, seed.telling) : rng.int(bytes.length);
    if (bytes.length > 0) bytes = CHANGES[pick(rng, NAMES)]!(bytes, Math.min(at, bytes.length - 1), rng, seeds);
  }
  return bytes.subarray(0, MOST_BYTES);
}
