import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Provenance, Results } from '../src/types.js';
import { bench } from './fakes/cli.js';

let t: ReturnType<typeof bench>;
beforeEach(() => {
  t = bench();
});
afterEach(() => t.remove());

describe('pnpm exp', () => {
  it('gives the same results.json for any number of workers and from the store, where the second call trains nothing', async () => {
    const one = await t.exp(t.ema('a', '--workers', '1'));
    expect([one.code, one.err.split('\n')[0]]).toEqual([
      0,
      `ablation-ema: wasm engine, bracs-sim (simulated), preset quick, 14 runs, 0 stored, store ${t.store}`,
    ]);
    expect(one.err).toContain('pnpm engine native');
    expect(one.out).toContain(`report: ${join(t.dir, 'a', 'report.html')}`);
    expect(t.trained()).toHaveLength(14);
    const again = await t.exp(t.ema('b'));
    expect(again.err).toContain('14 runs, 14 stored');
    expect(t.trained()).toHaveLength(14);
    const forced = await t.exp(t.ema('c', '--workers', '3', '--force'), { FAKE_EPOCH_MS: '10' });
    expect(forced.code).toBe(0);
    expect(t.trained()).toHaveLength(28);
    expect(new Set(t.trained().map((line) => line.split(' ')[0])).size).toBeGreaterThan(2); // one worker, then several
    expect(t.stored()).toHaveLength(14);
    expect(t.text('b', 'results.json')).toBe(t.text('a', 'results.json'));
    expect(t.text('c', 'results.json')).toBe(t.text('a', 'results.json'));
    const provenance = JSON.parse(t.text('c', 'provenance.json')) as Provenance;
    expect([provenance.engine, provenance.workers]).toEqual(['wasm 1.0 on test', 3]);
    expect(provenance.command).toBe('pnpm exp ablation-ema');
  });

  it('switches a cohort without validation set to the last epoch, runs the cells and seeds asked for', async () => {
    const args = ['--data', 'musk1', '--only', 'm=0', '--seeds', '2,7', '--splits', '2', '--preset', 'standard'];
    const { code, err } = await t.exp(t.ema('a', ...args));
    expect(code).toBe(0);
    expect(err).toContain('partial report: without m=0.5');
    const results = JSON.parse(t.text('a', 'results.json')) as Results;
    expect(results.train).toMatchObject({ select: 'last', epochs: 40, lr: 5e-4 });
    expect(results.cohort.options).toEqual({ scale: 'standard' });
    expect(results.runs.map(({ cell, split, seed }) => [cell, split, seed])).toEqual([
      ['m=0', 'fold-0', 2],
      ['m=0', 'fold-0', 7],
      ['m=0', 'fold-1', 2],
      ['m=0', 'fold-1', 7],
    ]);
    expect(results.runs[0]?.result.epochs[0]?.val).toBeNull();
  });

  it('fetches a cohort that can be fetched, and tells how to get one that cannot', async () => {
    const fetched = await t.exp(t.ema('a', '--data', 'fetched', '--only', 'm=1', '--seeds', '1'));
    expect([fetched.code, fetched.err]).toEqual([0, expect.stringContaining('fetched 1 of 1 files')]);
    const absent = await t.inProcess(t.ema('b', '--data', 'absent'));
    expect([absent.code, absent.err]).toEqual([1, 'absent is not here: put it in a folder\n']);
  });

  it('answers a wrong command line with one line and exit code 2', async () => {
    const wrong: [string[], RegExp][] = [
      [['ablation-emma'], /did you mean ablation-ema\?/],
      [['ablation-ema', '--sedes', '3'], /unknown option "--sedes": the nearest are --seeds/],
      [['ablation-ema', '--data', 'musk3'], /unknown cohort "musk3"/],
      [['ablation-ema', '--preset', 'qick'], /did you mean quick\?/],
      [['ablation-ema', '--engine', 'gpu'], /expected one of auto, native, wasm/],
      [['ablation-ema', '--only', 'm=0.99,m=2'], /unknown cell "m=2"/],
      [['ablation-ema', '--workers', '0'], /--workers 0: expected a whole number of at least 1/],
      [['ablation-ema', '--data', 'musk1', '--encoder', 'vit-s'], /musk1 is not simulated/],
      [[], /which experiment\?/],
    ];
    for (const [args, line] of wrong) {
      const { code, err, out } = await t.inProcess(args);
      expect([code, out, err.trim().split('\n').length]).toEqual([2, '', 1]);
      expect(err).toMatch(line);
    }
    expect(t.stored()).toEqual([]);
  });

  it('lists and shows experiments', async () => {
    const list = await t.inProcess(['list', '--json']);
    expect((JSON.parse(list.out) as { id: string }[])[0]?.id).toBe('ablation-ema');
    const show = await t.inProcess(['show', 'table10']);
    expect(show.out).toContain('7 cells × 2 seeds × 1 split = 14 runs');
  });

  it('refuses a report folder that cannot be written before anything is trained', async () => {
    writeFileSync(join(t.dir, 'file'), '');
    const { code, err } = await t.inProcess(t.ema('file/report'));
    expect([code, err.trim().split('\n').length]).toEqual([1, 1]);
    expect(err).toContain(`cannot write the report to ${join(t.dir, 'file', 'report')}`);
    expect(existsSync(join(t.dir, 'trained.log'))).toBe(false);
  });
});
