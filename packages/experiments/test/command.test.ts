import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Checkpoint } from '@asmil/core';
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
      `ablation-ema: wasm engine, bracs-sim (simulated), preset quick, 16 runs, 0 stored, store ${t.store}`,
    ]);
    expect(one.err).toContain('pnpm engine native');
    expect(one.out).toContain(`report: ${join(t.dir, 'a', 'report.html')}`);
    expect(t.trained()).toHaveLength(16);
    const again = await t.inProcess(t.ema('b'));
    expect(again.err).toContain('16 runs, 16 stored');
    expect(t.trained()).toHaveLength(16);
    const forced = await t.inProcess(t.ema('c', '--workers', '3', '--force'), { FAKE_EPOCH_MS: '10' });
    expect(forced.code).toBe(0);
    expect(t.trained()).toHaveLength(32);
    expect(new Set(t.trained().map((line) => line.split(' ')[0])).size).toBeGreaterThan(2); // one worker, then several
    expect(t.stored()).toHaveLength(16);
    expect(t.text('b', 'results.json')).toBe(t.text('a', 'results.json'));
    expect(t.text('c', 'results.json')).toBe(t.text('a', 'results.json'));
    const provenance = JSON.parse(t.text('c', 'provenance.json')) as Provenance;
    expect([provenance.engine, provenance.workers]).toEqual(['wasm 1.0 on test', 3]);
    expect(provenance.command).toBe('pnpm exp ablation-ema');
  });

  it('switches a cohort without validation set to the last epoch, runs the cells and seeds asked for', async () => {
    const args = ['--data', 'musk1', '--only', 'm=0', '--seeds', '2,7', '--splits', '2', '--preset', 'standard'];
    const { code, err } = await t.inProcess(t.ema('a', ...args, '--workers', '1'));
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

  it('hands what was measured of the maps to the report of the experiment that is about them, and to no other', async () => {
    const out = (name: string) => ['--store', t.store, '--out', join(t.dir, name), '--seeds', '1'];
    expect((await t.inProcess(['stability-benchmark', '--only', 'abmil,clam-sb', ...out('s')])).code).toBe(0);
    expect((await t.inProcess(t.ema('e', '--only', 'm=0', '--seeds', '1'))).code).toBe(0);
    expect(existsSync(join(t.dir, 's', 'stability.json'))).toBe(true);
    expect(existsSync(join(t.dir, 'e', 'stability.json'))).toBe(false);
  });

  it('keeps weights with --checkpoints and runs again for them only what lacks them', async () => {
    const args = ['--only', 'm=0', '--workers', '1'];
    await t.inProcess(t.ema('a', ...args, '--seeds', '1'));
    const without = t.stored()[0]!;
    const kept = (): string[] => t.stored().filter((name) => existsSync(join(t.store, name, 'checkpoint.safetensors')));
    expect([t.stored().length, kept().length, t.trained().length]).toEqual([1, 0, 1]);
    const asked = await t.inProcess(t.ema('b', ...args, '--seeds', '2', '--checkpoints'));
    expect(asked.err).toContain('1 of the stored runs kept no weights or no maps, which are asked for; they run again');
    expect([t.stored().length, kept().length, t.trained().length]).toEqual([2, 2, 3]);
    const path = join(t.store, without, 'checkpoint.safetensors');
    const { model, dims, classes, params, meta } = JSON.parse(readFileSync(path, 'utf8')) as Checkpoint;
    expect([model.name, model.version, model.config.emaM, dims]).toEqual(['asmil', 1, 0, { input: 4, classes: 3 }]);
    expect([classes, params.w?.data]).toEqual([['benign', 'atypical', 'malignant'], [8]]);
    expect(meta).toMatchObject({ split: { seed: 0, name: 'fold-0' }, seed: 1, epoch: 8, run: without.slice(3) });
    expect(meta.cohort).toEqual({
      name: 'bracs-sim',
      options: { scale: 'quick', encoder: 'vit-s' },
      fingerprint: 'bracs-sim-1',
    });
    for (const option of [[], ['--checkpoints']]) {
      const again = await t.inProcess(t.ema('c', ...args, '--seeds', '2', ...option));
      expect(again.err).not.toContain('run again');
      expect(t.text('c', 'results.json')).toBe(t.text('b', 'results.json'));
    }
    expect([kept().length, t.trained().length]).toEqual([2, 3]);
  });

  it('fetches a cohort that can be fetched, and tells how to get one that cannot', async () => {
    const fetched = await t.inProcess(t.ema('a', '--data', 'fetched', '--only', 'm=1', '--seeds', '1'));
    expect([fetched.code, fetched.err]).toEqual([0, expect.stringContaining('fetched 1 of 1 files')]);
    const absent = await t.inProcess(t.ema('b', '--data', 'absent'));
    expect([absent.code, absent.err]).toEqual([1, 'absent is not here: put it in a folder\n']);
  });

  it('answers a wrong command line with one line and exit code 2', async () => {
    const wrong: [string[], RegExp][] = [
      [['ablation-emma'], /the nearest are ablation-ema, /],
      [['ablation-ema', '--sedes', '3'], /unknown option "--sedes": the nearest are --seeds/],
      [['ablation-ema', '--data', 'musk3'], /unknown cohort "musk3"/],
      [['ablation-ema', '--preset', 'qick'], /did you mean quick\?/],
      [['ablation-ema', '--engine', 'gpu'], /expected one of auto, native, wasm/],
      [['ablation-ema', '--only', 'm=0.99,m=2'], /unknown cell "m=2"/],
      [['ablation-ema', '--workers', '0'], /--workers 0: expected a whole number of at least 1/],
      [['ablation-ema', '--data', 'musk1', '--encoder', 'vit-s'], /musk1 is not simulated/],
      [['compute-cost', '--data', 'musk1', '--seeds', '3'], /trains nothing: leave out --data, --seeds/],
      [['compute-cost', '--only', 'abmill'], /the nearest are abmil, /],
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
    expect((JSON.parse(list.out) as { id: string }[]).map(({ id }) => id)).toEqual(
      expect.arrayContaining(['main-comparison', 'plugin', 'ablation-ema', 'compute-cost', 'anchor-overhead']),
    );
    await t.inProcess(t.ema('a', '--only', 'm=0,m=1'));
    const here = JSON.parse((await t.inProcess(['list', '--json', '--store', t.store])).out);
    const { runs } = here.find(({ id }: { id: string }) => id === 'ablation-ema').here;
    expect(runs[0]).toEqual({ preset: 'quick', stored: 4, runs: 16 });
    const text = (await t.inProcess(['list', '--store', t.store])).out.split('\n');
    const at = text.findIndex((line) => line.startsWith('ablation-ema, table10'));
    expect(text[at + 1]).toMatch(/^ +quick about two minutes.* \(4 of 16 runs here\); standard .* runs here\); /);
    const show = await t.inProcess(['show', 'table10']);
    expect(show.out).toContain('8 cells × 2 seeds × 1 split = 16 runs');
    expect((await t.inProcess(['show', 'table13'])).out).toContain('Measures, trains nothing: a bag of 2000 instances');
  });

  it('refuses a report folder that cannot be written before anything is trained', async () => {
    writeFileSync(join(t.dir, 'file'), '');
    const { code, err } = await t.inProcess(t.ema('file/report'));
    expect([code, err.trim().split('\n').length]).toEqual([1, 1]);
    expect(err).toMatch(/^cannot write to .+: a part of the path is a file; .+ --out DIR$/m);
    expect(err).toContain(join(t.dir, 'file', 'report'));
    expect(existsSync(join(t.dir, 'trained.log'))).toBe(false);
  });
});
