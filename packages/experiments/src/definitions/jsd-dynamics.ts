import { ABLATION_PLACES } from '../presets/paper-places.js';
import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Cell, Experiment } from '../types.js';
import { picturePresets } from './picture-grid.js';

/*
 * Figures 14 to 25: attention on a normal and on a tumour slide over training, for three methods alone and with anchor and
 * NSF. The third row of each is ours: a fixed uniform target.
 *
 *   pnpm exp jsd-dynamics
 */

const HOSTS = { abmil: 'ABMIL', transmil: 'TransMIL', dsmil: 'DSMIL' } as const;
const TREATMENTS = { none: null, 'anchor+NSF': 'nsf', uniform: 'uniform' } as const;
const LABELS = { none: 'alone', 'anchor+NSF': '+ anchor + NSF', uniform: '+ uniform target' } as const;

const cells = Object.entries(HOSTS).flatMap(([name, host]) =>
  (Object.keys(TREATMENTS) as (keyof typeof TREATMENTS)[]).map((treatment): Cell => {
    const normalizer = TREATMENTS[treatment];
    const key = (t: string): string => `${name}-${t.replace('+', '-')}`;
    return {
      key: key(treatment),
      label: `${host} ${LABELS[treatment]}`,
      factors: { host, treatment },
      ...(normalizer === null ? {} : { baseline: key('none') }),
      model: { name, config: normalizer === null ? {} : { anchor: { normalizer } } },
    };
  }),
);

export const jsdDynamics: Experiment = {
  id: 'jsd-dynamics',
  title: 'Divergence of attention between epochs',
  question:
    'Do anchor and NSF make the attention of other methods settle? In the paper divergence falls and stays low with them, on normal and on tumour slides.',
  paper: {
    kind: 'figure',
    number: '14 to 25',
    rows: [],
    claim: {
      text: 'with anchor and NSF the divergence between epochs falls and stays low; alone it stays high and fluctuates',
    },
  },
  aliases: Array.from({ length: 12 }, (_, i) => `fig${14 + i}`),
  cohort: ABLATION_PLACES[0]!.cohort,
  places: ABLATION_PLACES,
  treatments: { host: 'host', treatment: 'treatment', steps: ['none', 'anchor+NSF'], control: 'uniform' },
  factor: { name: 'treatment', label: 'method', kind: 'ordinal' },
  gallery: ['dynamics'],
  cells,
  train: PAPER_TRAINING,
  presets: picturePresets(20),
};
