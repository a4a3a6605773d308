import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment } from '../types.js';
import { ASMIL_CONFIG } from './asmil-grid.js';
import { methodCell, picturePresets } from './picture-grid.js';

/*
 * Figure 26: slides on which a large lesion is found and a small one is missed.
 *
 *   pnpm exp failure-cases
 */

export const failureCases: Experiment = {
  id: 'failure-cases',
  title: 'Small lesions beside large ones',
  question: 'What does ASMIL miss? The paper shows a slide whose small tumour region is not found beside a large one.',
  paper: {
    kind: 'figure',
    number: 26,
    rows: [],
    claim: { text: 'a small tumour region may be missed where a large one is on the same slide' },
  },
  aliases: ['figure26', 'fig26'],
  cohort: 'camelyon16-sim',
  factor: { name: 'method', label: 'method', kind: 'ordinal' },
  gallery: ['failures'],
  cells: [
    methodCell('abmil', 'ABMIL', { name: 'abmil', config: {} }),
    methodCell('asmil', 'ASMIL', { name: 'asmil', config: ASMIL_CONFIG }, { reference: true }),
  ],
  train: PAPER_TRAINING,
  presets: picturePresets(2),
};
