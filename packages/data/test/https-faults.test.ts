import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createRng } from '@asmil/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLASSIC_SETS, type ClassicSet } from '../src/classic/sets.js';
import { cachedFile, fetchSet, readCached } from '../src/classic/store.js';
import { formatTable, parseTable } from '../src/classic/table.js';
import { sha256 } from '../src/fetch/checksum.js';
import { download } from '../src/fetch/https.js';
import { type Fault, type FaultyServer, faultyServer } from './faulty-server.js';
import { mat5 } from './mat5-writer.js';

const rows = 120;
const rng = createRng(3, 'set');
const columns = Array.from({ length: 2 * rows }, () => rng.int(1e6) / 64);
const bagOf = Array.from({ length: rows }, (_, i) => 1 + (i >> 1));
const labels = Array.from({ length: rows / 2 }, (_, b) => (b < 20 ? 2 : 1));
const text = formatTable({
  dim: 2,
  labels: Uint8Array.from(labels, (label) => label - 1),
  starts: Int32Array.from({ length: rows / 2 + 1 }, (_, b) => 2 * b),
  values: Float64Array.from({ length: 2 * rows }, (_, i) => columns[(i % 2) * rows + (i >> 1)]!),
});
const files = {
  'X.mat': mat5({ X: { rows, columns: 2, values: columns } }, true),
  'Bag2.mat': mat5({ Bag2: { rows, columns: 1, values: bagOf, type: 2 } }),
  'BagI.mat': mat5({ bagI: { rows: rows / 2, columns: 1, values: labels } }),
};
type Name = keyof typeof files;
const names = Object.keys(files) as Name[];

let server: FaultyServer;
let folder: string;
let set: ClassicSet;

beforeEach(async () => {
  server = await faultyServer();
  for (const [name, content] of Object.entries(files)) server.files[`/toy/${name}`] = content;
  folder = await mkdtemp(join(tmpdir(), 'asmil-test-'));
  vi.stubEnv('ASMIL_CACHE', join(folder, 'cache'));
  const source = { kind: 'matlab', url: `${server.url}/toy` } as const;
  set = { ...CLASSIC_SETS[0]!, name: 'toy', textSha256: sha256(text), source };
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await rm(folder, { recursive: true });
});

const fetchToy = () => fetchSet(set, { progress: () => undefined });

/** Fetches with a fault in one file: the one line that comes of it, and nothing in the cache. */
async function failing(name: Name, fault: Fault): Promise<string> {
  server.faults[`/toy/${name}`] = fault;
  const error = await fetchToy().then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  delete server.faults[`/toy/${name}`];
  expect(error).toMatchObject({ name: 'UserError', exitCode: 1 });
  expect(error!.message).not.toContain('\n');
  expect(error!.message).toMatch(/run the command again.*--from FILE/);
  expect(await readdir(dirname(cachedFile(set)))).toEqual([]);
  return error!.message;
}

const escaped = (words: string): string => words.replaceAll(/[.+?]/g, '\\$&');

describe('a set that is downloaded over https', () => {
  it('breaks off anywhere: the line says after how many bytes, and the next try brings the same bits', async () => {
    for (const name of names) {
      const { length } = files[name];
      for (const cut of [1, 1 + rng.int(length - 1), length - 1]) {
        const where = `^could not download ${escaped(`${server.url}/toy/${name}`)} \\(.+ after`;
        expect(await failing(name, { short: cut, announced: true })).toMatch(
          new RegExp(`${where} ${cut} of ${length} bytes\\): `),
        );
        expect(await failing(name, { cut })).toMatch(new RegExp(`${where} \\d+ of ${length} bytes\\): `));
      }
    }
    await fetchToy();
    expect(await readCached(set)).toEqual(parseTable(text, ''));
    const first = await readFile(cachedFile(set));
    await rm(cachedFile(set));
    await fetchToy();
    expect((await readFile(cachedFile(set))).equals(first)).toBe(true);
  });

  it('comes short from a server that never said how much would come', async () => {
    for (const name of names)
      for (const short of [0, 100, 140, files[name].length - 3])
        expect(await failing(name, { short, announced: false })).toMatch(
          /^the download was damaged on the way \(.+\): run the command again/,
        );
  });

  it('comes with one bit changed: refused wherever it matters', async () => {
    let refused = 0;
    for (let i = 0; i < 60; i++) {
      const name = names[rng.int(names.length)]!;
      // The first 116 bytes are a comment of the writer's.
      const flip = 116 + rng.int(files[name].length - 116);
      server.faults[`/toy/${name}`] = { flip };
      const error = await fetchToy().then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      delete server.faults[`/toy/${name}`];
      if (error) {
        refused++;
        expect(error, `${name}, byte ${flip}`).toMatchObject({ name: 'UserError' });
        expect(error.message).toMatch(
          /(damaged on the way|the download is not toy).*run the command again.*--from FILE/,
        );
        expect(await readdir(dirname(cachedFile(set)))).toEqual([]);
      } else {
        expect(await readCached(set)).toEqual(parseTable(text, ''));
        await rm(cachedFile(set));
      }
    }
    expect(refused).toBeGreaterThan(40);
  });

  it('is a web page, an error or a circle of redirects instead', async () => {
    const page = '<html>Please log in</html>'.repeat(20);
    expect(await failing('X.mat', { page, as: 'text/html; charset=utf-8' })).toMatch(/\(a web page came in the place/);
    expect(await failing('X.mat', { page, as: 'application/octet-stream' })).toMatch(
      /damaged on the way \(.*X\.mat is not a little-endian MATLAB level-5 file\): run/,
    );
    expect(await failing('Bag2.mat', { status: 404 })).toMatch(/Bag2\.mat \(HTTP status 404\)/);
    expect(await failing('Bag2.mat', { status: 500 })).toMatch(/Bag2\.mat \(HTTP status 500\)/);
    expect(await failing('BagI.mat', { redirect: '/toy/BagI.mat' })).toMatch(/BagI\.mat \(redirect count exceeded\)/);
    expect(await failing('BagI.mat', { redirect: 'http://127.0.0.1:1/' })).toMatch(/BagI\.mat \(.+\)/);
  });

  it('leaves a whole set whole, however the network is', async () => {
    await fetchToy();
    for (const name of names) server.faults[`/toy/${name}`] = { status: 500 };
    await fetchToy();
    expect(await readCached(set)).toEqual(parseTable(text, ''));
  });
});

describe('download', () => {
  const url = () => `${server.url}/toy/X.mat`;

  it('gives up a server that falls silent, before its first byte or later', async () => {
    for (const stall of [0, 200]) {
      server.faults['/toy/X.mat'] = { stall };
      const started = performance.now();
      const after = stall > 0 ? ` after ${stall} of ${files['X.mat'].length} bytes` : '';
      await expect(download(url(), 400)).rejects.toThrow(new RegExp(`^nothing came for 0\\.4 s${after}$`));
      expect(performance.now() - started).toBeLessThan(20_000);
    }
  });

  it('takes its time with a server that is slow but never silent', async () => {
    server.faults['/toy/X.mat'] = { drip: 150 }; // 0.9 s in all
    expect((await download(url(), 700)).equals(files['X.mat'])).toBe(true);
  });

  it('names the reason when a name has several addresses and none answers', async () => {
    const causes = [new Error('connect ECONNREFUSED ::1:443'), new Error('connect ECONNREFUSED 127.0.0.1:443')];
    const cause = new AggregateError(causes);
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed', { cause })));
    await expect(download(url())).rejects.toThrow(/^connect ECONNREFUSED ::1:443$/);
    vi.unstubAllGlobals();
  });
});
