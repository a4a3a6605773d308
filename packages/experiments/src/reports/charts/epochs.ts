import { mean, sampleStd } from '../../stats/index.js';
import type { EpochScores, ResultEpoch, ResultRun } from '../../types.js';
import { rounded } from '../format.js';

/** Mean over the runs of one setting at one epoch, with one standard deviation to each side. */
export interface EpochPoint {
  readonly epoch: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Aggregates one number of every epoch record over runs; epochs at which no run has the number are left out. A history
 * longer than `most` is thinned: charts aggregate, `results.json` has every epoch. Means have `digits` significant digits.
 */
export function overEpochs(
  runs: readonly ResultRun[],
  read: (record: ResultEpoch) => number | null,
  most = 40,
  digits = 3,
): EpochPoint[] {
  const length = Math.max(0, ...runs.map((run) => run.result.epochs.length));
  return shownEpochs(length, most).flatMap((epoch) => {
    const values = runs.flatMap((run) => {
      const record = run.result.epochs[epoch - 1];
      return record ? (read(record) ?? []) : [];
    });
    const centre = mean(values);
    if (centre === null) return [];
    const std = sampleStd(values) ?? 0;
    return [
      {
        epoch,
        mean: rounded(centre, digits),
        low: rounded(centre - std, 3),
        high: rounded(centre + std, 3),
      },
    ];
  });
}

/** Reads one score of the validation or test bags. */
export function scoreReader(set: 'val' | 'test', score: keyof EpochScores): (record: ResultEpoch) => number | null {
  return (record) => record[set]?.[score] ?? null;
}

/** Every epoch, or every k-th with the first and the last. */
function shownEpochs(length: number, most: number): number[] {
  const step = Math.ceil(length / most);
  const all = Array.from({ length }, (_, i) => i + 1);
  return all.filter((epoch) => epoch === 1 || epoch === length || epoch % step === 0);
}
