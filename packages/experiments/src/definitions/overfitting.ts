import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment } from '../types.js';
import { asmilCell, gridPresets, uniformCell } from './asmil-grid.js';

/*
 * Figure 12: validation and test scores over the epochs. The paper calls its curves test metrics once (K.4) and validation
 * metrics once (K.5); the report has both.
 *
 *   pnpm exp overfitting
 */

export const overfitting: Experiment = {
  id: 'overfitting',
  title: 'Scores over the epochs with and without token drop',
  question:
    'Does dropping tokens keep ASMIL from overfitting? In the paper ABMIL and ASMIL without drop reach their best score early and fall; with B = 0.5 it stays.',
  paper: {
    kind: 'figure',
    number: 12,
    rows: [],
    claim: {
      text: 'with B = 0.5 F1 and AUC stay at their best to the last epoch; without it, and for ABMIL, they fall',
    },
  },
  aliases: ['figure12', 'fig12'],
  cohort: 'camelyon16-sim',
  factor: { name: 'method', label: 'method', kind: 'ordinal' },
  cells: [
    { key: 'abmil', label: 'ABMIL', factors: { method: 'ABMIL' }, model: { name: 'abmil', config: {} } },
    asmilCell('asmil.B=0', 'ASMIL, no drop', { method: 'ASMIL, no drop' }, { dropRate: 0 }),
    asmilCell('asmil.B=0.5', 'ASMIL, B = 0.5', { method: 'ASMIL, B = 0.5' }, {}, { reference: true }),
    uniformCell({ method: 'uniform target, B = 0.5' }),
  ],
  train: PAPER_TRAINING,
  presets: gridPresets(5),
};
