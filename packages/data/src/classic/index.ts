import { access } from 'node:fs/promises';
import type { CohortEntry } from '../registry.js';
import { classicCohort } from './cohort.js';
import { CLASSIC_SETS } from './sets.js';
import { cachedFile, fetchCommand, fetchSet, readCached } from './store.js';

/** The classic benchmark sets: `musk1`, `musk2`, `fox`, `tiger`, `elephant`, `ucsb`. */
export const classicEntries: readonly CohortEntry[] = CLASSIC_SETS.map((set) => ({
  name: set.name,
  summary: `${set.title}; ${set.bags} bags, D = ${set.dim}`,
  simulated: false,
  async available() {
    const here = await access(cachedFile(set)).then(
      () => true,
      () => false,
    );
    return here ? { ready: true } : { ready: false, how: `bring the data with ${fetchCommand(set)}` };
  },
  fetch: (options) => fetchSet(set, options),
  open: async () => classicCohort(set, await readCached(set)),
}));
