import { ABLATION_PLACES } from '../presets/paper-places.js';
import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Cell, Experiment } from '../types.js';
import { asmilCell, gridPresets } from './asmil-grid.js';

/*
 * Figures 9 and 10: the weight β of the anchor's term. Each β has its control with a uniform target of the same weight.
 *
 *   pnpm exp ablation-beta
 */

/** The values of the figures' axis. */
const BETAS = [0, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 4, 5];
/** Of the control only every other one. */
const CONTROL_BETAS = [0.1, 0.5, 1, 2, 5];

const anchored = BETAS.map(
  (beta): Cell =>
    asmilCell(
      `beta=${beta}`,
      `β = ${beta}`,
      { beta, target: 'anchor with NSF' },
      { beta },
      beta === 1 ? { reference: true } : {},
    ),
);

const control = CONTROL_BETAS.map(
  (beta): Cell =>
    asmilCell(
      `uniform.beta=${beta}`,
      `uniform target, β = ${beta}`,
      { beta, target: 'uniform (control)' },
      { beta, anchor: 'uniform' },
    ),
);

export const ablationBeta: Experiment = {
  id: 'ablation-beta',
  title: 'Weight β of the anchor’s term',
  question:
    'How strongly should attention be pulled towards the anchor? The paper has a plateau for β from 0.5 to 1.5 and lower scores on both sides of it.',
  paper: {
    kind: 'figure',
    number: '9 and 10',
    rows: [],
    claim: { text: 'F1 and AUC are highest, and nearly level, for β from 0.5 to 1.5', best: { from: 0.5, to: 1.5 } },
  },
  aliases: ['figure9', 'figure10', 'fig9', 'fig10'],
  cohort: ABLATION_PLACES[0]!.cohort,
  places: ABLATION_PLACES,
  factor: { name: 'beta', label: 'β', kind: 'quantitative' },
  series: { name: 'target', label: 'target' },
  cells: [...anchored, ...control],
  train: PAPER_TRAINING,
  presets: gridPresets(35),
};
