import { paperTable, paperValue } from '../paper/tables.js';
import { paperEncoder } from '../presets/paper-cohorts.js';
import { FEWER_EPOCHS, PAPER_COHORTS, PAPER_PLACES, THREE_RUNS } from '../presets/paper-places.js';
import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment, PaperRow } from '../types.js';
import { METHODS, methodCells } from './methods.js';

/*
 * Table 1: twelve methods on three cohorts with two encoders each.
 *
 *   pnpm exp main-comparison                      three minutes: three cohorts, one encoder, one seed
 *   pnpm exp table1 --data bracs-sim --preset standard
 */

const paperRows: PaperRow[] = paperTable(1).rows.map((row) => ({
  cell: METHODS[String(row.method)]!,
  dataset: String(row.dataset),
  encoder: paperEncoder(row.backbone),
  values: { F1: paperValue(row, 'F1'), AUC: paperValue(row, 'AUC') },
}));

export const mainComparison: Experiment = {
  id: 'main-comparison',
  title: 'Twelve methods',
  question:
    'Does ASMIL score higher than eleven other attention MIL methods? The paper has it first in every column but one (CAMELYON-17 with ResNet-18 features, macro AUC).',
  paper: { kind: 'table', number: 1, rows: paperRows },
  aliases: ['table1'],
  cohort: 'camelyon16-sim',
  places: PAPER_PLACES,
  factor: { name: 'method', label: 'method', kind: 'ordinal' },
  cells: methodCells(Object.keys(METHODS)),
  train: PAPER_TRAINING,
  presets: {
    quick: {
      name: 'quick',
      summary: 'about three minutes: small cohorts, ViT-S-like features only, 1 seed, one split, 3 epochs',
      seeds: 1,
      splits: 1,
      // PAPER: lr 1e-4 for 50 epochs. Three epochs at that rate end before most models have learnt anything.
      train: { epochs: 3, lr: 5e-4 },
      places: PAPER_COHORTS,
    },
    standard: {
      name: 'standard',
      summary:
        'an hour on two cores with the native engine: larger cohorts, 3 folds or seeds, 20 epochs at twice the paper’s rate',
      ...THREE_RUNS,
      train: FEWER_EPOCHS,
    },
    paper: {
      name: 'paper',
      summary: 'days: the full cohorts, 5 seeds, every split, all epochs',
      seeds: 5,
      splits: Number.POSITIVE_INFINITY,
      train: {},
    },
  },
};
