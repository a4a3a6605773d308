import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment } from '../types.js';
import { ASMIL_CONFIG } from './asmil-grid.js';
import { methodCell, picturePresets } from './picture-grid.js';

/*
 * Figure 1: the attention of TransMIL and of ASMIL on one tumour slide over training.
 *
 *   pnpm exp attention-dynamics
 */

export const attentionDynamics: Experiment = {
  id: 'attention-dynamics',
  title: 'Attention of TransMIL and ASMIL over training',
  question:
    'Does attention settle? The paper shows TransMIL’s jumping from epoch to epoch and ASMIL’s standing still on the tumour.',
  paper: {
    kind: 'figure',
    number: 1,
    rows: [],
    claim: { text: 'TransMIL’s divergence between epochs stays high and fluctuates, ASMIL’s falls to a low level' },
  },
  aliases: ['figure1', 'fig1'],
  cohort: 'camelyon16-sim',
  factor: { name: 'method', label: 'method', kind: 'ordinal' },
  gallery: ['dynamics'],
  cells: [
    methodCell('transmil', 'TransMIL', { name: 'transmil', config: {} }),
    methodCell('asmil', 'ASMIL', { name: 'asmil', config: ASMIL_CONFIG }, { reference: true }),
    methodCell('uniform', 'uniform target (control)', {
      name: 'asmil',
      config: { ...ASMIL_CONFIG, anchor: 'uniform' },
    }),
  ],
  train: PAPER_TRAINING,
  presets: picturePresets(5),
};
