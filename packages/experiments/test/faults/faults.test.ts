import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Results } from '../../src/types.js';
import { bench, isAlive, until } from '../fakes/cli.js';

/*
 * The command runs in this process wherever it is not itself what is killed or stopped. Its workers are processes always:
 * starting them is what these tests cost, so they start no more than they need.
 */

let t: ReturnType<typeof bench>;
beforeEach(() => {
  t = bench();
});
afterEach(() => t.remove());

/** Six runs, small enough to repeat often. */
const SIX = ['--only', 'm=0,m=0.9,m=0.999', '--workers', '2'];
const SIX_BY_ONE = [...SIX.slice(0, 2), '--workers', '1'];
const SLOW = { FAKE_EPOCH_MS: '60' }; // half a second a run: time to interfere

const workerPids = (): number[] => [...new Set(t.trained().map((line) => Number(line.split(' ')[0])))];
const finished = (): string[] => t.stored().filter((name) => !name.includes('.tmp'));
const lastLine = (text: string): string | undefined => text.trim().split('\n').at(-1);

/** An undisturbed command, and what it makes of the six runs. */
const calm = bench();
let clean: string;
beforeAll(async () => {
  await calm.inProcess(calm.ema('clean', ...SIX));
  clean = calm.text('clean', 'results.json');
});
afterAll(() => calm.remove());

describe('runs that go wrong', () => {
  it('are told apart: tried again, failed, or a result; the others go on, and later only what failed is run', async () => {
    const faults = 'kill-once:0,kill:0.5,throw:0.9,diverge:0.99,wasm-once:0.999';
    const cells = ['--only', 'm=0,m=0.5,m=0.9,m=0.99,m=0.999,m=1', '--seeds', '1'];
    const first = await t.inProcess(t.ema('a', ...cells, '--workers', '2'), { FAKE_FAULT: faults });
    expect(first.code).toBe(1);
    const told = (pattern: RegExp): number => first.err.match(pattern)?.length ?? 0;
    expect(told(/^m=0 · fold-0 · seed 1: its worker was ended by SIGKILL .*; trying once more$/gm)).toBe(1);
    expect(told(/^failed: m=0\.5 · fold-0 · seed 1: its worker was ended twice, last by SIGKILL/gm)).toBe(1);
    expect(told(/^failed: m=0\.9 · fold-0 · seed 1: the bag is empty \| second line$/gm)).toBe(1);
    expect(told(/^m=0\.99 · fold-0 · seed 1: diverged at epoch 2 \(loss NaN\); kept as a result$/gm)).toBe(1);
    // A dead engine takes its process along: the second try has another one.
    expect(
      told(/^m=0\.999 · .*ended by exit code 70: fatal error of the engine: Aborted\(\); trying once more$/gm),
    ).toBe(1);
    const tries = t.trained().filter((line) => line.includes('"emaM":0.999,'));
    expect(new Set(tries.map((line) => line.split(' ')[0])).size).toBe(2);
    expect(first.err).toContain('partial report: 2 of 6 runs failed');
    expect(first.err).not.toContain('trainer.ts'); // no stack trace
    const trained = t.trained().length;
    expect(trained).toBe(2 + 2 + 1 + 1 + 2 + 1);
    const partial = JSON.parse(t.text('a', 'results.json')) as Results;
    expect(partial.cells.map((cell) => cell.key)).toEqual(['m=0', 'm=0.99', 'm=0.999', 'm=1']);
    expect(partial.runs.map((run) => run.result.status)).toEqual(['finished', 'diverged', 'finished', 'finished']);

    const second = await t.inProcess(t.ema('b', ...cells, '--workers', '1'));
    expect([second.code, t.trained().length - trained]).toEqual([0, 2]);
    const whole = JSON.parse(t.text('b', 'results.json')) as Results;
    expect(whole.runs.filter((run) => partial.cells.some((cell) => cell.key === run.cell))).toEqual(partial.runs);
    expect(whole.runs).toHaveLength(6);
  });

  it('all of them: no report, exit code 1, and with --debug where it went wrong', async () => {
    const args = t.ema('a', '--only', 'm=0', '--workers', '1', '--debug');
    const { code, err } = await t.inProcess(args, { FAKE_FAULT: 'throw:0' });
    expect([code, lastLine(err)]).toEqual([1, 'no report: all 2 runs failed']);
    expect(err).toContain('trainer.ts');
  });

  it('before the engine is loaded: the command ends in one line', async () => {
    const crash = await t.inProcess(t.ema('a', ...SIX_BY_ONE), { FAKE_ENGINE: 'crash' });
    expect([crash.code, lastLine(crash.err)]).toEqual([
      1,
      expect.stringContaining('worker processes end before they are ready, last by SIGKILL'),
    ]);
    const broken = await t.inProcess(t.ema('a', ...SIX_BY_ONE), { FAKE_ENGINE: 'broken' });
    expect([broken.code, lastLine(broken.err)]).toEqual([1, 'the engine does not load: try another']);
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
    const { code, err } = await t.inProcess(t.ema('b', ...SIX_BY_ONE));
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
      expect(lastLine(err)).toBe(
        `stopped: ${kept} of 6 runs are kept in ${t.store}; go on with: pnpm exp ablation-ema --only m=0,m=0.9,m=0.999 --workers 2 --out ${join(t.dir, 'a')} --store ${t.store}`,
      );
      expect(workerPids().some(isAlive)).toBe(false);
      await t.inProcess(t.ema('b', ...SIX_BY_ONE));
      expect(t.text('b', 'results.json')).toBe(clean);
    },
  );

  it('finds a damaged record, sets it aside and runs it again', async () => {
    const [name] = calm.stored();
    const path = join(calm.store, name!, 'record.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"macroF1": 0\.\d/, '"macroF1": 0.0'));
    const { code, err } = await calm.inProcess(calm.ema('again', ...SIX_BY_ONE));
    expect([code, calm.trained().length]).toEqual([0, 7]);
    expect(err.match(/^damaged run .*$/gm)).toHaveLength(1);
    expect(calm.text('again', 'results.json')).toBe(clean);
    expect(readdirSync(join(calm.store, name!, '..')).some((entry) => entry.endsWith('.damaged'))).toBe(true);
  });

  it('twice at once on one store does no harm', async () => {
    const other = t.exp(t.ema('a', ...SIX), { FAKE_EPOCH_MS: '120' });
    await until(() => t.trained().length > 0);
    const both = await Promise.all([other, t.inProcess(t.ema('b', ...SIX), SLOW)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.some(({ err }) => err.includes('6 stored'))).toBe(false); // none waited for the other
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
