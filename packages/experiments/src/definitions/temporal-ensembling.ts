import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Experiment } from '../types.js';
import { asmilCell, gridPresets, uniformCell } from './asmil-grid.js';

/*
 * Appendix H: a running average of each slide's own maps as the target, instead of an anchor model. The paper has no
 * experiment on it and no ρ; it argues that memory grows with the training set and the target is stale.
 *
 *   pnpm exp temporal-ensembling
 */

const RHOS = [0.5, 0.9, 0.99];

export const temporalEnsembling: Experiment = {
  id: 'temporal-ensembling',
  title: 'A running average of each slide’s map, instead of an anchor',
  question:
    'Would averaging each slide’s own attention over its visits do as well as the anchor? The paper argues against it and shows no numbers.',
  paper: {
    kind: 'appendix',
    number: 'H',
    rows: [],
    claim: { text: 'argued, not measured: a per-slide average is stale and its memory grows with the training set' },
  },
  aliases: ['appendix-h'],
  cohort: 'bracs-sim',
  factor: { name: 'stabiliser', label: 'what attention is pulled to', kind: 'ordinal' },
  cells: [
    asmilCell('anchor', 'anchor with NSF', { stabiliser: 'anchor' }, {}, { reference: true }),
    asmilCell('anchor.softmax', 'anchor with softmax', { stabiliser: 'anchor, softmax' }, { anchor: 'softmax' }),
    ...RHOS.map((rho) =>
      asmilCell(
        `temporal.rho=${rho}`,
        `own average, ρ = ${rho}`,
        { stabiliser: `own average, ρ = ${rho}` },
        { stabiliser: 'temporal', ensembleRho: rho },
      ),
    ),
    asmilCell('none', 'nothing', { stabiliser: 'nothing' }, { anchor: 'none' }),
    uniformCell({ stabiliser: 'uniform' }),
  ],
  train: PAPER_TRAINING,
  presets: gridPresets(8),
};
