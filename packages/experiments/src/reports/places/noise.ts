import { mean } from '../../stats/index.js';
import type { Metric } from '../metrics.js';
import { type CellSummary, metricOf } from '../summary.js';
import type { PlaceSummary } from './summary.js';

/** How far chance alone moves accuracies in one place: each bag is decided rightly with the same probability. */
export interface BinomialNoise {
  /** Mean accuracy of the methods. */
  readonly accuracy: number;
  /** Bags that a run tests, all folds together, and those of its smallest and largest fold. */
  readonly bags: number;
  readonly least: number;
  readonly most: number;
  /** √(p (1 − p) / n) of a fold, and of a run. */
  readonly ofFold: number;
  readonly ofRun: number;
  /** Mean over the methods of the standard deviation over folds that they have. */
  readonly measured: number | null;
}

/** Null where nothing was tested. */
export function noiseIn({ summary: { cells } }: PlaceSummary, accuracy: Metric): BinomialNoise | null {
  const sizes = foldSizes(cells);
  const p = mean(cells.flatMap((cell) => metricOf(cell, accuracy).mean ?? []));
  if (sizes.length === 0 || p === null) return null;
  const bags = sizes.reduce((sum, n) => sum + n, 0);
  return {
    accuracy: p,
    bags,
    least: Math.min(...sizes),
    most: Math.max(...sizes),
    ofFold: binomialStd(p, bags / sizes.length),
    ofRun: binomialStd(p, bags),
    measured: mean(cells.flatMap((cell) => metricOf(cell, accuracy).std ?? [])),
  };
}

/** Standard deviation of a share of n that are right with probability p each. */
export const binomialStd = (p: number, n: number): number => Math.sqrt((p * (1 - p)) / n);

/** Test bags of each fold of the first run, by the setting that has most of them. */
function foldSizes(cells: readonly CellSummary[]): number[] {
  const each = cells.map(({ finished }) =>
    finished.filter(({ seed }) => seed === finished[0]!.seed).flatMap(({ result }) => result.selected?.n ?? []),
  );
  return each.reduce((longest, sizes) => (sizes.length > longest.length ? sizes : longest), []);
}
