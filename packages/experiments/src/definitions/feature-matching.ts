import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment } from '../types.js';
import { asmilCell, gridPresets, uniformCell } from './asmil-grid.js';

/*
 * Appendix I: matching the softmax of the pooled features instead of the attention. The paper proves that the map from
 * attention to features is not injective and has no experiment; the form with K tokens is ours.
 *
 *   pnpm exp feature-matching
 */

export const featureMatching: Experiment = {
  id: 'feature-matching',
  title: 'Matching bag features instead of attention',
  question:
    'Would matching the pooled features do as well as matching the attention? The paper argues that it leaves attention free to move and shows no numbers.',
  paper: {
    kind: 'appendix',
    number: 'I',
    rows: [],
    claim: { text: 'argued, not measured: equal features do not make equal attention, so attention may still move' },
  },
  aliases: ['appendix-i'],
  cohort: 'bracs-sim',
  factor: { name: 'matched', label: 'what is matched', kind: 'ordinal' },
  cells: [
    asmilCell('attention', 'attention', { matched: 'attention' }, {}, { reference: true }),
    asmilCell('features', 'features', { matched: 'features' }, { stabiliser: 'feature' }),
    asmilCell(
      'features.softmax',
      'features, softmax anchor',
      { matched: 'features, softmax anchor' },
      { stabiliser: 'feature', anchor: 'softmax' },
    ),
    asmilCell('none', 'nothing', { matched: 'nothing' }, { anchor: 'none' }),
    uniformCell({ matched: 'attention, uniform target' }),
  ],
  train: PAPER_TRAINING,
  presets: gridPresets(6),
};
