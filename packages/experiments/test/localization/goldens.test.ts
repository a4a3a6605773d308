import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkFile, type FileCheck } from '../../src/goldens/check.js';

const goldens = fileURLToPath(new URL('../../../core/goldens/localization/', import.meta.url));
const names = (await readdir(goldens)).filter((name) => name.endsWith('.json')).sort();

// biome-ignore lint/suspicious/noExplicitAny: files of many forms, broken on purpose
type File = any;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asmil-golden-localization-'));
  for (const name of await readdir(goldens)) await copyFile(join(goldens, name), join(folder, name));
});
afterAll(() => rm(folder, { recursive: true }));

/** The verdict on a file after a change. */
async function changed(name: string, change: (file: File) => void): Promise<FileCheck> {
  const file: File = JSON.parse(await readFile(join(goldens, `${name}.json`), 'utf8'));
  change(file);
  const path = join(folder, 'changed.json');
  await writeFile(path, JSON.stringify(file));
  return checkFile(path, { engine: 'wasm' });
}

test.each(names.map((name) => [name]))('%s holds to nine digits', async (name) => {
  const { pass, errors } = await checkFile(join(goldens, name), { engine: 'wasm' });
  expect(pass).toBe(true);
  expect(Object.keys(errors).length).toBeGreaterThan(0);
  for (const { rel } of Object.values(errors)) expect(rel).toBeLessThanOrEqual(1e-9);
});

/** The file's outputs with one leaf changed, by the number of the leaf; undefined if there is no such leaf. */
function spoil(value: File, at: { left: number }, skip: readonly string[]): boolean {
  for (const [key, inner] of Object.entries(value ?? {})) {
    if (skip.includes(key)) continue;
    if (inner !== null && typeof inner === 'object') {
      if (spoil(inner, at, skip)) return true;
    } else if (at.left-- === 0) {
      if (typeof inner === 'number') value[key] = inner + 1;
      else if (typeof inner === 'boolean') value[key] = !inner;
      else if (inner === null) value[key] = 0.5;
      else value[key] = (inner as string).replace(/^./, (c) => (c === '1' ? '2' : '1'));
      return true;
    }
  }
  return false;
}

describe('every value of the outputs counts', () => {
  test.each(names.map((name) => [name.replace('.json', '')]))('%s', async (name) => {
    const file: File = JSON.parse(await readFile(join(goldens, `${name}.json`), 'utf8'));
    // What repeats inputs or is a note.
    const skip = name.startsWith('annotation') ? ['tiles'] : ['format', 'distanceSamples'];
    const all = { left: Number.POSITIVE_INFINITY };
    const before = Number.MAX_SAFE_INTEGER;
    all.left = before;
    spoil(file.outputs, all, skip);
    const leaves = before - all.left;
    expect(leaves).toBeGreaterThan(10);
    for (let k = 0; k < 12; k++) {
      const leaf = Math.floor((k * leaves) / 12);
      const { pass } = await changed(name, ({ outputs }) => spoil(outputs, { left: leaf }, skip));
      expect(`leaf ${leaf}: ${pass}`).toBe(`leaf ${leaf}: false`);
    }
  });
});

test('a distance counts', async () => {
  const { pass, reason } = await changed('evalmask-basic', (file) => {
    file.outputs.distanceSamples[5][2] += 0.01;
  });
  expect(reason).toMatch(/^distanceSamples: off by/);
  expect(pass).toBe(false);
});

describe('a file that is not as it should be fails with a reason', () => {
  const GONE = Symbol('deleted');
  const SHORTER = Symbol('without its last element');
  const cases: [string, string, path: string, value: unknown, RegExp][] = [
    ['an unknown kind', 'froc-ties', 'kind', 'volume', /no implementation of localization files of the kind volume/],
    ['a kind of the language', 'froc-ties', 'kind', 'constructor', /no implementation/],
    ['no kind', 'froc-ties', 'kind', GONE, /malformed: kind/],
    ['no mask', 'evalmask-basic', 'inputs.mask', GONE, /malformed: mask/],
    ['a ragged mask', 'evalmask-basic', 'inputs.mask.3', '01', /rows of a mask differ/],
    ['a mask of other signs', 'evalmask-basic', 'inputs.mask.3', '?'.repeat(60), /malformed: mask.3/],
    ['no spacing', 'evalmask-basic', 'config.level0SpacingUm', GONE, /malformed: level0SpacingUm/],
    ['a mask of another size', 'froc-mixed', 'inputs.slides.0.mask', SHORTER, /its mask is not/],
    ['a tumour slide without a mask', 'froc-mixed', 'inputs.slides.0.mask', null, /its mask is not/],
    ['a detection without a score', 'froc-mixed', 'inputs.slides.0.detections.0.score', GONE, /malformed: slides.0/],
    ['a score in words', 'detections-a', 'inputs.attention.0', 'high', /malformed: attention.0/],
    ['too few coordinates', 'detections-a', 'inputs.coords', SHORTER, /expected two a tile/],
    ['coordinates of one number', 'detections-a', 'inputs.coords.0', [1], /malformed: coords.0/],
    ['a tile without a side', 'dice-specificity', 'config.tile0', 0, /malformed: tile0/],
    ['tokens of other lengths', 'end-to-end', 'inputs.slides.0.tokenAttention.1', SHORTER, /rows × tiles = 3 × 28/],
    [
      'an output less',
      'froc-ties',
      'outputs.floor.scores.normalOnly_atMost.perTarget',
      SHORTER,
      /6 values, expected 5/,
    ],
    ['an output that is not known', 'froc-ties', 'outputs.auc', 1, /auc: not computed/],
    ['an XML file elsewhere', 'annotation-camelyon16', 'xmlFile', '../a.xml', /beside this one/],
    ['no XML file', 'annotation-camelyon16', 'xmlFile', 'none.xml', /none.xml: no such file/],
    ['something else than XML', 'annotation-camelyon16', 'xmlFile', 'froc-ties.json', /not well-formed/],
  ];
  test.each(cases)('%s', async (_, name, path, value, reason) => {
    const { pass, reason: given } = await changed(name, (file) => {
      const keys = path.split('.');
      const last = keys.pop()!;
      const home = keys.reduce((inner, key) => inner[key], file);
      if (value === GONE) delete home[last];
      else if (value === SHORTER) home[last].pop();
      else home[last] = value;
    });
    expect(given).toMatch(reason);
    expect(pass).toBe(false);
  });
});

test('files of other sizes: one pixel, no detections, one tile', async () => {
  const pixel = await changed('evalmask-basic', (file) => {
    file.inputs.mask = ['1'];
    file.outputs = { labels: ['1'], numTumours: 0, itcLabels: [1], distanceSamples: [[0, 0, 0]] };
  });
  expect(pixel.reason).toBeUndefined();
  const blank = await changed('evalmask-basic', (file) => {
    file.inputs.mask = ['00', '00'];
    file.outputs = { labels: ['00', '00'], numTumours: 0, regions: [], distanceSamples: [[1, 1, 'Infinity']] };
  });
  expect(blank.reason).toBeUndefined();
  const tile = await changed('detections-a', (file) => {
    file.inputs = { coords: [[512, 0]], attention: [0.7] };
    file.outputs = { scaled: [0], tiles: [], nms: [[], [], []], components: [] };
  });
  expect(tile.reason).toBeUndefined();
});
