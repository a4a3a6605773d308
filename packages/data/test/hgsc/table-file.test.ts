import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTables, writeTables } from '../../src/hgsc/table-file.js';

let dir: string;
let path: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'asmil-tables-'));
  path = join(dir, 'a.bin');
});
afterAll(() => rm(dir, { recursive: true }));

const arrays = {
  bytes: Uint8Array.of(1, 2, 255),
  counts: Uint16Array.of(65535, 7),
  none: new Uint32Array(0),
  values: Float64Array.of(Math.PI, -0, Number.MIN_VALUE),
};

test('arrays come back as they were', async () => {
  await writeTables(path, 'key', arrays);
  expect(await readTables(path, 'key')).toEqual(arrays);
  expect(await readTables(join(dir, 'missing.bin'), 'key')).toBeNull();
});

test('another key, a changed byte anywhere and a cut file are refused', async () => {
  await writeTables(path, 'key', arrays);
  await expect(readTables(path, 'other')).rejects.toThrow('made from other files');
  const good = await readFile(path);
  for (let i = 0; i < good.length; i += 7) {
    const bad = Buffer.from(good);
    bad[i]! ^= 16;
    await writeFile(path, bad);
    await expect(readTables(path, 'key')).rejects.toThrow(/delete it and fetch/);
  }
  await writeFile(path, good.subarray(0, good.length - 8));
  await expect(readTables(path, 'key')).rejects.toThrow('damaged');
  await writeFile(path, '');
  await expect(readTables(path, 'key')).rejects.toThrow('not a table file');
});
