import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWheel, unzipWheel } from '../../src/engine/native/wheel.js';
import { useScratch, wheelFiles, zip } from './fake-wheel.js';

const scratch = useScratch();

test('a wheel says its version, device, hash and what will be unzipped', async () => {
  const files = wheelFiles();
  const bytes = zip(files);
  const wheel = await openWheel(scratch.write('a.whl', bytes), {});
  expect(wheel).toMatchObject({
    version: '2.21.0',
    device: 'cpu',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    pinned: false,
  });
  const needed = Object.keys(files).filter((name) => /\.so\.2$|c_api\.h$|tsl_status\.h$/.test(name));
  expect(wheel.bytes).toBe(needed.reduce((sum, name) => sum + files[name]!.length, 0));
  expect((await openWheel(scratch.write('b.whl', zip(wheelFiles('tensorflow'))), {})).device).toBe('gpu');
});

test('unzips the libraries and the C headers and nothing else', async () => {
  const files = wheelFiles();
  const wheel = await openWheel(scratch.write('a.whl', zip(files)), {});
  const shares: number[] = [];
  await unzipWheel(wheel, join(scratch.dir, 'out'), (done) => shares.push(done));
  const out = (readdirSync(join(scratch.dir, 'out'), { recursive: true }) as string[]).filter((n) => /\.\w+$/.test(n));
  expect(out.sort()).toEqual([
    'tensorflow/include/tensorflow/c/c_api.h',
    'tensorflow/include/xla/tsl/c/tsl_status.h',
    'tensorflow/libtensorflow_cc.so.2',
    'tensorflow/libtensorflow_framework.so.2',
  ]);
  const library = 'tensorflow/libtensorflow_cc.so.2';
  expect(readFileSync(join(scratch.dir, 'out', library), 'utf8')).toBe(files[library]);
  expect(shares.at(-1)).toBe(1);
});

test('a pinned hash that agrees is noted, one that does not is refused', async () => {
  const bytes = zip(wheelFiles());
  const file = scratch.write('known.whl', bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect((await openWheel(file, { 'known.whl': sha256 })).pinned).toBe(true);
  const wrong = openWheel(file, { 'known.whl': 'f'.repeat(64) });
  await expect(wrong).rejects.toThrow(`${file} has SHA-256 ${sha256.slice(0, 12)}… where ffffffffffff… was expected`);
});

test.each<[string, Buffer | string, RegExp]>([
  ['no zip file', 'hello', /is not a wheel/],
  ['an empty file', '', /is not a wheel/],
  ['a wheel that is cut off', zip(wheelFiles()).subarray(0, 900), /is not a wheel .*cut off/],
  ['a zip file of something else', zip({ 'readme.txt': 'hello' }), /is a zip file but not a Python wheel/],
  [
    'another package',
    zip({ 'numpy-2.0.0.dist-info/WHEEL': 'Tag: x\n' }),
    /wheel of numpy 2.0.0 without libtensorflow_cc/,
  ],
  [
    'another processor',
    zip(wheelFiles('tensorflow_cpu', 'cp311-cp311-manylinux_2_27_aarch64')),
    /not for Linux x86_64 .*aarch64/,
  ],
])('%s is refused in one line that names the file', async (_what, content, message) => {
  const file = scratch.write('x.whl', content);
  const error = await openWheel(file, {}).catch((e: Error) => e);
  expect(error).toMatchObject({ name: 'UserError', message: expect.stringMatching(message) });
  expect((error as Error).message).toContain(file);
  expect((error as Error).message).not.toContain('\n');
});

test('bytes that changed inside a wheel are found while unzipping', async () => {
  const bytes = zip(wheelFiles());
  const flipped = Buffer.from(bytes);
  const at = bytes.indexOf('libtensorflow_cc.so.2') + 'libtensorflow_cc.so.2'.length + 30;
  flipped[at] = flipped[at]! ^ 0xff;
  const file = scratch.write('a.whl', flipped);
  const wheel = await openWheel(file, {});
  await expect(unzipWheel(wheel, join(scratch.dir, 'out'), () => {})).rejects.toThrow(
    /a\.whl is damaged .*fetch it again/,
  );
});

test('a library that differs from the wheel’s own record is found', async () => {
  const files = { ...wheelFiles(), 'tensorflow/libtensorflow_cc.so.2': 'another library' };
  const wheel = await openWheel(scratch.write('a.whl', zip(files)), {});
  await expect(unzipWheel(wheel, join(scratch.dir, 'out'), () => {})).rejects.toThrow(
    /libtensorflow_cc.so.2 does not match/,
  );
});
