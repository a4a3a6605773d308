import { cleanSets, setsAsPublished, setsWithLabelColumn } from '../presets/classic-sets.js';
import type { Experiment } from '../types.js';
import { CLASSIC_CONFIGS, CLASSIC_PAPER_ROWS, CLASSIC_TRAINING, classicCells } from './classic-mil.js';
import { AS_PUBLISHED } from './classic-mil-as-published.js';

/*
 * Of our own: what a column with the bag's label does to the numbers of Table 16. The same methods without it, with it and
 * nothing else changed, and by the whole published protocol; each in tables of its own, all in one chart beside the paper's
 * values. The first and the last share their runs with `classic-mil` and `classic-mil-as-published`.
 *
 *   pnpm exp label-column --preset standard
 */

const PLACES = [
  ...cleanSets({ name: 'clean' }),
  ...setsWithLabelColumn({ name: 'column added' }),
  ...setsAsPublished(AS_PUBLISHED),
];

export const labelColumn: Experiment = {
  id: 'label-column',
  title: 'What the bag’s label as a feature does',
  question:
    'The files that published programs for the classic sets read hold the bag’s label as one more feature. What does that column do to accuracy, and which numbers are the paper’s nearer to, those without it or those with it?',
  paper: { kind: 'own', rows: CLASSIC_PAPER_ROWS },
  aliases: [],
  cohort: 'musk1',
  places: PLACES,
  crossValidation: { epoch: 'last' },
  metrics: ['accuracy'],
  factor: { name: 'method', label: 'method', kind: 'ordinal' },
  cells: classicCells(CLASSIC_CONFIGS),
  train: CLASSIC_TRAINING,
  presets: {
    quick: {
      name: 'quick',
      summary: 'about three minutes: 2 of 10 folds, 6 epochs',
      seeds: 1,
      splits: 2,
      train: { epochs: 6 },
    },
    standard: {
      name: 'standard',
      summary:
        'about 45 minutes on two cores with the native engine, a third of it where the two others are there: 1 run of 10 folds, all 40 epochs',
      seeds: 1,
      splits: 10,
      train: {},
    },
    paper: {
      name: 'paper',
      summary: 'hours: 5 runs of 10 folds',
      seeds: 5,
      splits: 10,
      train: {},
    },
  },
};
