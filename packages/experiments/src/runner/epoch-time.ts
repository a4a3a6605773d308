import { median } from '../stats/index.js';
import type { StoredRun } from '../store/store.js';
import type { PlannedRun } from './plan.js';

/** Median wall seconds of an epoch by cell, over the runs whose times are known. */
export function epochSeconds(
  runs: readonly Pick<PlannedRun, 'cell' | 'signature'>[],
  stored: ReadonlyMap<string, Pick<StoredRun, 'timing' | 'record'>>,
): Record<string, number> {
  const times = new Map<string, number[]>();
  for (const { cell, signature } of runs) {
    const run = stored.get(signature);
    const epochs = run?.record.result.epochs.length ?? 0;
    if (!run?.timing || epochs === 0) continue;
    times.set(cell.key, [...(times.get(cell.key) ?? []), run.timing.wallSeconds / epochs]);
  }
  return Object.fromEntries([...times].map(([key, values]) => [key, median(values)]));
}
