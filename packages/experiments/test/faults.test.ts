import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Results } from '../src/types.js';
import { bench, isAlive, until } from './fakes/cli.js';

let t: ReturnType<typeof bench>;
beforeEach(() => {
  t = bench();
});
afterEach(() => t.remove());

/** Six runs, small enough to repeat often. */
const SIX = ['--only', 'm=0,m=0.9,m=0.999', '--workers', '2'];
const SLOW = { FAKE_EPOCH_MS: '60' }; // half a second a run: time to interfere

const workerPids = (): number[] => [...new Set(t.trained().map((line) => Number(line.split(' ')[0])))];
const finished = (): string[] => t.stored().filter((name) => !name.includes('.tmp'));

/** What an undisturbed command makes of the six runs. */
let clean: string;
beforeAll(async () => {
  const other = bench();
  await other.exp(other.ema('clean', ...SIX));
  clean = other.text('clean', 'results.json');
  other.remove();
});

describe('runs that go wrong', () => {
  it('are told apart: tried again, failed, or a result; the others go on, and later only what failed is run', async () => {
    const faults = 'kill-once:0,kill:0.5,throw:0.9,diverge:0.99';
    const args = ['--only', 'm=0,m=0.5,m=0.9,m=0.99,m=1', '--workers', '2'];
    const first = await t.exp(t.ema('a', ...args), { FAKE_FAULT: faults });
    expect(first.code).toBe(1);
    const count = (pattern: RegExp): number => first.err.match(pattern)?.length ?? 0;
    expect(count(/^m=0 · fold-0 · seed \d: its worker was ended by SIGKILL .*; trying once more$/gm)).toBe(2);
    expect(count(/^failed: m=0\.5 · fold-0 · seed \d: its worker was ended twice, last by SIGKILL/gm)).toBe(2);
    expect(count(/^failed: m=0\.9 · fold-0 · seed \d: the bag is empty \| second line$/gm)).toBe(2);
    expect(count(/^m=0\.99 · fold-0 · seed \d: diverged at epoch 2 \(loss NaN\); kept as a result$/gm)).toBe(2);
    expect(first.err).toContain('partial report: 4 of 10 runs failed');
    expect(first.err).not.toContain('trainer.ts'); // no stack trace
    const trained = t.trained().length;
    expect(trained).toBe(4 + 4 + 2 + 2 + 2);
    const partial = JSON.parse(t.text('a', 'results.json')) as Results;
    expect(partial.cells.map((cell) => cell.key)).toEqual(['m=0', 'm=0.99', 'm=1']);
    expect(partial.runs.map((run) => run.result.status)).toEqual([
      ...['finished', 'finished', 'diverged', 'diverged', 'finished', 'finished'],
    ]);

    const second = await t.exp(t.ema('b', ...args));
    expect([second.code, t.trained().length - trained]).toEqual([0, 4]);
    const whole = JSON.parse(t.text('b', 'results.json')) as Results;
    expect(whole.runs.filter((run) => partial.cells.some((cell) => cell.key === run.cell))).toEqual(partial.runs);
    expect(whole.runs).toHaveLength(10);
  });

  it('all of them: no report, exit code 1, and with --debug where it went wrong', async () => {
    const { code, err } = await t.exp(t.ema('a', '--only', 'm=0', '--debug'), { FAKE_FAULT: 'throw:0' });
    expect([code, err.trim().split('\n').at(-1)]).toEqual([1, 'no report: all 2 runs failed']);
    expect(err).toContain('trainer.ts');
  });

  it('before the engine is loaded: the command ends in one line', async () => {
    const last = (text: string) => text.trim().split('\n').at(-1);
    const crash = await t.exp(t.ema('a', ...SIX), { FAKE_ENGINE: 'crash' });
    expect([crash.code, last(crash.err)]).toEqual([
      1,
      expect.stringContaining('worker processes end before they are ready, last by SIGKILL'),
    ]);
    const broken = await t.exp(t.ema('a', ...SIX), { FAKE_ENGINE: 'broken' });
    expect([broken.code, last(broken.err)]).toEqual([1, 'the engine does not load: try another']);
  });
});

describe('the command', () => {
  it('killed in mid-run leaves no worker behind and goes on where it was', async () => {
    const { child, ended } = t.start(t.ema('a', ...SIX), SLOW);
    await until(() => finished().length >= 2);
    child.kill('SIGKILL');
    await ended;
    await until(() => workerPids().every((pid) => !isAlive(pid)));
    const kept = finished().length;
    expect(kept).toBeLessThan(6);
    const before = t.trained().length;
    const { code, err } = await t.exp(t.ema('b', ...SIX));
    expect([code, t.trained().length - before]).toEqual([0, 6 - kept]);
    expect(err).toContain(`6 runs, ${kept} stored`);
    expect(t.text('b', 'results.json')).toBe(clean);
    expect(t.stored()).toEqual(finished());
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stopped by %s keeps what is finished and says how to go on',
    async (signal) => {
      const { child, ended } = t.start(t.ema('a', ...SIX), SLOW);
      await until(() => finished().length >= 1);
      child.kill(signal);
      const { code, err, out } = await ended;
      const kept = finished().length;
      expect([code, out]).toEqual([130, '']);
      expect(err.trim().split('\n').at(-1)).toBe(
        `stopped: ${kept} of 6 runs are kept in ${t.store}; go on with: pnpm exp ablation-ema --only m=0,m=0.9,m=0.999 --workers 2 --out ${join(t.dir, 'a')} --store ${t.store}`,
      );
      expect(workerPids().some(isAlive)).toBe(false);
      await t.exp(t.ema('b', ...SIX));
      expect(t.text('b', 'results.json')).toBe(clean);
    },
  );

  it('finds a damaged record, sets it aside and runs it again', async () => {
    await t.exp(t.ema('a', ...SIX));
    const [name] = t.stored();
    const path = join(t.store, name!, 'record.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"macroF1": 0\.\d/, '"macroF1": 0.0'));
    const { code, err } = await t.exp(t.ema('b', ...SIX));
    expect([code, t.trained().length]).toEqual([0, 7]);
    expect(err.match(/^damaged run .*$/gm)).toHaveLength(1);
    expect(t.text('b', 'results.json')).toBe(t.text('a', 'results.json'));
    expect(readdirSync(join(t.store, name!, '..')).some((entry) => entry.endsWith('.damaged'))).toBe(true);
  });

  it('twice at once on one store does no harm', async () => {
    const both = await Promise.all([t.exp(t.ema('a', ...SIX), SLOW), t.exp(t.ema('b', ...SIX), SLOW)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(t.text('b', 'results.json')).toBe(t.text('a', 'results.json'));
    expect(t.text('a', 'results.json')).toBe(clean);
    expect(t.stored()).toHaveLength(6);
    expect(both.some(({ err }) => err.includes('damaged'))).toBe(false);
  });

  it('names a store that cannot be written', async () => {
    writeFileSync(join(t.dir, 'file'), '');
    const store = join(t.dir, 'file', 'store');
    const { code, err } = await t.inProcess(['ablation-ema', '--store', store, '--out', join(t.dir, 'a')]);
    expect([code, err]).toEqual([
      1,
      `cannot write to ${store}: a part of the path is a file; make room or choose another with --store DIR\n`,
    ]);
  });
});
