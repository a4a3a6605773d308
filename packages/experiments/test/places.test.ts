import { join } from 'node:path';
import type { Cohort } from '@asmil/core';
import { UserError } from '@asmil/core/errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leftOutNote, misfits } from '../src/runner/fits.js';
import type { BuildModel, Cell, PlacesResults, Results } from '../src/types.js';
import { bench } from './fakes/cli.js';
import { fakeCohort } from './fakes/cohort.js';

let t: ReturnType<typeof bench>;
beforeEach(() => {
  t = bench();
});
afterEach(() => t.remove());

const run = (id: string, ...args: string[]): string[] => [
  ...[id, '--store', t.store, '--out', join(t.dir, 'a'), '--workers', '2'],
  ...args,
];
const places = (): PlacesResults => JSON.parse(t.text('a', 'results.json')) as PlacesResults;

describe('an experiment with several places', () => {
  it('runs every cell in each of them and writes one report', async () => {
    const { code, err } = await t.inProcess(run('main-comparison'));
    expect([code, err.split('\n')[0]]).toEqual([
      0,
      expect.stringContaining('bracs-sim vit-s (simulated), preset quick, 36 runs'),
    ]);
    const { kind, places: all } = places();
    expect([kind, all.map(({ cohort, runs }) => [cohort.name, cohort.options.encoder, runs.length])]).toEqual([
      'places',
      [
        ['camelyon16-sim', 'vit-s', 12],
        ['camelyon17-sim', 'vit-s', 12],
        ['bracs-sim', 'vit-s', 12],
      ],
    ]);
    const rows = JSON.parse(t.text('a', 'paper.json')) as { dataset: string; encoder: string }[][];
    expect(rows.map((own) => [...new Set(own.map(({ dataset, encoder }) => `${dataset} ${encoder}`))])).toEqual([
      ['CAMELYON-16 vit-s'],
      ['CAMELYON-17 vit-s'],
      ['BRACS vit-s'],
    ]);
  });

  it('works on one place, its own or another, and with one encoder', async () => {
    const one = async (...args: string[]) => {
      expect((await t.inProcess(run('main-comparison', '--only', 'abmil', ...args))).code).toBe(0);
      return places().places.map(({ cohort }) => [cohort.name, cohort.options.encoder]);
    };
    expect(await one('--data', 'bracs-sim', '--encoder', 'resnet18')).toEqual([['bracs-sim', 'resnet18']]);
    expect(await one('--data', 'musk1', '--seeds', '1', '--splits', '1')).toEqual([['musk1', undefined]]);
  });

  it('keeps the others where the runs of one cell fail, and says so', async () => {
    const { code, err } = await t.inProcess(run('main-comparison'), { FAKE_FAULT: 'throw:0.999' });
    expect(code).toBe(1);
    expect(err).toContain('partial report: without asmil');
    expect(err).toContain('3 of 36 runs failed');
    expect(places().places.map(({ runs, planned }) => [runs.length, planned])).toEqual([
      [11, 12],
      [11, 12],
      [11, 12],
    ]);
  });

  it('counts a run that diverges as a result', async () => {
    const { code } = await t.inProcess(run('main-comparison', '--data', 'bracs-sim'), { FAKE_FAULT: 'diverge:0.999' });
    const [own] = places().places as readonly [Results];
    expect([code, own.runs.filter(({ result }) => result.status === 'diverged').map(({ cell }) => cell)]).toEqual([
      0,
      ['asmil'],
    ]);
  });
});

describe('an experiment that measures', () => {
  it('sets every cell against its baseline', async () => {
    const { code, out } = await t.inProcess([
      'anchor-overhead',
      '--out',
      join(t.dir, 'a'),
      '--only',
      'abmil-none,abmil-anchor',
    ]);
    expect([code, out]).toEqual([0, expect.stringContaining('| 2 |')]);
    const { rows, planned } = JSON.parse(t.text('a', 'results.json'));
    expect(planned).toBeGreaterThan(2);
    expect(rows[0]).toMatchObject({
      cell: 'abmil-none',
      baseline: null,
      step: { min: 4, ratioMin: null },
      trainMb: 50,
    });
    expect(rows[1]).toMatchObject({
      ...{ cell: 'abmil-anchor', baseline: 'abmil-none', trainMb: 60, macs: 2_000_000 },
      ...{ step: { median: 5, ratio: 1.25, ratioMin: 1.25, reps: 10 }, infer: { ratio: 1 } },
    });
  });

  it('goes on without a model whose process dies, and says so', async () => {
    const args = ['compute-cost', '--out', join(t.dir, 'a'), '--only', 'abmil,dsmil,asmil'];
    const { code, err } = await t.inProcess(args, { FAKE_CASE_FAULT: 'dsmil' });
    expect(code).toBe(1);
    expect(err).toContain('dsmil: no result: its process ended (SIGKILL');
    expect(err).toContain('partial report: 1 of 3 models failed');
    const { rows, failed } = JSON.parse(t.text('a', 'results.json'));
    expect(rows.map(({ cell }: { cell: string }) => cell)).toEqual(['abmil', 'asmil']);
    expect(failed).toHaveLength(1);
  });
});

describe('models that cannot work on a cohort', () => {
  const cells = ['plain', 'spatial', 'wide'].map(
    (name): Cell => ({ key: name, label: name, factors: {}, model: { name, config: {} } }),
  );
  const buildModel = ((name: string) => {
    if (name === 'wide') throw new UserError('the width is odd', 2);
    const bagInputs = ({ coords }: { coords?: Int32Array }) => {
      if (!coords) throw new UserError('reads coordinates', 2);
      return {};
    };
    return { name, ...(name === 'spatial' ? { bagInputs } : {}) };
  }) as unknown as BuildModel;
  const plain = fakeCohort('musk1', { simulated: false, folds: 1, val: true });
  const spatial: Cohort = {
    ...plain,
    load: async (id, split) => ({ ...(await plain.load(id, split)), coords: new Int32Array(10) }),
  };

  it('are found on a bag, before anything runs', async () => {
    expect(await misfits(cells, plain, 0, { buildModel })).toEqual([
      { key: 'spatial', reason: 'reads coordinates' },
      { key: 'wide', reason: 'the width is odd' },
    ]);
    expect(await misfits(cells, spatial, 0, { buildModel })).toEqual([{ key: 'wide', reason: 'the width is odd' }]);
  });

  it('are left out with a line, or refused where they were asked for or nothing is left', async () => {
    const unfit = await misfits(cells, plain, 0, { buildModel });
    expect(leftOutNote(unfit, cells, 'musk1', undefined)).toBe(
      'left out on musk1: spatial (reads coordinates); wide (the width is odd)',
    );
    expect(leftOutNote([], cells, 'musk1', undefined)).toBeUndefined();
    expect(() => leftOutNote(unfit, cells, 'musk1', ['spatial'])).toThrow(
      'spatial cannot work on musk1: reads coordinates',
    );
    expect(() => leftOutNote(unfit, cells.slice(1), 'musk1', undefined)).toThrow('spatial cannot work on musk1');
  });
});
