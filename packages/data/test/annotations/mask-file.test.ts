import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, expect, test } from 'vitest';
import { readMask } from '../../src/annotations/mask-file.js';
import { refusal } from '../features/fixtures.js';
import { npy } from '../folder/toy.js';

const folder = mkdtempSync(join(tmpdir(), 'asmil-masks-'));
afterAll(() => rmSync(folder, { recursive: true }));

const VALUES = [0, 255, 0, 2, 255, 1];

/** A grey picture of three columns and two rows. */
function picture(name: string, values = VALUES, change: (bytes: Buffer) => Buffer = (bytes) => bytes): string {
  const png = new PNG({ width: 3, height: 2 });
  for (const [i, value] of values.entries()) png.data.set([value, value, value, 255], 4 * i);
  const path = join(folder, name);
  writeFileSync(path, change(PNG.sync.write(png, { colorType: 0 })));
  return path;
}

test('marks the pixels that have the value, in pictures and arrays', async () => {
  const path = picture('a.png');
  expect(await readMask(path)).toEqual({ height: 2, width: 3, data: Uint8Array.of(0, 1, 0, 0, 1, 0) });
  expect((await readMask(path, 2)).data).toEqual(Uint8Array.of(0, 0, 0, 1, 0, 0));
  const array = join(folder, 'a.npy');
  writeFileSync(
    array,
    npy(2, 3, (i, j) => VALUES[3 * i + j]!),
  );
  expect(await readMask(array)).toEqual(await readMask(path));
  expect((await readMask(picture('empty.png', [0, 0, 0, 0, 0, 0]))).data).toEqual(new Uint8Array(6));
});

test('a mask of other values is a question, not an empty mask', async () => {
  const message = await refusal(() => readMask(picture('v2.png', [0, 1, 2, 0, 0, 0])));
  expect(message).toMatch(/v2\.png: found the values 0, 1, 2, expected 255 for tumour; say which with --mask-value$/);
});

test('what is no mask is refused', async () => {
  expect(await refusal(() => readMask(picture('cut.png', VALUES, (bytes) => bytes.subarray(0, 50))))).toMatch(
    /cut\.png: damaged/,
  );
  const huge = (bytes: Buffer): Buffer => {
    bytes.writeUInt32BE(1_000_000, 16);
    bytes.writeUInt32BE(1_000_000, 20);
    return bytes;
  };
  expect(await refusal(() => readMask(picture('huge.png', VALUES, huge)))).toMatch(
    /1000000 × 1000000 pixels, more than a mask needs/,
  );
  writeFileSync(join(folder, 'text.png'), 'no picture, but long enough to be looked at twice');
  expect(await refusal(() => readMask(join(folder, 'text.png')))).toMatch(/no PNG picture/);
  expect(await refusal(() => readMask(join(folder, 'none.png')))).toMatch(/cannot be read \(ENOENT\)/);
  writeFileSync(join(folder, 'flat.npy'), npy(1, 4).subarray(0)); // [1, 4] is a mask of one row
  expect((await readMask(join(folder, 'flat.npy'))).height).toBe(1);
});
