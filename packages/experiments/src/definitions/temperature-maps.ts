import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment } from '../types.js';
import { ASMIL_CONFIG } from './asmil-grid.js';
import { methodCell, picturePresets } from './picture-grid.js';

/*
 * Figure 7: maps of ASMIL with NSF in the anchor, and with a softmax of temperature 2, 4 and 8 there.
 *
 *   pnpm exp temperature-maps
 */

const TEMPERATURES = [2, 4, 8];

export const temperatureMaps: Experiment = {
  id: 'temperature-maps',
  title: 'Maps with a softmax of higher temperature in the anchor',
  question:
    'What does the anchor’s temperature do to the map? The paper shows maps that fade as T grows, and NSF’s that does not.',
  paper: {
    kind: 'figure',
    number: 7,
    rows: [],
    claim: { text: 'with T = 2, 4, 8 the map tends to uniform; with NSF it keeps the tumour apart' },
  },
  aliases: ['figure7', 'fig7'],
  cohort: 'bracs-sim',
  factor: { name: 'method', label: 'normaliser of the anchor', kind: 'ordinal' },
  gallery: ['maps'],
  cells: [
    methodCell('nsf', 'NSF', { name: 'asmil', config: ASMIL_CONFIG }, { reference: true }),
    ...TEMPERATURES.map((t) =>
      methodCell(`T=${t}`, `softmax T = ${t}`, {
        name: 'asmil',
        config: { ...ASMIL_CONFIG, anchor: 'softmax', anchorTemp: t },
      }),
    ),
    methodCell('uniform', 'uniform target (control)', {
      name: 'asmil',
      config: { ...ASMIL_CONFIG, anchor: 'uniform' },
    }),
  ],
  train: PAPER_TRAINING,
  presets: picturePresets(4),
};
