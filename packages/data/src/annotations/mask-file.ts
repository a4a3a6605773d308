import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { type metrics, UserError } from '@asmil/core';
import { PNG } from 'pngjs';
import { openFile } from '../features/open-file.js';
import { allocate, readAll } from '../files/stored-array.js';
import { listed } from '../tables/problem.js';

type Mask = metrics.localization.Mask;

/** Level 5 of a slide has some 20 million pixels. */
const LIMITS = { bytes: 256 * 2 ** 20, pixels: 2 ** 28 } as const;

/** Endings of mask files. */
export const MASK_ENDINGS = ['.png', '.npy'] as const;

/**
 * Reads a mask of a whole slide, PNG (grey, or the red of a colour picture) or a NumPy array [height, width]: 1 where the file
 * has `value`, which is 255 in the masks of CAMELYON16's first evaluation and 2 in those of the data set. Throws `UserError` for
 * what is no mask, and for a mask that has other values than 0 and this one but not this one.
 */
export async function readMask(path: string, value = 255): Promise<Mask> {
  const { height, width, at } = /\.npy$/i.test(path) ? await numpy(path) : await png(path);
  const data = new Uint8Array(height * width);
  const others = new Set<number>();
  let marked = false;
  for (let i = 0; i < data.length; i++) {
    const found = at(i);
    if (found === value) {
      data[i] = 1;
      marked = true;
    } else if (found !== 0 && others.size < 10) others.add(found);
  }
  if (!marked && others.size > 0)
    throw new UserError(
      `${path}: found the values 0, ${listed([...others].map(String))}, expected ${value} for tumour; say which with --mask-value`,
    );
  return { height, width, data };
}

interface Pixels {
  readonly height: number;
  readonly width: number;
  at(i: number): number;
}

async function numpy(path: string): Promise<Pixels> {
  const file = await openFile({ path, name: path });
  try {
    const array = (await file.array(''))!;
    const [height, width] = array.shape;
    if (array.shape.length !== 2)
      throw new UserError(`${path}: an array of shape [${array.shape}], expected [height, width]`);
    checkSize(path, height!, width!);
    const values = await readAll(array, allocate(height! * width!, path));
    return { height: height!, width: width!, at: (i) => values[i]! };
  } finally {
    await file.close();
  }
}

async function png(path: string): Promise<Pixels> {
  const bytes = await bytesOf(path);
  if (bytes.length < 33 || bytes.toString('latin1', 1, 4) !== 'PNG' || bytes.toString('latin1', 12, 16) !== 'IHDR')
    throw new UserError(`${path}: no PNG picture, expected a mask as PNG or as a NumPy array`);
  checkSize(path, bytes.readUInt32BE(20), bytes.readUInt32BE(16));
  try {
    const { height, width, data } = PNG.sync.read(bytes, { skipRescale: true }); // inflates no more than the size says
    return { height, width, at: (i) => data[4 * i]! };
  } catch (error) {
    throw new UserError(`${path}: damaged or no PNG picture (${(error as Error).message}); copy or save it again`);
  }
}

function checkSize(path: string, height: number, width: number): void {
  if (height * width > LIMITS.pixels)
    throw new UserError(`${path}: ${width} × ${height} pixels, more than a mask needs; save it at level 5 or 6`);
}

async function bytesOf(path: string): Promise<Buffer> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${path}: cannot be read (${error.code})`);
  });
  try {
    const { size } = await file.stat();
    if (size > LIMITS.bytes) throw new UserError(`${basename(path)}: ${size} bytes, more than a mask needs`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
