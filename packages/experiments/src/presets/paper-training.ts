import type { TrainConfig } from '@asmil/core';

/**
 * The paper's training for its slide cohorts (Appendix D): Adam with weight decay in the gradient, cosine from 1e-4 to 0
 * over 50 epochs, one bag a step, the epoch chosen on the validation set.
 */
export const PAPER_TRAINING: TrainConfig = {
  optimiser: 'adam',
  lr: 1e-4,
  weightDecay: 1e-4,
  betas: [0.9, 0.999],
  eps: 1e-8,
  epochs: 50,
  warmup: 0,
  schedule: 'cosine',
  clip: null,
  select: 'best',
};
