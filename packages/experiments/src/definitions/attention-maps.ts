import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment } from '../types.js';
import { ASMIL_CONFIG } from './asmil-grid.js';
import { methodCell, picturePresets } from './picture-grid.js';

/*
 * Figures 4 and 13: maps of four methods on a tumour slide, with the outline of the tumour.
 *
 *   pnpm exp attention-maps
 */

export const attentionMaps: Experiment = {
  id: 'attention-maps',
  title: 'Attention maps of four methods',
  question:
    'Which tiles does each method look at? The paper shows ASMIL’s map filling the tumour and others’ leaving much of it out.',
  paper: {
    kind: 'figure',
    number: '4 and 13',
    rows: [],
    claim: { text: 'ASMIL’s map covers the tumour more fully than those of DTFD-MIL, CAMIL and TransMIL' },
  },
  aliases: ['figure4', 'figure13', 'fig4', 'fig13'],
  cohort: 'camelyon16-sim',
  factor: { name: 'method', label: 'method', kind: 'ordinal' },
  gallery: ['maps'],
  cells: [
    methodCell('asmil', 'ASMIL', { name: 'asmil', config: ASMIL_CONFIG }, { reference: true }),
    methodCell('dtfd-mil', 'DTFD-MIL', { name: 'dtfd-mil', config: {} }),
    methodCell('camil', 'CAMIL', { name: 'camil', config: {} }),
    methodCell('transmil', 'TransMIL', { name: 'transmil', config: {} }),
    methodCell('uniform', 'uniform target (control)', {
      name: 'asmil',
      config: { ...ASMIL_CONFIG, anchor: 'uniform' },
    }),
  ],
  train: PAPER_TRAINING,
  presets: picturePresets(8),
};
