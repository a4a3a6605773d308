import type { EpochRecord, Scores } from '@asmil/core';
import { mean, sampleStd } from '../../stats/index.js';
import type { ResultRun } from '../../types.js';
import { rounded } from '../format.js';

/** A longer history is thinned to about this many epochs: charts aggregate, `results.json` has them all. */
const MOST_EPOCHS = 60;

/** Mean over the runs of one setting at one epoch, with one standard deviation to each side. */
export interface EpochPoint {
  readonly epoch: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Aggregates one number of every epoch record over runs; epochs at which no run has the number are left out. */
export function overEpochs(runs: readonly ResultRun[], read: (record: EpochRecord) => number | null): EpochPoint[] {
  const length = Math.max(0, ...runs.map((run) => run.result.epochs.length));
  return shownEpochs(length).flatMap((epoch) => {
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
        mean: rounded(centre, 4),
        low: rounded(centre - std, 4),
        high: rounded(centre + std, 4),
        n: values.length,
      },
    ];
  });
}

/** Reads one score of the validation or test bags. */
export function scoreReader(set: 'val' | 'test', score: keyof Scores): (record: EpochRecord) => number | null {
  return (record) => record[set]?.[score] ?? null;
}

/** Every epoch, or every k-th with the first and the last. */
function shownEpochs(length: number): number[] {
  const step = Math.ceil(length / MOST_EPOCHS);
  const all = Array.from({ length }, (_, i) => i + 1);
  return all.filter((epoch) => epoch === 1 || epoch === length || epoch % step === 0);
}
