import { type Cohort, type Split, UserError } from '@asmil/core';
import { isFolderCohort } from './source.js';
import type { Unusable } from './unusable.js';

/**
 * The fold without the slides that cannot be loaded, found before training rather than in the middle of it: every slide of a
 * folder is read once, one at a time. `known` keeps what was found from fold to fold. Throws `UserError` if no slide to train
 * or test on is left.
 */
export async function soundFold(
  cohort: Cohort,
  fold: Split,
  unusable: Unusable,
  known: Map<string, boolean> = new Map(),
): Promise<Split> {
  if (!isFolderCohort(cohort)) return fold; // made by this suite, or verified when it was fetched
  const part = async (ids: readonly string[]): Promise<string[]> => {
    const sound: string[] = [];
    for (const id of ids) {
      const before = known.get(id);
      const ok = before ?? (await unusable.attempt(() => cohort.load(id, fold))) !== undefined;
      known.set(id, ok);
      if (ok) sound.push(id);
    }
    return sound;
  };
  const left = { train: await part(fold.train), val: await part(fold.val), test: await part(fold.test) };
  for (const side of ['train', 'test'] as const)
    if (left[side].length === 0) throw new UserError(`${cohort.name}, ${fold.name}: no slide in ${side} can be used`);
  return { name: fold.name, ...left };
}
