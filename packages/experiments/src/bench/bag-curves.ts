import { growthOf } from './growth.js';
import type { Curve } from './panels.js';
import type { BenchResults, BenchRow } from './types.js';

/** The curves whose growth can be read, over the sizes that it is read from. */
export function bagCurves(results: BenchResults, what: 'time' | 'memory', value: (row: BenchRow) => number): Curve[] {
  const growth = growthOf(results.rows).filter((one) => one[what] !== null);
  const several = new Set(growth.map(({ engine }) => engine)).size > 1;
  return growth.map(({ engine, model, from, [what]: slope }) => ({
    model,
    series: engine,
    points: results.rows
      .filter((row) => row.engine === engine && row.model === model && row.n >= from)
      .map((row) => ({ x: row.n, y: value(row) }))
      .sort((a, b) => a.x - b.x),
    slope,
    label: several ? `${engine}: slope` : 'slope',
  }));
}
