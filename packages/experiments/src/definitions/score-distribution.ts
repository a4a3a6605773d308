import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment } from '../types.js';
import { methodCell, picturePresets } from './picture-grid.js';

/*
 * Figure 3 (and 8): the raw attention scores of ABMIL on a tumour slide, and what softmax with a temperature and NSF make
 * of the same scores.
 *
 *   pnpm exp score-distribution
 */

export const scoreDistribution: Experiment = {
  id: 'score-distribution',
  title: 'Attention scores of ABMIL and their normalisers',
  question:
    'How are attention scores distributed, and what does each normaliser make of them? The paper shows a long tail that softmax turns into a few tiles and NSF into an even region.',
  paper: {
    kind: 'figure',
    number: 3,
    rows: [],
    claim: {
      text: 'scores have a long tail; softmax concentrates on it, NSF does not, and higher temperatures tend to uniform',
    },
  },
  aliases: ['figure3', 'figure8', 'fig3', 'fig8'],
  cohort: 'camelyon16-sim',
  factor: { name: 'method', label: 'method', kind: 'ordinal' },
  gallery: ['scores', 'maps'],
  cells: [methodCell('abmil', 'ABMIL', { name: 'abmil', config: {} }, { reference: true })],
  train: PAPER_TRAINING,
  presets: picturePresets(1),
};
