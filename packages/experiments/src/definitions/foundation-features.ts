import { paperTable, paperValue } from '../paper/tables.js';
import { paperEncoder } from '../presets/paper-cohorts.js';
import { FEWER_EPOCHS, THREE_RUNS } from '../presets/paper-places.js';
import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment, PaperRow, Place } from '../types.js';
import { METHODS, methodCells } from './methods.js';

/*
 * Table 8: methods on features of two pathology foundation models.
 *
 *   pnpm exp foundation-features
 *   pnpm exp table8 --data camelyon16-sim --encoder uni --preset standard
 */

const rows = paperTable(8).rows;

const paperRows: PaperRow[] = rows.map((row) => ({
  cell: METHODS[String(row.method)]!,
  dataset: String(row.dataset),
  encoder: paperEncoder(row.backbone),
  values: { F1: paperValue(row, 'F1'), AUC: paperValue(row, 'AUC') },
}));

const PLACES: readonly Place[] = (['pathgen-clip', 'uni'] as const).flatMap((encoder) => [
  { cohort: 'camelyon16-sim', encoder },
  { cohort: 'camelyon17-sim', encoder },
]);

export const foundationFeatures: Experiment = {
  id: 'foundation-features',
  title: 'Features of pathology foundation models',
  question:
    'Does ASMIL keep its lead where features are strong? The paper has it first in every column with PathGen-CLIP features, and with UNI features first or level with the first in all but the macro AUC of CAMELYON-17.',
  paper: { kind: 'table', number: 8, rows: paperRows },
  aliases: ['table8'],
  cohort: PLACES[0]!.cohort,
  places: PLACES,
  factor: { name: 'method', label: 'method', kind: 'ordinal' },
  cells: methodCells([...new Set(rows.map((row) => String(row.method)))]),
  train: PAPER_TRAINING,
  presets: {
    quick: {
      name: 'quick',
      summary: 'about two minutes: small cohorts, 1 seed, one split, 3 epochs',
      seeds: 1,
      splits: 1,
      train: { epochs: 3, lr: 5e-4 },
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
