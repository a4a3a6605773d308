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
  readonly met: number;
  readonly of: number;
}

/** How many native rows with a ratio and a goal meet it by the ratio of medians. */
export function goalsMet(rows: readonly BenchRow[]): GoalCount {
  const judged = rows.flatMap(({ engine, n, ratioMedian }) => {
    const goal = goalFor(n);
    return engine === 'native' && ratioMedian !== null && goal !== null ? [ratioMedian <= goal] : [];
  });
  return { met: judged.filter(Boolean).length, of: judged.length };
}
