import { FEWER_EPOCHS } from '../presets/paper-places.js';
import type { Cell, Experiment } from '../types.js';

/* What the experiments with pictures of single slides share: one seed and split, since a picture shows one run. */

/** Presets of an experiment whose pictures show one run; `seeds` for its scores at larger presets. */
export function picturePresets(minutes: number, seeds = 1): Experiment['presets'] {
  return {
    quick: {
      name: 'quick',
      summary: 'a minute: a small cohort, 1 seed, one split, 8 epochs',
      seeds: 1,
      splits: 1,
      // PAPER: lr 1e-4 for 50 epochs. Eight epochs at that rate end before most models have learnt anything.
      train: { epochs: 8, lr: 5e-4 },
    },
    standard: {
      name: 'standard',
      summary: `about ${minutes === 1 ? 'a minute' : `${minutes} minutes`} on two cores with the native engine: a larger cohort, 20 epochs at twice the paper’s rate`,
      seeds,
      splits: 1,
      train: FEWER_EPOCHS,
    },
    paper: {
      name: 'paper',
      summary: 'hours: the full cohort, 5 seeds, all epochs',
      seeds: 5,
      splits: 1,
      train: {},
    },
  };
}

/** A method as a cell. */
export function methodCell(
  key: string,
  label: string,
  model: Cell['model'],
  more: Partial<Pick<Cell, 'reference'>> = {},
): Cell {
  return { key, label, factors: { method: label }, model, ...more };
}
