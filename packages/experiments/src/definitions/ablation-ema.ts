import { paperTable, paperValue } from '../paper/tables.js';
import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Cell, Experiment, PaperRow } from '../types.js';
import { uniformCell } from './asmil-grid.js';

/*
 * Table 10: the EMA momentum m of the anchor, token drop rate fixed at 0.5.
 *
 *   pnpm exp ablation-ema                         two minutes on simulated slides
 *   pnpm exp table10 --data musk1 --preset standard
 */

/** m = 0 copies the online model at every step, m = 1 never moves the anchor. */
const MOMENTA = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 1];
const REFERENCE = 0.999;

const keyOf = (m: number): string => `m=${m}`;

const cell = (m: number): Cell => ({
  key: keyOf(m),
  label: `m = ${m}`,
  factors: { m },
  ...(m === REFERENCE ? { reference: true } : {}),
  // The table's setting: 8 FEAT tokens, each dropped with probability 0.5.
  model: { name: 'asmil', config: { variant: 'paper', nFeat: 8, dropRate: 0.5, emaM: m } },
});

const paperRows: PaperRow[] = paperTable(10).rows.map((row) => ({
  cell: keyOf(Number(row.ema_m)),
  dataset: String(row.dataset),
  values: { F1: paperValue(row, 'F1'), AUC: paperValue(row, 'AUC') },
}));

export const ablationEma: Experiment = {
  id: 'ablation-ema',
  title: 'EMA momentum of the anchor model',
  question:
    'The anchor should follow the online model slowly: the paper has its best F1 and AUC at m = 0.999 and worse ones with a faster anchor or a frozen one.',
  paper: { kind: 'table', number: 10, rows: paperRows },
  aliases: ['table10'],
  cohort: 'bracs-sim',
  factor: { name: 'm', label: 'EMA momentum m', kind: 'ordinal' },
  // The control needs no anchor at all, so no m.
  cells: [...MOMENTA.map(cell), uniformCell({ m: 'none' })],
  train: PAPER_TRAINING,
  presets: {
    quick: {
      name: 'quick',
      summary: 'about two minutes on a laptop: a small cohort, 2 seeds, one split, 8 epochs',
      seeds: 2,
      splits: 1,
      // PAPER: lr 1e-4 for 50 epochs. Eight epochs at that rate end before the model has learnt anything.
      train: { epochs: 8, lr: 2e-4 },
    },
    standard: {
      name: 'standard',
      summary:
        'a quarter of an hour with the native engine: a larger cohort, 3 seeds (one a fold where there are folds), all epochs',
      seeds: 3,
      seedsPerFold: 1,
      splits: 10,
      train: {},
    },
    paper: {
      name: 'paper',
      summary: 'hours: the full cohort, 5 seeds, every split, all epochs',
      seeds: 5,
      splits: Number.POSITIVE_INFINITY,
      train: {},
    },
  },
};
