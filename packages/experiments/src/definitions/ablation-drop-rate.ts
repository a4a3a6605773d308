import { ABLATION_PLACES } from '../presets/paper-places.js';
import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Cell, Experiment } from '../types.js';
import { asmilCell, gridPresets } from './asmil-grid.js';

/*
 * Figure 11: the probability B that a FEAT token is dropped, for 4, 8 and 16 tokens. The grid of B is not printed; ours has
 * steps of 0.2 around the recommended 0.4 to 0.6, and 0.5.
 *
 *   pnpm exp ablation-drop-rate
 */

const RATES = [0, 0.2, 0.4, 0.5, 0.6, 0.8];
const TOKENS = [4, 8, 16];

const cells = TOKENS.flatMap((k) =>
  RATES.map(
    (rate): Cell =>
      asmilCell(
        `K=${k}.B=${rate}`,
        `K = ${k}, B = ${rate}`,
        { rate, tokens: `K = ${k}` },
        { nFeat: k, dropRate: rate },
        k === 8 && rate === 0.5 ? { reference: true } : {},
      ),
  ),
);

export const ablationDropRate: Experiment = {
  id: 'ablation-drop-rate',
  title: 'Token drop rate B with 4, 8 and 16 tokens',
  question:
    'How many tokens should be dropped? The paper has the highest F1 and AUC near B = 0.5, for each number of tokens.',
  paper: {
    kind: 'figure',
    number: 11,
    rows: [],
    claim: { text: 'F1 and AUC peak near B = 0.5 (recommended: 0.4 to 0.6)', best: { from: 0.4, to: 0.6 } },
  },
  aliases: ['figure11', 'fig11'],
  cohort: ABLATION_PLACES[0]!.cohort,
  places: ABLATION_PLACES,
  factor: { name: 'rate', label: 'drop rate B', kind: 'quantitative' },
  series: { name: 'tokens', label: 'FEAT tokens' },
  cells,
  train: PAPER_TRAINING,
  presets: gridPresets(40),
};
