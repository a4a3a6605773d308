import { ABLATION_PLACES } from '../presets/paper-places.js';
import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment } from '../types.js';
import { asmilCell, gridPresets, paperRows, uniformCell } from './asmil-grid.js';

/*
 * Table 6: the normalised sigmoid in the online model as well as in the anchor.
 *
 *   pnpm exp ablation-online-nsf
 */

export const ablationOnlineNsf: Experiment = {
  id: 'ablation-online-nsf',
  title: 'NSF in the online model as well',
  question:
    'If NSF is good for the anchor, why not for the model itself? In the paper F1 falls by 0.045 and 0.055: gradients of the sigmoid die where it saturates.',
  paper: { kind: 'table', number: 6, rows: paperRows(6, (row) => (row.online_nsf ? 'online-nsf' : 'anchor-only')) },
  aliases: ['table6'],
  cohort: ABLATION_PLACES[0]!.cohort,
  places: ABLATION_PLACES,
  factor: { name: 'nsf', label: 'where NSF is used', kind: 'ordinal' },
  cells: [
    asmilCell('anchor-only', 'anchor only', { nsf: 'anchor' }, {}, { reference: true }),
    asmilCell('online-nsf', 'anchor and online', { nsf: 'anchor and online' }, { online: 'nsf' }),
    uniformCell({ nsf: 'nowhere (uniform target)' }),
  ],
  train: PAPER_TRAINING,
  presets: gridPresets(8),
};
