import { PAPER_COHORTS } from '../presets/paper-places.js';
import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment } from '../types.js';
import { asmilCell, gridPresets, paperRows } from './asmil-grid.js';

/*
 * Table 9: the number of trainable FEAT tokens.
 *
 *   pnpm exp ablation-feat-tokens
 */

const TOKENS = [2, 4, 8, 16];
const keyOf = (k: number): string => `K=${k}`;

export const ablationFeatTokens: Experiment = {
  id: 'ablation-feat-tokens',
  title: 'Number of FEAT tokens',
  question:
    'How many tokens does the encoder need? In the paper 8 or 16 are best and 2 lose 0.04 to 0.13 in F1 against the best.',
  paper: { kind: 'table', number: 9, rows: paperRows(9, (row) => keyOf(Number(row.feat_tokens))) },
  aliases: ['table9'],
  cohort: PAPER_COHORTS[0]!.cohort,
  places: PAPER_COHORTS,
  factor: { name: 'K', label: 'FEAT tokens K', kind: 'ordinal' },
  cells: TOKENS.map((k) => asmilCell(keyOf(k), `K = ${k}`, { K: k }, { nFeat: k }, k === 8 ? { reference: true } : {})),
  train: PAPER_TRAINING,
  presets: gridPresets(15),
};
