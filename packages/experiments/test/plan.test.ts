import { describe, expect, it } from 'vitest';
import { ablationEma } from '../src/definitions/ablation-ema.js';
import { findExperiment } from '../src/definitions/index.js';
import { paperRowsFor } from '../src/presets/paper-cohorts.js';
import { distinctRuns, type PlanRequest, planRuns } from '../src/runner/plan.js';
import { buildResults } from '../src/runner/results.js';
import { roundNumbers } from '../src/store/round.js';
import type { RunRecord } from '../src/types.js';
import { findCohort } from './fakes/cohort.js';
import { deps } from './fakes/wiring.js';

const request = (over: Partial<PlanRequest> = {}): PlanRequest => ({
  experiment: ablationEma,
  preset: ablationEma.presets.quick,
  engine: 'wasm',
  cohort: findCohort('bracs-sim').cohort,
  cohortOptions: { scale: 'quick', encoder: 'vit-s' },
  seeds: [1, 2],
  splitSeed: 0,
  ...over,
});

describe('planRuns', () => {
  it('expands cells × splits × seeds in that order, with frozen signatures', () => {
    // The settings stand here, so that another choice of the preset is not taken for another form of the specification.
    const preset = { ...ablationEma.presets.quick, train: { epochs: 8, lr: 5e-4 } };
    const { runs } = planRuns(request({ preset }), deps);
    expect(runs).toHaveLength(16);
    expect(runs.slice(0, 3).map((run) => [run.cell.key, run.split.name, run.seed])).toEqual([
      ['m=0', 'fold-0', 1],
      ['m=0', 'fold-0', 2],
      ['m=0.5', 'fold-0', 1],
    ]);
    expect([runs[0], runs[8], runs[13]].map((run) => run?.signature)).toEqual([
      'ecdca2ae3be0bd80',
      '7c165daaf61fc12b',
      'ac115c81dfe9390b',
    ]);
    expect(runs[0]?.cost).toBe(6 * 8);
  });

  it('takes the cohort’s own protocol, then the preset’s, and the last epoch where nothing can be selected', () => {
    const train = (over: Partial<PlanRequest>) => planRuns(request(over), deps).train;
    const { quick, standard } = ablationEma.presets;
    const musk1 = findCohort('musk1').cohort;
    expect(train({ preset: standard })).toMatchObject({ lr: 1e-4, epochs: 50, weightDecay: 1e-4, select: 'best' });
    expect(train({ preset: quick })).toMatchObject({ lr: 2e-4, epochs: 8, select: 'best' });
    expect(train({ preset: standard, cohort: musk1 })).toMatchObject({ lr: 5e-4, epochs: 40, select: 'last' });
    expect(train({ preset: quick, cohort: musk1 })).toMatchObject({ lr: 2e-4, epochs: 8, select: 'last' });
    const absent = {
      ...findCohort('absent').cohort,
      splits: () => [{ name: 'f', train: ['bag-0'], val: [], test: [] }],
    };
    expect(train({ preset: standard, cohort: absent })).toMatchObject({ lr: 1e-4, epochs: 50, select: 'last' });
  });

  it('runs no more splits than there are, and says so if more were asked for', () => {
    const musk1 = findCohort('musk1').cohort;
    const splits = (over: Partial<PlanRequest>) => planRuns(request(over), deps).chosenSplits.length;
    expect(splits({ preset: ablationEma.presets.standard })).toBe(3);
    expect(splits({ preset: ablationEma.presets.paper, cohort: musk1 })).toBe(10);
    expect(splits({ splits: 2 })).toBe(2);
    expect(() => splits({ splits: 4 })).toThrow('--splits 4: bracs-sim has 3');
  });

  it('gives cells with equal specifications one run, and orders runs by cost', () => {
    const [a, b, c] = ablationEma.cells;
    const cells = [a!, { ...b!, model: a!.model }, { ...c!, train: { epochs: 20 } }];
    const { runs } = planRuns(request({ experiment: { ...ablationEma, cells }, seeds: [1] }), deps);
    expect(runs[0]!.signature).toBe(runs[1]!.signature);
    expect(distinctRuns(runs).map((run) => [run.cell.key, run.cost])).toEqual([
      [c!.key, 120],
      [a!.key, 48],
    ]);
  });

  it('stops at a split that leaks', () => {
    const checkSplit = () => {
      throw new Error('group-1 stands on two sides');
    };
    expect(() => planRuns(request(), { ...deps, checkSplit })).toThrow('two sides');
  });
});

