import { type Cohort, UserError } from '@asmil/core';
import { closest } from 'fastest-levenshtein';
import { classicEntries } from './classic/index.js';
import { hgscEntries } from './hgsc/index.js';
import { mnistEntries } from './mnist/index.js';
import type { CohortEntry, CohortOptions } from './registry.js';
import { simEntries } from './sim/index.js';

/** Every cohort that can be named, in the order in which lists show them. */
export const cohortEntries: readonly CohortEntry[] = [
  ...simEntries,
  ...mnistEntries,
  ...hgscEntries,
  ...classicEntries,
];

/** The entry of a name. Throws `UserError` (exit code 2) with the nearest name. */
export function findCohort(name: string): CohortEntry {
  const entry = cohortEntries.find((candidate) => candidate.name === name);
  if (entry) return entry;
  const names = cohortEntries.map((candidate) => candidate.name);
  throw new UserError(`no cohort "${name}": did you mean ${closest(name, names)}? (pnpm data list shows all)`, 2);
}

/** Opens a cohort whose files are here. Throws `UserError` with the command that brings them if they are not. */
export async function openCohort(name: string, options: CohortOptions): Promise<Cohort> {
  const entry = findCohort(name);
  const state = await entry.available();
  if (!state.ready) throw new UserError(`the data of ${name} are not here: ${state.how}`);
  return entry.open(options);
}
