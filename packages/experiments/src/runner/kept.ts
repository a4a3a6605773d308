import type { Work } from './plan.js';

/** What is kept of a run beside its result. */
export interface Kept {
  readonly weights: boolean;
  readonly portrait: boolean;
}

/**
 * What is kept of each run of a plan, by signature: weights on request, and where a later stage starts from them; attention
 * maps and bag features where a report draws them.
 */
export function keptBy(plan: Work, checkpoints: boolean): (signature: string) => Kept {
  const stages = new Set(plan.stages.map(({ signature }) => signature));
  const drawn = new Set(plan.runs.filter(({ portrait }) => portrait).map(({ signature }) => signature));
  return (signature) => ({ weights: checkpoints || stages.has(signature), portrait: drawn.has(signature) });
}
