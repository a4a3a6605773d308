import { FEWER_EPOCHS } from '../presets/paper-places.js';
import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Cell, Experiment } from '../types.js';
import { ASMIL_CONFIG } from './asmil-grid.js';
import { METHODS } from './methods.js';

/*
 * Of our own: how still the attention of every method stands between epochs and between seeds, and whether that predicts
 * its score. The three methods of the classic benchmarks and two variants of ASMIL stand beside the twelve of Table 1.
 *
 *   pnpm exp stability-benchmark
 *   pnpm exp stability-benchmark --data hgsc-needle --preset standard
 */

const MORE: Readonly<Record<string, string>> = { DEMIL: 'demil', RGMIL: 'rgmil', PSMIL: 'psmil' };

const method = (label: string, key: string, name: string, config: Cell['model']['config'] = {}): Cell => ({
  key,
  label,
  factors: { method: label },
  ...(key === 'asmil' ? { reference: true } : {}),
  model: { name, config },
});

export const stabilityBenchmark: Experiment = {
  id: 'stability-benchmark',
  title: 'Stability of attention, and whether it predicts the score',
  question:
    'How much does each method’s attention change from epoch to epoch and from seed to seed, and do the stable ones score higher? The paper takes instability for a cause of low scores and does not test it across methods.',
  paper: { kind: 'own', rows: [] },
  aliases: [],
  cohort: 'bracs-sim',
  factor: { name: 'method', label: 'method', kind: 'ordinal' },
  stability: true,
  cells: [
    ...Object.entries({ ...METHODS, ...MORE }).map(([label, name]) =>
      method(label, name, name, name === 'asmil' ? ASMIL_CONFIG : {}),
    ),
    method('ASMIL, no anchor', 'asmil.no-anchor', 'asmil', { ...ASMIL_CONFIG, anchor: 'none' }),
    method('ASMIL, uniform target', 'asmil.uniform', 'asmil', { ...ASMIL_CONFIG, anchor: 'uniform' }),
  ],
  train: PAPER_TRAINING,
  presets: {
    quick: {
      name: 'quick',
      summary: 'two or three minutes: a small cohort, 2 seeds, one split, 4 epochs',
      seeds: 2,
      splits: 1,
      // PAPER: lr 1e-4 for 50 epochs. Four epochs at that rate end before most models have learnt anything.
      train: { epochs: 4, lr: 5e-4 },
    },
    standard: {
      name: 'standard',
      summary: 'half an hour on two cores with the native engine: a larger cohort, 3 seeds of one split, 20 epochs',
      seeds: 3,
      splits: 1,
      train: FEWER_EPOCHS,
    },
    paper: {
      name: 'paper',
      summary: 'a day: the full cohort, 5 seeds, all epochs',
      seeds: 5,
      splits: 1,
      train: {},
    },
  },
};
