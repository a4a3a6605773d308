import { describe, expect, it } from 'vitest';
import { classicMil } from '../src/definitions/classic-mil.js';
import { AS_PUBLISHED, classicMilAsPublished } from '../src/definitions/classic-mil-as-published.js';
import { labelColumn } from '../src/definitions/label-column.js';
import { paperTable } from '../src/paper/tables.js';
import { cohortTraining } from '../src/presets/cohort-training.js';
import { paperRowsFor } from '../src/presets/paper-cohorts.js';
import { joinPlans, type PlanRequest, planRuns } from '../src/runner/plan.js';
import { inTrack } from '../src/runner/prepare.js';
import { buildResults } from '../src/runner/results.js';
import type { Experiment, RunRecord } from '../src/types.js';
import { findCohort } from './fakes/cohort.js';
import { deps } from './fakes/wiring.js';

const plan = (experiment: Experiment, over: Partial<PlanRequest> = {}) =>
  planRuns(
    {
      experiment,
      preset: experiment.presets.paper,
      engine: 'native',
      cohort: { ...findCohort('musk1').cohort, caveat: 'label column in the input' },
      cohortOptions: { scale: 'paper' },
      seeds: [1, 2, 3],
      splitSeed: 0,
      splits: 2,
      only: ['abmil', 'rgmil'],
      ...over,
    },
    deps,
  );

describe('repeated cross-validation', () => {
  it('gives each seed the folds of its own split seed', () => {
    const { runs, chosenSplits } = plan(classicMil);
    expect(runs.slice(0, 6).map(({ spec, split, seed }) => [spec.split.seed, split.name, seed])).toEqual([
      [0, 'fold-0', 1],
      [0, 'fold-1', 1],
      [1, 'fold-0', 2],
      [1, 'fold-1', 2],
      [2, 'fold-0', 3],
      [2, 'fold-1', 3],
    ]);
    expect(chosenSplits).toHaveLength(6);
    expect(runs[0]!.split.test).not.toEqual(runs[2]!.split.test);
    expect(plan(classicMil, { seeds: [3] }).runs[0]!.signature).toBe(runs[4]!.signature);
  });

  it('leaves the identity of a run as it was: split seed, fold, seed', () => {
    const own: Experiment = { ...classicMil, crossValidation: undefined, places: undefined };
    const plain = plan(own, { seeds: [1] }).runs.map(({ signature }) => signature);
    expect(plan(classicMil, { seeds: [1] }).runs.map(({ signature }) => signature)).toEqual(plain);
  });

  const record = (signature: string, accuracies: readonly number[]): RunRecord => {
    const test = accuracies.map((accuracy) => ({ n: 10, macroF1: 0.5, macroAuc: null, accuracy, crossEntropy: 1 }));
    const last = test.at(-1)!;
    return {
      signature,
      spec: plan(classicMil).runs[0]!.spec,
      split: plan(classicMil).chosenSplits[0]!,
      result: {
        ...{ status: 'finished', selectedEpoch: test.length, selected: last, last },
        epochs: test.map((scores, i) => ({
          epoch: i + 1,
          loss: 1,
          terms: {},
          val: null,
          test: scores,
          attention: null,
        })),
      },
    };
  };
  const results = (experiment: Experiment) => {
    const own = plan(experiment, { track: 'the track' });
    return buildResults(
      own,
      new Map(own.runs.map(({ signature }) => [signature, record(signature, [0.7, 0.9, 0.9, 0.8])])),
    );
  };

  it('reports the last epoch, and logs the first of the best ones on the test fold', () => {
    const { runs, planned, splits, seeds, track, cohort, crossValidation } = results(classicMil);
    expect([planned, runs.length, splits.length, seeds]).toEqual([9 * 6, 12, 6, [1, 2, 3]]);
    expect([track, cohort.caveat, crossValidation]).toEqual([
      'the track',
      'label column in the input',
      { epoch: 'last' },
    ]);
    const { selectedEpoch, selected, last, bestOnTest } = runs[0]!.result;
    expect([selectedEpoch, selected?.accuracy, last?.accuracy]).toEqual([4, 0.8, 0.8]);
    expect(bestOnTest).toEqual({ epoch: 2, accuracy: 0.9 });
  });

  it('reports that best epoch where the published protocol does, and keeps the last', () => {
    const { selectedEpoch, selected, last } = results(classicMilAsPublished).runs[0]!.result;
    expect([selectedEpoch, selected?.accuracy, last?.accuracy]).toEqual([2, 0.9, 0.8]);
  });
});

