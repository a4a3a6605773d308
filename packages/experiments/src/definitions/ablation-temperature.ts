import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment } from '../types.js';
import { asmilCell, gridPresets, paperRows, uniformCell } from './asmil-grid.js';

/*
 * Table 4: a softmax of higher temperature in the anchor instead of the normalised sigmoid. T = 1 is ours: the anchor with
 * the plain softmax. The online softmax has T = 1 throughout.
 *
 *   pnpm exp ablation-temperature
 */

const TEMPERATURES = [1, 2, 4, 8];
const keyOf = (temperature: number): string => `T=${temperature}`;

export const ablationTemperature: Experiment = {
  id: 'ablation-temperature',
  title: 'Softmax with a temperature in the anchor, instead of NSF',
  question:
    'Would a softmax of higher temperature do what NSF does? In the paper it does not: F1 0.667 to 0.712 with T = 2, 4, 8 against 0.781.',
  paper: {
    kind: 'table',
    number: 4,
    rows: paperRows(4, (row) => (row.anchor_normaliser === 'nsf' ? 'nsf' : keyOf(Number(row.temperature)))),
  },
  aliases: ['table4'],
  cohort: 'bracs-sim',
  factor: { name: 'normaliser', label: 'normaliser of the anchor', kind: 'ordinal' },
  cells: [
    asmilCell('nsf', 'NSF', { normaliser: 'NSF' }, { anchor: 'nsf' }, { reference: true }),
    ...TEMPERATURES.map((t) =>
      asmilCell(keyOf(t), `softmax T = ${t}`, { normaliser: `softmax T = ${t}` }, { anchor: 'softmax', anchorTemp: t }),
    ),
    uniformCell({ normaliser: 'uniform' }),
  ],
  train: PAPER_TRAINING,
  presets: gridPresets(7),
};
