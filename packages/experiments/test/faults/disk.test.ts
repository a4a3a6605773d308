import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bench, isAlive, until } from '../fakes/cli.js';

/*
 * Real disks that are full or can only be read: a small file system in memory, in a mount namespace of its own, so that
 * nothing stays mounted whatever happens to this process.
 */

/** As root as it is, else as root of a user namespace, where the machine allows that. */
const AS_ROOT = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
const possible = spawnSync('unshare', [...AS_ROOT, '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

const RUNS = ['--only', 'm=0,m=0.9,m=0.999', '--seeds', '4', '--workers', '2']; // 12 runs of about 16 KB
const SLOW = { FAKE_EPOCH_MS: '20' };

describe.skipIf(!possible)('a disk (skipped where no file system can be mounted)', () => {
  let t: ReturnType<typeof bench>;
  let holder: ChildProcess;
  beforeEach(async () => {
    t = bench();
    mkdirSync(join(t.dir, 'disk'));
    const mount = `mount -t tmpfs -o size=96k tmpfs '${join(t.dir, 'disk')}' && echo mounted && exec sleep 600`;
    holder = spawn('unshare', [...AS_ROOT, '-m', 'sh', '-c', mount], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => holder.stdout!.once('data', resolve));
  });
  afterEach(async () => {
    holder.kill('SIGKILL');
    await until(() => !isAlive(holder.pid!) || holder.signalCode !== null);
    t.remove();
  });

  /** A command's start inside the namespace. */
  const inside = (): string[] => [
    'nsenter',
    ...(AS_ROOT.length > 0 ? ['--user', '--preserve-credentials'] : []),
    ...['--mount', '--target', String(holder.pid)],
  ];
  const shell = (line: string): void => {
    const [program, ...args] = inside();
    execFileSync(program!, [...args, 'sh', '-c', line], { stdio: 'ignore' });
  };
  const remount = (options: string): void => shell(`mount -o 'remount,${options}' '${join(t.dir, 'disk')}'`);
  /** Takes what room is left. */
  const fill = (): void => shell(`yes > '${join(t.dir, 'disk', 'fill')}' || true`);
  const store = (): string => join(t.dir, 'disk', 'store');
  const ema = (out: string, ...more: string[]): string[] => [
    ...['ablation-ema', '--store', store(), '--out', join(t.dir, out)],
    ...[...RUNS, ...more],
  ];
  const exp = (args: string[], env = {}) => t.start(args, env, inside()).ended;
  /** Folders of runs, as this process sees the namespace's disk. */
  const stored = (): string[] => {
    const seen = `/proc/${holder.pid}/root${store()}`;
    return readdirSync(seen).flatMap((part) => readdirSync(join(seen, part)));
  };
  const last = (text: string): string | undefined => text.trim().split('\n').at(-1);

  it('that becomes full in the middle: one line, what is finished stays, and with room the same bits come out', async () => {
    const clean = t.inProcess(t.ema('clean', ...RUNS));
    const full = await exp(ema('a'));
    const line = /^cannot write to .*: no space is left on the device; make room or choose another with --store DIR$/;
    expect([full.code, last(full.err)]).toEqual([1, expect.stringMatching(line)]);
    const kept = stored().filter((name) => !name.startsWith('.tmp'));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(12);
    await clean;

    // To the last block: told before anything is trained, and nothing that is stored is touched.
    fill();
    const trained = t.trained().length;
    const again = await exp(ema('a'));
    expect([again.code, last(again.err), t.trained().length]).toEqual([1, expect.stringMatching(line), trained]);
    expect(
      stored()
        .filter((name) => !name.startsWith('.tmp'))
        .sort(),
    ).toEqual(kept.sort());

    shell(`rm '${join(t.dir, 'disk', 'fill')}'`);
    remount('size=10m');
    const room = await exp(ema('b'));
    expect([room.code, room.err]).toEqual([0, expect.stringContaining(`12 runs, ${kept.length} stored`)]);
    expect(t.trained().length - trained).toBe(12 - kept.length);
    expect(t.text('b', 'results.json')).toBe(t.text('clean', 'results.json'));
    expect(stored().some((name) => name.startsWith('.tmp'))).toBe(false);
  });

  it('that becomes read-only in the middle: one line; what is stored can be read, and made into a report', async () => {
    remount('size=10m');
    const running = exp(ema('a'), SLOW);
    await until(() => existing(() => stored().filter((name) => !name.startsWith('.tmp')).length >= 3));
    // Refused while a file is open for writing.
    await until(() => existing(() => remount('ro') === undefined));
    const cut = await running;
    const line = /^cannot write to .*: the file system is read-only; make room or choose another with --store DIR$/;
    expect([cut.code, last(cut.err)]).toEqual([1, expect.stringMatching(line)]);
    const kept = stored().filter((name) => !name.startsWith('.tmp')).length;
    expect(kept).toBeLessThan(12);
    const trained = t.trained().length;
    const again = await exp(ema('a'));
    expect([again.code, last(again.err), t.trained().length]).toEqual([1, expect.stringMatching(line), trained]);

    remount('rw');
    expect((await exp(ema('b'))).code).toBe(0);
    remount('ro');
    const report = await exp(ema('c'));
    expect([report.code, report.err]).toEqual([0, expect.stringContaining('12 runs, 12 stored')]);
    expect(t.text('c', 'results.json')).toBe(t.text('b', 'results.json'));
  });

  it('with no room for the report: told before anything is trained', async () => {
    fill();
    const args = ['ablation-ema', '--store', join(t.dir, 'store'), '--out', join(t.dir, 'disk', 'report'), ...RUNS];
    const { code, err } = await exp(args);
    expect([code, last(err), t.trained()]).toEqual([
      1,
      expect.stringMatching(
        /^cannot write to .*report: no space is left on the device; make room or choose another with --out DIR$/,
      ),
      [],
    ]);
  });
});

/** Whether something holds that may fail for now. */
function existing(look: () => boolean): boolean {
  try {
    return look();
  } catch {
    return false;
  }
}
