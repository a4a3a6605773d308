import { fixed } from '../reports/format.js';
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

/** Every native row that misses its goal by the medians, with its ratio: one line a size of the bag, the worst first. */
export function missedGoals(rows: readonly BenchRow[]): string[] {
  const missed = rows.flatMap(({ engine, model, n, ratioMedian }) => {
    const goal = goalFor(n);
    return engine === 'native' && ratioMedian !== null && goal !== null && ratioMedian > goal
      ? [{ model, n, goal, ratio: ratioMedian }]
      : [];
  });
  const sizes = [...new Set(missed.map(({ n }) => n))].sort((a, b) => a - b);
  return sizes.map((n) => {
    const own = missed.filter((one) => one.n === n).sort((a, b) => b.ratio - a.ratio);
    const names = own.map(({ model, ratio, goal }) => `${model} ${shown(ratio, goal)}`);
    return `Above the goal of ${own[0]!.goal} at N = ${n.toLocaleString('en')}: ${names.join(', ')}.`;
  });
}

/** Two decimals, or three where two would read like the goal itself. */
function shown(ratio: number, goal: number): string {
  return Number(ratio.toFixed(2)) > goal ? fixed(ratio, 2) : fixed(ratio, 3);
}
