import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findNative, nativeRoot, PLATFORM } from '../../src/engine/native/install.js';
import { withLock } from '../../src/engine/native/lock.js';
import { removeNative, setUpNative } from '../../src/engine/native/setup.js';
import { useScratch, wheelFiles, zip } from './fake-wheel.js';

const scratch = useScratch();
const silent = () => {};

/** The process number of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

/** A compiler of shell: says its version, then does `body` when asked to compile. */
function fakeCompiler(body: string): void {
  process.env.CXX = scratch.write('fake-g++', `#!/bin/sh\n[ "$1" = --version ] && exit 0\n${body}\n`);
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (e: Error) => e,
  );
  expect(error).toMatchObject({ name: 'UserError' });
  expect(error!.message).not.toContain('\n');
  return error!.message;
}

describe.skipIf(PLATFORM !== 'linux-x64')('set-up on Linux x64', () => {
  const wheel = () => scratch.write('tensorflow_cpu-0.whl', zip(wheelFiles()));
  const left = () => readdirSync(nativeRoot());

  test('without a compiler the sentence names it and how to get one', async () => {
    process.env.CXX = join(scratch.dir, 'no-such-compiler');
    expect(await messageOf(setUpNative({ wheel: wheel(), progress: silent }))).toMatch(
      /No C\+\+ compiler.*apt install g\+\+/,
    );
    expect(left()).toEqual([]);
  });

  test('without Python the sentence names the offline way', async () => {
    fakeCompiler('exit 0');
    process.env.PYTHON = join(scratch.dir, 'no-such-python');
    expect(await messageOf(setUpNative({ progress: silent }))).toMatch(/No .*no-such-python found.*--wheel FILE/);
    expect(await messageOf(setUpNative({ from: 'installed', progress: silent }))).toMatch(
      /No TensorFlow 2\.16 or newer/,
    );
  });

  test('a Python without pip, and a pip that fails, each give their own words', async () => {
    fakeCompiler('exit 0');
    process.env.PYTHON = scratch.write('python', '#!/bin/sh\necho "No module named pip" >&2; exit 1\n');
    expect(await messageOf(setUpNative({ from: 'pip', progress: silent }))).toMatch(
      /has no pip \(No module named pip\)/,
    );
    const fails = '#!/bin/sh\n[ "$3" = --version ] && exit 0\necho "ERROR: no network" >&2; exit 1\n';
    process.env.PYTHON = scratch.write('python', fails);
    expect(await messageOf(setUpNative({ from: 'pip', progress: silent }))).toMatch(
      /could not download tensorflow.*no network/,
    );
    expect(left()).toEqual([]);
  });

  test('a failed compilation leaves nothing behind and quotes the compiler', async () => {
    fakeCompiler('echo "x.cc:1: error: nonsense" >&2; exit 1');
    const lines: string[] = [];
    const message = await messageOf(setUpNative({ wheel: wheel(), progress: (line) => lines.push(line) }));
    expect(message).toMatch(/could not compile the binding \(x\.cc:1: error: nonsense\)/);
    expect(lines.some((line) => /Unzipping TensorFlow 2\.21\.0: 100 %/.test(line))).toBe(true);
    expect(left()).toEqual([]);
    expect(findNative()).toBeNull();
  });

  test('a binding that does not load is not kept', async () => {
    fakeCompiler('while [ "$1" != -o ]; do shift; done; echo junk > "$2"');
    expect(await messageOf(setUpNative({ wheel: wheel(), progress: silent }))).toMatch(
      /does not run \(.*does not load/,
    );
    expect(left()).toEqual([]);
  });

  test('an interrupted set-up leaves nothing half-written, and the lock is free again', async () => {
    fakeCompiler('exec sleep 30');
    const stop = new AbortController();
    const progress = (line: string) => {
      if (line.startsWith('Compiling')) setTimeout(() => stop.abort(), 50);
    };
    const started = Date.now();
    expect(await messageOf(setUpNative({ wheel: wheel(), progress, signal: stop.signal }))).toMatch(/^Stopped/);
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(left()).toEqual([]);
  });

  test('what a killed set-up left, lock and work folder, is cleaned by the next', async () => {
    const work = join(nativeRoot(), '.work-left');
    mkdirSync(work, { recursive: true });
    writeFileSync(join(work, 'half'), 'x');
    writeFileSync(join(nativeRoot(), '.lock'), `${hostname()} ${deadPid()} 0`);
    const lines: string[] = [];
    const broken = scratch.write('x.whl', 'no zip');
    expect(await messageOf(setUpNative({ wheel: broken, progress: (line) => lines.push(line) }))).toMatch(
      /not a wheel/,
    );
    expect(lines.join()).not.toContain('waiting');
    expect(left()).toEqual([]);
  });
});

test('two holders of the lock come one after the other, and the second says that it waits', async () => {
  const events: string[] = [];
  const hold = async (name: string) => {
    events.push(`${name} in`);
    await new Promise((done) => setTimeout(done, 100));
    events.push(`${name} out`);
  };
  const lines: string[] = [];
  const first = withLock(nativeRoot(), silent, undefined, () => hold('a'));
  const second = withLock(
    nativeRoot(),
    (line) => lines.push(line),
    undefined,
    () => hold('b'),
  );
  await Promise.all([first, second]);
  expect(events).toEqual(['a in', 'a out', 'b in', 'b out']);
  expect(lines).toHaveLength(1);
  expect(existsSync(join(nativeRoot(), '.lock'))).toBe(false);
});

test('who waits for the lock can be stopped', async () => {
  const stop = new AbortController();
  await withLock(nativeRoot(), silent, undefined, async () => {
    setTimeout(() => stop.abort(), 50);
    await expect(withLock(nativeRoot(), silent, stop.signal, async () => 1)).rejects.toThrow(/^Stopped/);
  });
});

test('remove empties the folder and names what it removed', async () => {
  expect(await removeNative(silent)).toEqual([]);
  const dir = join(nativeRoot(), '2.21.0-cpu');
  mkdirSync(dir, { recursive: true });
  mkdirSync(join(nativeRoot(), '.work-x'));
  expect(await removeNative(silent)).toEqual([dir]);
  expect(readdirSync(nativeRoot())).toEqual([]);
});
