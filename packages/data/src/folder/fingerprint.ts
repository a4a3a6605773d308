import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { BagInfo, Split } from '@asmil/core';
import type { SlideFiles, SlideHeader } from '../features/slide.js';

/**
 * Fingerprints are sampled: whole cohorts have hundreds of gigabytes, and every worker opens them anew. A file counts with its
 * size, its first and last 64 KiB (headers, the indices of zip and chunked files) and 32 blocks of 4 KiB spread evenly over
 * the rest; up to 256 KiB with all of its bytes. Features extracted again, cut short, converted or exchanged between slides
 * change some of these. A few bytes changed by hand in the middle of a large file may not; `data check` reads all.
 */
const ENDS = 64 * 1024;
const BLOCKS = 32;
const BLOCK = 4096;
const WHOLE = 256 * 1024;

/** SHA-256 of a file's size and sample. */
export async function sampleDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    hash.update(`${size};`);
    for (const [from, length] of placesOf(size)) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

/** First byte and length of each part that is read. */
export function placesOf(size: number): (readonly [number, number])[] {
  if (size <= WHOLE) return [[0, size]];
  const between = size - 2 * ENDS - BLOCK;
  const blocks = Array.from(
    { length: BLOCKS },
    (_, k) => [ENDS + Math.floor((between * k) / (BLOCKS - 1)), BLOCK] as const,
  );
  return [[0, ENDS], ...blocks, [size - ENDS, ENDS]];
}

/** Everything that decides a folder cohort's content. */
export interface Content {
  readonly bags: readonly BagInfo[];
  readonly headers: ReadonlyMap<string, SlideHeader>;
  readonly files: ReadonlyMap<string, SlideFiles>;
  readonly classes: readonly string[];
  /** Settings that change what is read from the files. */
  readonly settings: Readonly<Record<string, string | number | undefined>>;
  /** Those of split seed 0, where tables give them. */
  readonly splits: readonly Split[];
}

/** Raised when the same files and settings would give other bags. */
const VERSION = 1;

/** A hash of the bags' samples, labels, groups, classes, settings and splits, wherever the files lie. */
export async function fingerprintOf({ bags, headers, files, classes, settings, splits }: Content): Promise<string> {
  const digests = new Map<string, Promise<string>>();
  const digest = (path: string | undefined): Promise<string> | undefined => {
    if (path === undefined) return undefined;
    const known = digests.get(path) ?? sampleDigest(path).catch(() => 'unreadable'); // loading it says why
    digests.set(path, known);
    return known;
  };
  const hash = createHash('sha256').update(JSON.stringify({ version: VERSION, classes, settings, splits }));
  for (const { id, label, group, n } of bags) {
    const { features, coords, instanceLabels } = files.get(id)!;
    const { dim, type } = headers.get(id)!;
    const samples = [await digest(features.path), await digest(coords?.path), await digest(instanceLabels?.path)];
    hash.update(JSON.stringify([id, label, group, n, dim, type, features.group, ...samples]));
  }
  return hash.digest('hex');
}
