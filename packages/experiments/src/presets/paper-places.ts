import type { Place } from '../types.js';

const COHORTS = ['camelyon16-sim', 'camelyon17-sim', 'bracs-sim'] as const;

/** The paper's three cohorts with the encoder that its tables use where they name none (ViT-S). */
export const PAPER_COHORTS: readonly Place[] = COHORTS.map((cohort) => ({ cohort, encoder: 'vit-s' }));

/** The paper's three cohorts with both encoders, as in its Table 1. */
export const PAPER_PLACES: readonly Place[] = [
  ...COHORTS.map((cohort): Place => ({ cohort, encoder: 'resnet18' })),
  ...PAPER_COHORTS,
];

/** Three runs of each cell in each place: three folds where there are as many, else three seeds of the one split. */
export const THREE_RUNS = { seeds: 3, seedsPerFold: 1, foldsFrom: 3, splits: 3 } as const;

/**
 * Fewer epochs than the paper's 50 for what has hundreds of runs: 20 at twice its rate, so that the sum of the rates over
 * the steps is four fifths of the paper's.
 */
export const FEWER_EPOCHS = { epochs: 20, lr: 2e-4 } as const;
