import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  findNative,
  LIBRARIES,
  nativeRoot,
  PLATFORM,
  tfjsNodeVersion,
  writeManifest,
} from '../../src/engine/native/install.js';
import { downloadWheel } from '../../src/engine/native/python.js';
import { setUpNative } from '../../src/engine/native/setup.js';
import { useScratch, wheelFiles, zip } from './fake-wheel.js';

const scratch = useScratch();
const silent = () => {};
afterEach(() => void vi.unstubAllEnvs());

const havePip = spawnSync('python3', ['-c', 'import pip']).status === 0;
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');

const whole = zip({
  ...wheelFiles(),
  'tensorflow_cpu-2.21.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: tensorflow-cpu\nVersion: 2.21.0\n',
});
const damaged = Buffer.from(whole);
damaged[whole.length >> 1]! ^= 1;

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (e: Error) => e,
  );
  expect(error).toMatchObject({ name: 'UserError', exitCode: 1 });
  expect(error!.message).not.toMatch(/\n|Exception|Traceback/);
  return error!.message;
}

/** An engine that was set up before, of another version. */
function makeInstall(): string {
  const dir = join(nativeRoot(), '2.18.0-cpu');
  mkdirSync(join(dir, 'tensorflow'), { recursive: true });
  const files = ['tfjs_binding.node', ...LIBRARIES.map((lib) => join('tensorflow', lib))];
  for (const file of files) writeFileSync(join(dir, file), `contents of ${file}`);
  const facts = {
    source: 'pip',
    usesGpu: false,
    tfjsNode: tfjsNodeVersion(),
    size: 1,
    createdAt: new Date(0).toISOString(),
  };
  const build = { binding: files[0]!, libraryDir: 'tensorflow', tensorflow: '2.18.0', device: 'cpu' } as const;
  writeManifest(dir, { ...build, ...facts, source: 'pip' }, files);
  return dir;
}

