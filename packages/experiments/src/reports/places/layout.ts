import type { Experiment } from '../../types.js';

/** How a report on several places is laid out: hosts × treatments, ranked methods, or a grid of settings. */
export type Layout = 'treatments' | 'methods' | 'grid';

export function layoutOf({ treatments, factor }: Experiment): Layout {
  if (treatments) return 'treatments';
  return factor.name === 'method' ? 'methods' : 'grid';
}
