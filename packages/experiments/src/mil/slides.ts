import type { Features } from '@asmil/baselines';
import { type Cohort, UserError } from '@asmil/core';

/** A slide to predict: its numbers, and where its tiles are. */
export interface NamedSlide extends Features {
  readonly id: string;
  /** Side of a tile in the unit of `coords`. */
  readonly side: number;
  readonly unit: string;
}

/** Slides by the names of a cohort. Throws `UserError` for a name that it does not have. */
export async function cohortSlide(cohort: Cohort, id: string): Promise<NamedSlide> {
  if (!cohort.bags.some((bag) => bag.id === id)) {
    throw new UserError(
      `${cohort.name}: no slide "${id}"; the first are ${cohort.bags
        .slice(0, 3)
        .map((bag) => bag.id)
        .join(', ')}`,
    );
  }
  const bag = await cohort.load(id, cohort.splits(0)[0]!);
  return { ...bag, side: 1, unit: 'tile' };
}
