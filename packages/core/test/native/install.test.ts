import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cacheDir } from '../../src/cache.js';
import {
  compareVersions,
  findNative,
  LIBRARIES,
  listNative,
  type NativeInstall,
  nativeRoot,
  tfjsNodeVersion,
  writeManifest,
} from '../../src/engine/native/install.js';
import { useScratch } from './fake-wheel.js';

useScratch();

/** A folder as a set-up leaves it. */
function makeInstall(tensorflow = '2.21.0', device: 'cpu' | 'gpu' = 'cpu', day = '01'): string {
  const dir = join(nativeRoot(), `${tensorflow}-${device}`);
  mkdirSync(join(dir, 'tensorflow'), { recursive: true });
  const files = ['tfjs_binding.node', ...LIBRARIES.map((lib) => join('tensorflow', lib))];
  for (const file of files) writeFileSync(join(dir, file), `contents of ${file}`);
  const install: Omit<NativeInstall, 'dir'> = {
    binding: 'tfjs_binding.node',
    libraryDir: 'tensorflow',
    tensorflow,
    device,
    source: 'pip',
    usesGpu: false,
    tfjsNode: tfjsNodeVersion(),
    size: 1,
    createdAt: `2026-01-${day}T00:00:00.000Z`,
  };
  writeManifest(dir, install, files);
  return dir;
}

test('the cache folder is the one that ASMIL_CACHE names, else the per-user one', () => {
  const named = process.env.ASMIL_CACHE!;
  expect(cacheDir('native')).toBe(join(named, 'native'));
  delete process.env.ASMIL_CACHE;
  expect(cacheDir('native')).toMatch(/asmil[\\/]native$/);
});

test('finds nothing where nothing was set up', () => {
  expect(findNative()).toBeNull();
  expect(listNative()).toEqual([]);
});

test('a whole install is returned with absolute paths', () => {
  const dir = makeInstall();
  expect(findNative()).toMatchObject({
    dir,
    binding: join(dir, 'tfjs_binding.node'),
    libraryDir: join(dir, 'tensorflow'),
    tensorflow: '2.21.0',
    device: 'cpu',
    source: 'pip',
  });
});

test.each([
  [
    'a library is missing',
    (dir: string) => rmSync(join(dir, 'tensorflow', LIBRARIES[0]!)),
    /libtensorflow_cc.so.2 is missing/,
  ],
  [
    'a library is cut off',
    (dir: string) => truncateSync(join(dir, 'tensorflow', LIBRARIES[1]!), 5),
    /has 5 bytes instead of/,
  ],
  ['the binding is missing', (dir: string) => rmSync(join(dir, 'tfjs_binding.node')), /tfjs_binding.node is missing/],
  ['the manifest is missing', (dir: string) => rmSync(join(dir, 'manifest.json')), /manifest is missing/],
  [
    'the manifest is cut off',
    (dir: string) => truncateSync(join(dir, 'manifest.json'), 40),
    /manifest is missing or not/,
  ],
  ['the manifest is empty JSON', (dir: string) => writeFileSync(join(dir, 'manifest.json'), 'null'), /another format/],
  [
    'the manifest is for another platform',
    (dir: string) => edit(dir, 'platform', 'plan9-mips'),
    /it is for plan9-mips/,
  ],
  ['the sources are of another version', (dir: string) => edit(dir, 'tfjsNode', '3.0.0'), /tfjs-node-gpu 3.0.0/],
])('when %s the install is not returned, and the list says why', (_what, damage, problem) => {
  const dir = makeInstall();
  damage(dir);
  expect(findNative()).toBeNull();
  expect(listNative()).toEqual([{ dir, install: null, problem: expect.stringMatching(problem) }]);
});

test('a damaged install does not hide a whole one, and of two the one set up last is taken', () => {
  makeInstall('2.21.0', 'gpu', '02');
  const last = makeInstall('2.18.0', 'cpu', '03');
  rmSync(join(makeInstall('2.21.0', 'cpu', '04'), 'tfjs_binding.node'));
  expect(findNative()?.dir).toBe(last);
});

test('a folder of a set-up under way is not looked at', () => {
  makeInstall();
  const work = join(nativeRoot(), '.work-abc');
  mkdirSync(work);
  writeFileSync(join(work, 'manifest.json'), readFileSync(join(nativeRoot(), '2.21.0-cpu', 'manifest.json')));
  expect(listNative()).toHaveLength(1);
});

test('versions are compared as numbers', () => {
  expect(compareVersions('2.9.1', '2.21.0')).toBeLessThan(0);
  expect(compareVersions('2.21.0', '2.21.0')).toBe(0);
  expect(compareVersions('2.21.0-rc1', '2.20.5')).toBeGreaterThan(0);
});

function edit(dir: string, key: string, value: string): void {
  const path = join(dir, 'manifest.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), [key]: value }));
}
