import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { main } from '../../src/cli/main.js';
import { tsxUrl } from '../../src/runner/fork.js';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

/** A temp folder with a store and a report folder, and the command on fake parts. */
export function bench() {
  const dir = mkdtempSync(join(tmpdir(), 'asmil-exp-'));
  const store = join(dir, 'store');

  /** `before`: a program that starts the command, with its arguments. */
  function start(
    args: string[],
    env: Record<string, string> = {},
    before: readonly string[] = [],
  ): { child: ChildProcess; ended: Promise<Ended> } {
    const { CI: _, ...rest } = process.env;
    const [program, ...all] = [
      ...before,
      process.execPath,
      '--import',
      tsxUrl(),
      path('../../src/cli/exp.ts'),
      ...args,
    ];
    const child = spawn(program!, all, {
      cwd: path('../..'),
      env: { ...rest, ASMIL_TEST_WIRING: path('./wiring.ts'), FAKE_DIR: dir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.stderr.on('data', (data) => {
      err += data;
    });
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal, out, err }));
    });
    return { child, ended };
  }

  /** The command in this process; its workers are processes of their own, as always. */
  async function inProcess(
    args: string[],
    env: Record<string, string> = {},
    signal = new AbortController().signal,
  ): Promise<Ended> {
    const before = process.env; // the real one, which native code sees too
    const { CI: _, ...rest } = before;
    process.env = { ...rest, ASMIL_TEST_WIRING: path('./wiring.ts'), FAKE_DIR: dir, ...env };
    const text = { out: '', err: '' };
    const sink = (name: 'out' | 'err') =>
      new Writable({
        write: (chunk, _encoding, done) => {
          text[name] += chunk;
          done();
        },
      });
    const terminal = { out: sink('out'), err: sink('err') };
    try {
      const code = await main(args, { terminal, signal });
      return { code, signal: null, ...text };
    } finally {
      process.env = before;
    }
  }

  /** The experiment on this bench's folders. */
  const ema = (out: string, ...args: string[]): string[] => [
    'ablation-ema',
    '--store',
    store,
    '--out',
    join(dir, out),
    ...args,
  ];

  return {
    dir,
    store,
    start,
    ema,
    inProcess,
    exp: (args: string[], env?: Record<string, string>): Promise<Ended> => start(args, env).ended,
    text: (...names: string[]): string => readFileSync(join(dir, ...names), 'utf8'),
    /** Lines `pid job` of what was trained so far. */
    trained: (): string[] =>
      existsSync(join(dir, 'trained.log')) ? readFileSync(join(dir, 'trained.log'), 'utf8').trim().split('\n') : [],
    /** Folders in the store, as `ab/ab12…`. */
    stored: (): string[] =>
      existsSync(store)
        ? readdirSync(store).flatMap((two) => readdirSync(join(store, two)).map((name) => `${two}/${name}`))
        : [],
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Waits until a condition holds; fails after half a minute. */
export async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    if (condition()) return;
    await sleep(10);
  }
  throw new Error('waited half a minute in vain');
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
