import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment } from '../types.js';
import { ASMIL_CONFIG } from './asmil-grid.js';
import { methodCell, picturePresets } from './picture-grid.js';

/*
 * Figures 5 and 6: t-SNE of the bag features of the training bags at several epochs, with and without an anchor.
 *
 *   pnpm exp embedding
 */

export const embedding: Experiment = {
  id: 'embedding',
  title: 'Bag features over training, with and without an anchor',
  question:
    'Do the classes come apart earlier and more clearly with an anchor? The paper shows that they do, for ASMIL and for TransMIL.',
  paper: {
    kind: 'figure',
    number: '5 and 6',
    rows: [],
    claim: { text: 'with an anchor the classes of the training bags separate after fewer epochs and more clearly' },
  },
  aliases: ['figure5', 'figure6', 'fig5', 'fig6'],
  cohort: 'bracs-sim',
  factor: { name: 'method', label: 'method', kind: 'ordinal' },
  gallery: ['embedding'],
  cells: [
    methodCell('asmil', 'ASMIL with anchor', { name: 'asmil', config: ASMIL_CONFIG }, { reference: true }),
    methodCell('asmil.no-anchor', 'ASMIL without', { name: 'asmil', config: { ...ASMIL_CONFIG, anchor: 'none' } }),
    methodCell('asmil.uniform', 'ASMIL, uniform target', {
      name: 'asmil',
      config: { ...ASMIL_CONFIG, anchor: 'uniform' },
    }),
    methodCell('transmil.anchor', 'TransMIL with anchor', {
      name: 'transmil',
      config: { anchor: { normalizer: 'nsf' } },
    }),
    methodCell('transmil', 'TransMIL without', { name: 'transmil', config: {} }),
  ],
  train: PAPER_TRAINING,
  presets: picturePresets(6),
};
