import type { BenchRow } from './types.js';

/**
 * What the native engine is to reach: its training step's time over PyTorch's. Small bags, where a step is mostly
 * overhead, have a goal of their own; between the two groups there is none.
 */
export function goalFor(n: number): number | null {
  if (n <= 50) return 0.4;
  return n >= 500 ? 0.9 : null;
}

export interface GoalCount {
  /** By the ratio of medians. */
  readonly met: number;
  /** By the ratio of the fastest repetitions. */
  readonly metByFastest: number;
  readonly of: number;
}

/** How many native rows with a ratio and a goal meet it. */
export function goalsMet(rows: readonly BenchRow[]): GoalCount {
  const judged = rows.flatMap(({ engine, n, ratioMedian, ratioMin }) => {
    const goal = goalFor(n);
    if (engine !== 'native' || ratioMedian === null || ratioMin === null || goal === null) return [];
    return [{ median: ratioMedian <= goal, fastest: ratioMin <= goal }];
  });
  return {
    met: judged.filter(({ median }) => median).length,
    metByFastest: judged.filter(({ fastest }) => fastest).length,
    of: judged.length,
  };
}