describe('buildResults', () => {
  const plan = planRuns(request({ only: ['m=1', 'm=0'] }), deps);
  const record = (signature: string, seed: number): RunRecord => ({
    signature,
    spec: plan.runs[0]!.spec,
    split: plan.chosenSplits[0]!,
    result: {
      status: 'finished',
      selectedEpoch: 1,
      selected: { n: 1234567, macroF1: seed / 3, macroAuc: 1e-9 / 3, accuracy: 1, crossEntropy: 123456.789 },
      last: null,
      epochs: [],
    },
  });
  const records = plan.runs.map(({ signature, seed }): [string, RunRecord] => [signature, record(signature, seed)]);

  it('is ordered by cell, split and seed, whatever the order of the records, and rounded', () => {
    const results = buildResults(plan, new Map(records));
    expect(JSON.stringify(buildResults(plan, new Map([...records].reverse())))).toBe(JSON.stringify(results));
    expect(results.runs.map(({ cell, seed }) => `${cell} ${seed}`)).toEqual(['m=0 1', 'm=0 2', 'm=1 1', 'm=1 2']);
    expect(results.runs[0]?.result.selected).toEqual({
      n: 1234567,
      macroF1: 0.333333,
      macroAuc: 3.33333e-10,
      accuracy: 1,
      crossEntropy: 123457,
    });
  });

  it('holds only the cells that have a run', () => {
    const results = buildResults(plan, new Map(records.slice(2, 3)));
    expect(results.cells).toEqual([{ key: 'm=1', label: 'm = 1', factors: { m: 1 } }]);
    expect(results.runs).toHaveLength(1);
    expect(results.seeds).toEqual([1, 2]);
  });

  it('rounds nothing that is whole or not a number', () => {
    expect(roundNumbers([Number.NaN, 12345678, -0.12345678, 'x', null], 6)).toEqual([
      Number.NaN,
      12345678,
      -0.123457,
      'x',
      null,
    ]);
  });
});

describe('ablation-ema', () => {
  it('is Table 10: seven momenta and the control, the reference at the paper’s best row of both data sets', () => {
    expect(findExperiment('Table10')).toBe(ablationEma);
    expect(ablationEma.cells.map((cell) => cell.factors.m)).toEqual([0, 0.5, 0.9, 0.99, 0.999, 0.9999, 1, 'none']);
    const reference = ablationEma.cells.filter((cell) => cell.reference).map((cell) => cell.key);
    expect(reference).toEqual(['m=0.999']);
    for (const cohort of ['bracs-sim', 'camelyon16-sim']) {
      const rows = paperRowsFor(ablationEma.paper.rows, cohort);
      expect([...rows.map((row) => row.cell), 'uniform']).toEqual(ablationEma.cells.map((cell) => cell.key));
      const best = [...rows].sort((a, b) => b.values.AUC!.mean - a.values.AUC!.mean)[0];
      expect(best?.cell).toBe('m=0.999');
    }
    expect(paperRowsFor(ablationEma.paper.rows, 'bracs-sim')[4]?.values.F1).toEqual({ mean: 0.781, std: 0.042 });
    expect(paperRowsFor(ablationEma.paper.rows, 'musk1')[0]?.dataset).toBe('BRACS');
  });

  it('names the nearest experiment for a mistyped one', () => {
    expect(() => findExperiment('ablation-emma')).toThrow('the nearest are ablation-ema, ');
  });
});
