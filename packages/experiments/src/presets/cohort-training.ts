import type { TrainConfig } from '@asmil/core';

/** Appendix N of the paper trains the classic sets for 40 epochs at 5e-4; there is no validation set: the last epoch counts. */
const CLASSIC: Partial<TrainConfig> = { lr: 5e-4, epochs: 40, select: 'last' };

/**
 * Cohorts whose protocol is not that of the paper's slide cohorts. A key ending in `-` stands for a family of names. What
 * is not listed (slides and tile windows, real and simulated) is trained as the experiment says. A transformer does not
 * learn at the higher rates that suit plain attention pooling: at 5e-4 ASMIL stays at ln 2 on the tile windows.
 */
const COHORT_TRAINING: Readonly<Record<string, Partial<TrainConfig>>> = {
  musk1: CLASSIC,
  'musk1-': CLASSIC,
  musk2: CLASSIC,
  'musk2-': CLASSIC,
  fox: CLASSIC,
  'fox-': CLASSIC,
  tiger: CLASSIC,
  'tiger-': CLASSIC,
  elephant: CLASSIC,
  'elephant-': CLASSIC,
  ucsb: CLASSIC,
  'ucsb-': CLASSIC,
};

/** The settings in which a cohort's own protocol differs from an experiment's. */
export function cohortTraining(cohort: string): Partial<TrainConfig> {
  const family = Object.keys(COHORT_TRAINING).find((key) => key.endsWith('-') && cohort.startsWith(key));
  return COHORT_TRAINING[cohort] ?? (family ? COHORT_TRAINING[family] : undefined) ?? {};
}
