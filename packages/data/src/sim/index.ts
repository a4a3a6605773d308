import type { CohortEntry } from '../registry.js';
import { openSimulated, SIM_SPECS } from './cohort.js';
import type { SimName } from './cohort-shape.js';

export { GENERATOR_VERSION, openSimulated, type SimCohort } from './cohort.js';
export type { SimName } from './cohort-shape.js';
export { DIFFICULTY, type Difficulty } from './difficulty.js';
export { ENCODER_NAMES, type EncoderName } from './encoder-names.js';

/** The simulated cohorts; always available, nothing is downloaded. */
export const simEntries: CohortEntry[] = (Object.keys(SIM_SPECS) as SimName[]).map((name) => ({
  name,
  summary: `Simulated ${SIM_SPECS[name].likeness} slides (${SIM_SPECS[name].classes.join(', ')}); made on the fly`,
  simulated: true,
  outlined: true,
  available: async () => ({ ready: true }),
  open: async (options) => openSimulated(name, options),
}));