/** A package index with TensorFlow's wheel; `state.cut` says after how many bytes the connection breaks. */
async function pipIndex(): Promise<{ cut?: number }> {
  const name = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_17_x86_64.whl'; // none that is pinned
  const state: { cut?: number } = {};
  const server = createServer((request, response) => {
    if (request.url === '/simple/tensorflow-cpu/') {
      response.setHeader('content-type', 'text/html').end(`<!DOCTYPE html><a href="/${name}">${name}</a>`);
    } else {
      response.writeHead(200, { 'content-length': whole.length });
      if (state.cut === undefined) response.end(whole);
      else response.write(whole.subarray(0, state.cut), () => setTimeout(() => response.socket?.resetAndDestroy(), 20));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const index = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
  const settings = { PIP_INDEX_URL: index, PIP_CONFIG_FILE: devNull, PIP_NO_CACHE_DIR: '1', PIP_RETRIES: '0' };
  for (const [key, value] of Object.entries(settings)) vi.stubEnv(key, value);
  for (const key of ['PIP_EXTRA_INDEX_URL', 'PIP_FIND_LINKS', 'PIP_NO_INDEX', 'PIP_PROXY', 'http_proxy', 'all_proxy'])
    vi.stubEnv(key, undefined);
  return state;
}

/** A `python` of shell whose pip does `body`: `$to` is the folder to download to, `$all` the whole command. */
function fakePip(body: string): void {
  const script = `#!/bin/sh\n[ "$3" = --version ] && exit 0\nall="$*"\nto=$(echo "$all" | sed 's/.*--dest \\([^ ]*\\).*/\\1/')\n`;
  process.env.PYTHON = scratch.write('python', `${script}echo "$all" >> ${scratch.dir}/calls\n${body}\n`);
}
const calls = () => readFileSync(join(scratch.dir, 'calls'), 'utf8').trim().split('\n');

describe.skipIf(PLATFORM !== 'linux-x64')('downloads of the set-up on Linux x64', () => {
  test.skipIf(!havePip)(
    'the connection breaks: an engine that is there stays, and the next try brings the wheel',
    async () => {
      process.env.CXX = scratch.write('fake-g++', '#!/bin/sh\n');
      const dir = makeInstall();
      const state = await pipIndex();
      state.cut = whole.length >> 1;
      const options = { from: 'pip', gpu: false, force: true, progress: silent } as const;
      expect(await messageOf(setUpNative(options))).toMatch(
        /^pip could not download tensorflow-cpu==2\.21\.0 \(connection broken: .*\): run `pnpm engine native` again; .*--wheel FILE/,
      );
      expect(readdirSync(nativeRoot())).toEqual(['2.18.0-cpu']);
      expect(findNative()?.dir).toBe(dir);
      state.cut = undefined as never;
      const target = join(scratch.dir, 'target');
      const wheel = await downloadWheel({ device: 'cpu', target, progress: silent });
      expect(readFileSync(wheel).equals(whole)).toBe(true);
    },
  );

  test('a damaged wheel is downloaded once more, past pip’s cache', async () => {
    const bad = scratch.write('bad', damaged);
    const good = scratch.write('good', whole);
    fakePip(`case "$all" in *--no-cache-dir*) f=${good};; *) f=${bad};; esac; cp $f "$to/a.whl"`);
    const lines: string[] = [];
    const pins = { 'a.whl': sha256(whole) };
    const target = join(scratch.dir, 'target');
    const wheel = await downloadWheel({ device: 'cpu', target, progress: (line) => lines.push(line), pins });
    expect(readFileSync(wheel).equals(whole)).toBe(true);
    expect(calls()).toHaveLength(2);
    expect(lines).toEqual([
      `Damaged on the way (a.whl has SHA-256 ${sha256(damaged).slice(0, 12)}… where ${sha256(whole).slice(0, 12)}… was expected): downloading it once more`,
    ]);
  });

  test('a wheel that comes damaged twice is refused, and nothing is left', async () => {
    process.env.CXX = scratch.write('fake-g++', '#!/bin/sh\n');
    const name = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl';
    fakePip(`cp ${scratch.write('bad', damaged)} "$to/${name}"`);
    expect(await messageOf(setUpNative({ from: 'pip', gpu: false, progress: silent }))).toMatch(
      /^pip brought a damaged tensorflow-cpu==2\.21\.0 twice \(tensorflow_cpu-2\.21\.0-.*whl has SHA-256 [0-9a-f]{12}… where 2b847d217b02… was expected\): run `pnpm engine native` again/,
    );
    expect(readdirSync(nativeRoot())).toEqual([]);
  });

  // The set-up asks for 3.5 GB before it downloads the GPU build.
  const { bavail, bsize } = statfsSync(tmpdir());
  test.skipIf(bavail * bsize < 3.6e9)(
    'a connection that breaks is no reason to take the CPU build on a GPU machine',
    async () => {
      process.env.CXX = scratch.write('fake-g++', '#!/bin/sh\n');
      scratch.write('nvidia-smi', '#!/bin/sh\n');
      vi.stubEnv('PATH', `${scratch.dir}:${process.env.PATH}`);
      const setUp = () => messageOf(setUpNative({ from: 'pip', progress: silent }));
      fakePip(`echo "ProtocolError: (\\"Connection broken: ConnectionResetError(104, 'reset')\\")" >&2; exit 2`);
      expect(await setUp()).toMatch(/^pip could not download tensorflow==2\.21\.0 \(connection broken: reset\)/);
      expect(calls()).toHaveLength(1);
      fakePip('echo "ERROR: No matching distribution found for x" >&2; exit 1');
      expect(await setUp()).toMatch(
        /^pip could not download tensorflow-cpu==2\.21\.0 \(the package index does not answer/,
      );
      expect(
        calls()
          .slice(1)
          .map((call) => / (tensorflow[^ =]*)==/.exec(call)![1]),
      ).toEqual(['tensorflow', 'tensorflow-cpu']);
      expect(existsSync(nativeRoot()) && readdirSync(nativeRoot())).toEqual([]);
    },
  );
});
