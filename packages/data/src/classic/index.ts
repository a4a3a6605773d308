import { access } from 'node:fs/promises';
import type { CohortEntry } from '../registry.js';
import { classicCohort } from './cohort.js';
import { CLEAN, FORMS_WITH_LABEL, type Form, nameOf, SETS_WITH_LABEL } from './forms.js';
import { CLASSIC_SETS, type ClassicSet } from './sets.js';
import { cachedFile, fetchCommand, fetchSet, readCached } from './store.js';

const entryOf = (set: ClassicSet, form: Form): CohortEntry => ({
  name: nameOf(set, form),
  summary: form.what
    ? `${set.name} with the ${form.what}; D = ${set.dim + 1}`
    : `${set.title}; ${set.bags} bags, D = ${set.dim}`,
  simulated: false,
  async available() {
    const here = await access(cachedFile(set)).then(
      () => true,
      () => false,
    );
    return here ? { ready: true } : { ready: false, how: `bring the data with ${fetchCommand(set)}` };
  },
  fetch: (options) => fetchSet(set, options),
  open: async () => classicCohort(set, await readCached(set), form),
});

/**
 * The classic benchmark sets: `musk1`, `musk2`, `fox`, `tiger`, `elephant`, `ucsb`; and all but the last once more in two
 * forms with the bag's label in the input (`musk1-with-label-column`, `musk1-as-published`), which share the set's file.
 */
export const classicEntries: readonly CohortEntry[] = [
  ...CLASSIC_SETS.map((set) => entryOf(set, CLEAN)),
  ...FORMS_WITH_LABEL.flatMap((form) =>
    CLASSIC_SETS.filter(({ name }) => SETS_WITH_LABEL.includes(name)).map((set) => entryOf(set, form)),
  ),
];
