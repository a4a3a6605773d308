import { inflateRawSync } from 'node:zlib';
import type { Rng } from '@asmil/core';
import { bytesSource } from '../../src/files/byte-source.js';
import { readZipDirectory } from '../../src/files/zip-directory.js';
import { zip } from '../zip.js';
import { BOUNDARIES, chance, mutated, pick, type Range, type Seed, seedOf } from './mutate.js';

/** The parts of a zip archive that tell something: signature, length, and fields whose sizes are two or four bytes. */
const HEADERS = [
  { signature: 'PK\x03\x04', length: 30, fields: [4, 6, 8, 10, 14, 18, 22, 26, 28] },
  { signature: 'PK\x01\x02', length: 46, fields: [4, 6, 8, 10, 16, 20, 24, 28, 30, 32, 34, 36, 38, 42] },
  { signature: 'PK\x05\x06', length: 22, fields: [4, 6, 8, 10, 12, 16, 20] },
] as const;

const placesOf = (bytes: Uint8Array, signature: string): number[] => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const places: number[] = [];
  for (let at = text.indexOf(signature, 0, 'latin1'); at >= 0; at = text.indexOf(signature, at + 1, 'latin1'))
    places.push(at);
  return places;
};

/** Local headers with names, central directory, end. */
export const zipRanges = (bytes: Uint8Array): Range[] =>
  HEADERS.flatMap(({ signature, length }) =>
    placesOf(bytes, signature).map((at): Range => [at, Math.min(bytes.length, at + length + 24)]),
  );

/** An archive whose headers lie: sizes, offsets, counts and flags at the ends of their ranges. */
export function zipLies(rng: Rng, archive: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(archive);
  const view = new DataView(bytes.buffer);
  for (let more = true; more; more = chance(rng, 0.6)) {
    const { signature, fields } = pick(rng, HEADERS);
    const places = placesOf(bytes, signature);
    if (places.length === 0) continue;
    const at = pick(rng, places) + pick(rng, fields);
    const value = Number(chance(rng, 0.3) ? BigInt(rng.int(bytes.length + 1)) : pick(rng, BOUNDARIES));
    if (at + 4 <= bytes.length && chance(rng, 0.6)) view.setUint32(at, value % 2 ** 32, true);
    else if (at + 2 <= bytes.length) view.setUint16(at, value % 2 ** 16, true);
  }
  // Both sizes of all headers alike: the lie that only the file's own length gives away.
  if (chance(rng, 0.25)) {
    const size = rng.int(3) === 0 ? 2 ** 32 - 2 : 2 ** (20 + rng.int(11));
    for (const { signature } of HEADERS.slice(0, 2))
      for (const at of placesOf(bytes, signature))
        for (const field of signature === HEADERS[0].signature ? [18, 22] : [20, 24])
          if (at + field + 4 <= bytes.length) view.setUint32(at + field, size, true);
  }
  return bytes;
}

/** Names that lead out of a folder, or mean something to JavaScript or a terminal. */
export const HOSTILE_NAMES: readonly string[] = [
  ...['../../escaped', '/tmp/escaped', '..\\..\\escaped', 'C:\\escaped', 'a/../../escaped', '', '.', '..'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'prototype'],
  ...['\u001b[2J\u001b[31mred', 'two\nlines', 'tab\tcr\r', 'nul\0nul', '\u2028\u2029', '\u202eright to left'],
  ...[
    '<script>alert(1)</script>',
    '=cmd|calc',
    '$(touch escaped)',
    '`touch escaped`',
    '%s%n%x',
    '🙂'.repeat(90),
    'x'.repeat(5000),
  ],
];

/** The unpacked entries of an archive. */
export async function entriesOf(archive: Uint8Array): Promise<Record<string, Uint8Array>> {
  const { entries, start } = await readZipDirectory(bytesSource(archive, 'a fixture'), 1000, (what) => {
    throw new Error(what);
  });
  const out: Record<string, Uint8Array> = {};
  for (const [name, entry] of entries) {
    const at = await start(entry);
    const packed = archive.subarray(at, at + entry.compressedSize);
    out[name] = entry.compressionMethod === 0 ? packed : inflateRawSync(packed);
  }
  return out;
}

/** A sound archive of unsound entries: one of them changed, which no checksum gives away, or one more with a hostile name. */
export function zipInside(rng: Rng, entries: Readonly<Record<string, Uint8Array>>, deflate: boolean): Uint8Array {
  const changed = { ...entries };
  const name = pick(rng, Object.keys(entries));
  changed[name] = mutated(rng, [seedOf(entries[name]!)]);
  if (chance(rng, 0.2)) changed[pick(rng, HOSTILE_NAMES)] = Buffer.from('x');
  return zip(changed, { deflate });
}

/** Any of the three: changed anywhere, with headers that lie, or changed inside. */
export function zipInput(
  rng: Rng,
  seeds: readonly Seed[],
  contents: readonly Readonly<Record<string, Uint8Array>>[],
  deflate: boolean,
): Uint8Array {
  const kind = rng.int(4);
  if (kind === 0) return mutated(rng, seeds);
  if (kind === 1) return zipLies(rng, pick(rng, seeds).bytes);
  const inside = zipInside(rng, pick(rng, contents), deflate);
  return kind === 2 ? inside : zipLies(rng, inside);
}
