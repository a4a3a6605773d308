import { ABLATION_PLACES } from '../presets/paper-places.js';
import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment } from '../types.js';
import { asmilCell, gridPresets, paperRows, uniformCell } from './asmil-grid.js';

/*
 * Table 11: the anchor moved after every bag or after every epoch, with the same m. Once an epoch at m = 0.999 is nearly
 * never: 50 epochs move the anchor by 5 % of the way. The row with m = 0.5 an epoch, ours, separates the two readings.
 *
 *   pnpm exp ablation-update-frequency
 */

export const ablationUpdateFrequency: Experiment = {
  id: 'ablation-update-frequency',
  title: 'Anchor moved after every bag or every epoch',
  question: 'How often should the anchor move? In the paper once an epoch loses 0.04 in F1 against once a bag.',
  paper: { kind: 'table', number: 11, rows: paperRows(11, (row) => String(row.anchor_update)) },
  aliases: ['table11'],
  cohort: ABLATION_PLACES[0]!.cohort,
  places: ABLATION_PLACES,
  factor: { name: 'every', label: 'update of the anchor', kind: 'ordinal' },
  cells: [
    asmilCell('batch', 'every bag', { every: 'bag' }, {}, { reference: true }),
    asmilCell('epoch', 'every epoch', { every: 'epoch' }, { emaEvery: 'epoch' }),
    asmilCell('epoch.m=0.5', 'every epoch, m = 0.5', { every: 'epoch, m = 0.5' }, { emaEvery: 'epoch', emaM: 0.5 }),
    uniformCell({ every: 'never (uniform target)' }),
  ],
  train: PAPER_TRAINING,
  presets: gridPresets(10),
};
