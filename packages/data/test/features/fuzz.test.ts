import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, encodeSafetensors, type Rng, UserError } from '@asmil/core';
import { afterAll, expect, test } from 'vitest';
import { readSlide } from '../../src/features/read-slide.js';
import { zip } from '../zip.js';
import { featuresOf, place, WSI } from './fixtures.js';

const folder = mkdtempSync(join(tmpdir(), 'asmil-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tensors = { features: { shape: [7, 8], data: featuresOf('s002') } };
const npy = readFileSync(`${WSI}/npy-variants/fortran.npy`);
const FILES: readonly (readonly [string, string, Uint8Array])[] = [
  ['CLAM .h5', 'a.h5', readFileSync(`${WSI}/clam/h5_files/s003.h5`)],
  ['TRIDENT .h5', 'b.h5', readFileSync(`${WSI}/trident/20x_256px_0px_overlap/features_resnet18/s001.h5`)],
  ['.pt', 'a.pt', readFileSync(`${WSI}/pt-variants/zip-dict.pt`)],
  ['legacy .pt', 'b.pt', readFileSync(`${WSI}/pt-variants/legacy-float32.pt`)],
  ['.npy', 'a.npy', npy],
  ['.npz', 'a.npz', zip({ 'features.npy': npy }, { deflate: true })],
  ['.safetensors', 'a.safetensors', encodeSafetensors({ metadata: {}, tensors })],
  ['CSV', 'a.csv', readFileSync(`${WSI}/dsmil/toy/1/s002.csv`)],
];

/** Reads a file of these bytes: anything but a slide or a UserError of one line is a defect. */
async function survives(name: string, bytes: Uint8Array): Promise<boolean> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  try {
    const { n, dim, features } = await readSlide({ id: 's', features: place(path) }, { nonFinite: 'zero' });
    expect(features).toHaveLength(n * dim);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(/^slide s: .*$/);
    return false;
  }
}

test.each(FILES)('%s cut anywhere is refused in one line', async (_, name, bytes) => {
  for (let length = 0; length < bytes.length - 1; length += 1 + (bytes.length >> 6)) {
    const whole = await survives(name, bytes.subarray(0, length));
    if (!name.endsWith('.csv')) expect([length, whole]).toEqual([length, false]); // of text, the front may be a file too
  }
});

test.each(FILES)('%s with changed bytes is read or refused, never anything else', async (_, name, bytes) => {
  const rng = createRng(1, name);
  // Most bytes of an HDF5 file are padding; what tells something is hit more often.
  const telling = [...bytes.keys()].filter((at) => bytes[at] !== 0);
  let refused = 0;
  for (let round = 0; round < 60; round++) {
    const changed = Uint8Array.from(bytes);
    for (let change = 0; change < 1 + rng.int(4); change++) changed[telling[rng.int(telling.length)]!] = byteOf(rng);
    if (!(await survives(name, changed))) refused++;
  }
  expect(refused).toBeGreaterThan(0);
});

/** Any byte, or one at the ends of a range. */
function byteOf(rng: Rng): number {
  return [0, 255, 127, 128][rng.int(8)] ?? rng.int(256);
}