describe('the protocol', () => {
  const train = (experiment: Experiment, only: string) =>
    plan(experiment, { only: [only], seeds: [1] }).runs[0]!.spec.train;

  it('is clean: Adam at 5e-4 and 1e-4 decay in the gradient, constant, the last of 40 epochs', () => {
    for (const { key } of classicMil.cells)
      expect(train(classicMil, key)).toMatchObject({
        ...{ optimiser: 'adam', lr: 5e-4, weightDecay: 1e-4, betas: [0.9, 0.999], eps: 1e-8 },
        ...{ epochs: 40, schedule: 'constant', warmup: 0, clip: null, select: 'last' },
      });
    expect(classicMil.presets.paper).toMatchObject({ seeds: 5, splits: 10, train: {} });
  });

  it('is as published: 5e-5 for three, 5e-4 for the others, no decay, two layers of 512', () => {
    const rates = classicMilAsPublished.cells.map(({ key }) => [key, train(classicMilAsPublished, key).lr]);
    expect(Object.fromEntries(rates)).toEqual({
      ...{ abmil: 5e-4, dsmil: 5e-4, transmil: 5e-4, demil: 5e-5, rgmil: 5e-5, psmil: 5e-5, asmil: 5e-4 },
    });
    expect(train(classicMilAsPublished, 'asmil')).toMatchObject({ weightDecay: 0, epochs: 40 });
    for (const key of ['demil', 'rgmil', 'psmil'])
      expect(classicMilAsPublished.cells.find((cell) => cell.key === key)!.model.config).toMatchObject({
        hidden: 512,
        layers: 2,
      });
  });

  it('has the two controls of the anchor in the clean track', () => {
    const controls = classicMil.cells.filter(({ control }) => control);
    expect(controls.map(({ model }) => model.config.anchor)).toEqual(['none', 'uniform']);
    const { anchor: _none, ...config } = controls[1]!.model.config;
    expect(config).toEqual(classicMil.cells.find(({ key }) => key === 'asmil')!.model.config);
  });

  it('is the same for every form of a set, for other experiments too', () => {
    for (const name of ['musk1', 'musk1-with-label-column', 'musk1-as-published', 'ucsb'])
      expect(cohortTraining(name)).toEqual({ lr: 5e-4, epochs: 40, select: 'last' });
  });
});

describe('label-column', () => {
  it('has three tracks of five sets, each with the settings of its own experiment', () => {
    const names = [...new Set(labelColumn.places!.map(({ track }) => track!.name))];
    const tracks = new Map(
      names.map((name) => [name, labelColumn.places!.filter(({ track }) => track!.name === name)]),
    );
    expect([...tracks].map(([name, places]) => [name, places.map(({ cohort }) => cohort)])).toEqual([
      ['clean', ['musk1', 'musk2', 'fox', 'tiger', 'elephant']],
      ['column added', ['musk1', 'musk2', 'fox', 'tiger', 'elephant'].map((name) => `${name}-with-label-column`)],
      ['as published', ['musk1', 'musk2', 'fox', 'tiger', 'elephant'].map((name) => `${name}-as-published`)],
    ]);
    const runs = (experiment: Experiment) => plan(experiment).runs.map(({ signature }) => signature);
    const [clean, added, published] = [...tracks.values()].map(([place]) => inTrack(labelColumn, place!.track));
    expect(runs(clean!)).toEqual(runs(classicMil));
    expect(runs(added!)).toEqual(runs(classicMil));
    expect(runs(published!)).toEqual(runs(classicMilAsPublished));
    expect(published!.crossValidation).toEqual(AS_PUBLISHED.crossValidation);
    expect(joinPlans([plan(clean!), plan(published!)]).cells).toHaveLength(4);
  });

  it('has the paper’s rows of the data set beside every form of it', () => {
    for (const { cohort } of labelColumn.places!) {
      const rows = paperRowsFor(labelColumn.paper.rows, cohort);
      expect(new Set(rows.map(({ dataset }) => dataset.toLowerCase()))).toEqual(new Set([cohort.split('-')[0]]));
      expect(rows).toHaveLength(7);
    }
    const fox = paperTable(16).rows.filter(({ dataset }) => dataset === 'FOX');
    const shown = paperRowsFor(labelColumn.paper.rows, 'fox').map(({ values }) => values.accuracy);
    expect(shown).toEqual(fox.map(({ accuracy }) => accuracy));
  });
});
