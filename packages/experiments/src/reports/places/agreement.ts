/*
 * The rules by which a report on several places says that it agrees with the paper. Heights on simulated cohorts mean
 * nothing beside the paper's, so both are about order and direction; every sentence that uses a rule names it.
 */

export type Agreement = 'agrees' | 'agrees in part' | 'does not agree';

/** Spearman's ρ between the methods' means here and the paper's. */
export function orderAgreement(rho: number): Agreement {
  if (rho >= 0.7) return 'agrees';
  return rho >= 0.3 ? 'agrees in part' : 'does not agree';
}

export const ORDER_RULE = 'rule: ρ of 0.7 or more agrees, 0.3 or more in part';

/** How many of the differences that have a direction in both go the same way; a coin gives half. */
export function directionAgreement(same: number, of: number): Agreement {
  if (same >= 0.75 * of) return 'agrees';
  return same > 0.5 * of ? 'agrees in part' : 'does not agree';
}

export const DIRECTION_RULE = 'rule: three quarters of the directions agree, more than half in part';

/** How many of the paper's means lie within twice the binomial noise of the mean here: heights, on the same data set. */
export function heightAgreement(within: number, of: number): Agreement {
  if (within === of) return 'agrees';
  return within >= 0.5 * of ? 'agrees in part' : 'does not agree';
}

export const HEIGHT_RULE =
  'rule: within twice √(p (1 − p) / n) for the accuracy p here and the n bags of a run; all methods agree, half of them in part';

/** More than this are counted, not named. */
const MOST_NAMED = 4;

/** The first few of a list, and how many more there are. */
export function firstFew(items: readonly string[], more: string): string {
  if (items.length <= MOST_NAMED) return items.join('; ');
  return `${items.slice(0, MOST_NAMED).join('; ')}; and ${items.length - MOST_NAMED} ${more}`;
}
