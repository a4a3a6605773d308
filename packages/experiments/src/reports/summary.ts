import {
  comparePaired,
  holm,
  mean,
  type PairedComparison,
  populationStd,
  type RunValue,
  sampleStd,
} from '../stats/index.js';
import type { Experiment, PaperValue, ResultRun, Results } from '../types.js';
import { type AttentionCell, attentionOf } from './attention.js';
import { type Metric, paperMetric, reportedMetrics } from './metrics.js';

/** Differences with an adjusted p below this are called beyond noise. */
export const ALPHA = 0.05;

export interface MeanStd {
  readonly n: number;
  readonly mean: number | null;
  readonly std: number | null;
}

/** A setting against its baseline or the reference; `pHolm` is adjusted over the settings of the experiment, for one metric. */
export interface Comparison extends PairedComparison {
  readonly pHolm: number | null;
}

export interface MetricSummary extends MeanStd {
  readonly metric: Metric;
  /** Every finished run, at the selected epoch. */
  readonly values: readonly RunValue[];
  /** The same runs at their last epoch. */
  readonly last: MeanStd;
  /** With cross-validation of several runs: the mean of the runs' means, and their sample standard deviation. */
  readonly ofRuns: MeanStd | null;
  /** Null for the reference itself and where there is nothing to compare with. */
  readonly comparison: Comparison | null;
  /** The paper's number by data set; data sets without one are absent. */
  readonly paper: Readonly<Record<string, PaperValue>>;
}

/** One row of the table. */
export interface CellSummary {
  readonly key: string;
  readonly label: string;
  readonly reference: boolean;
  readonly factors: Readonly<Record<string, string | number>>;
  readonly finished: readonly ResultRun[];
  readonly diverged: readonly ResultRun[];
  readonly metrics: readonly MetricSummary[];
  /** With cross-validation: accuracy at the epoch that is best on the test fold. */
  readonly bestOnTest: MeanStd | null;
  readonly attention: AttentionCell | null;
}

/** Everything the tables, charts and sentences of one report are made from. */
export interface Summary {
  readonly experiment: Experiment;
  readonly results: Results;
  readonly metrics: readonly Metric[];
  readonly cells: readonly CellSummary[];
  readonly reference: CellSummary | null;
  /** The paper's data sets in the order of its rows. */
  readonly datasets: readonly string[];
}

/**
 * Aggregates the runs of one experiment. A diverged run has no score: it is counted and listed, never averaged, even
 * if it had reached an evaluation before.
 */
export function summarise(experiment: Experiment, results: Results): Summary {
  const metrics = reportedMetrics(experiment);
  const folds = results.crossValidation !== undefined;
  const describe = folds ? foldMeanStd : meanStdOf;
  const referenceKey = results.cells.find((cell) => cell.reference)?.key ?? null;
  const baselineOf = ({ key, baseline }: Results['cells'][number]): string | null =>
    key === referenceKey ? null : (baseline ?? referenceKey);
  const runsOf = (key: string): ResultRun[] => results.runs.filter((run) => run.cell === key);
  const finishedOf = (key: string): ResultRun[] => runsOf(key).filter((run) => run.result.status === 'finished');

  const adjusted = metrics.map((metric) => {
    const comparisons = results.cells.map((cell) => {
      const baseline = baselineOf(cell);
      if (baseline === null) return null;
      return comparePaired(valuesOf(finishedOf(cell.key), metric), valuesOf(finishedOf(baseline), metric));
    });
    const p = holm(comparisons.map((comparison) => comparison?.p ?? null));
    return comparisons.map((comparison, i) => comparison && { ...comparison, pHolm: p[i] ?? null });
  });

  const cells = results.cells.map((cell, i): CellSummary => {
    const finished = finishedOf(cell.key);
    const rows = experiment.paper.rows.filter((row) => row.cell === cell.key);
    return {
      key: cell.key,
      label: cell.label,
      reference: cell.key === referenceKey,
      factors: cell.factors,
      finished,
      diverged: runsOf(cell.key).filter((run) => run.result.status === 'diverged'),
      metrics: metrics.map((metric, m) => ({
        metric,
        values: valuesOf(finished, metric),
        ...describe(valuesOf(finished, metric).map((run) => run.value)),
        ofRuns: folds ? ofRuns(valuesOf(finished, metric)) : null,
        last: describe(finished.flatMap((run) => metric.read(run, 'last') ?? [])),
        comparison: adjusted[m]![i] ?? null,
        paper: Object.fromEntries(
          rows.flatMap((row) => {
            const value = paperMetric(row, metric);
            return value ? [[row.dataset, value]] : [];
          }),
        ),
      })),
      bestOnTest: folds ? foldMeanStd(finished.flatMap((run) => run.result.bestOnTest?.accuracy ?? [])) : null,
      attention: attentionOf(finished),
    };
  });

  return {
    experiment,
    results,
    metrics,
    cells,
    reference: cells.find((cell) => cell.reference) ?? null,
    datasets: [...new Set(experiment.paper.rows.map((row) => row.dataset))],
  };
}

export function metricOf(cell: CellSummary, metric: Metric): MetricSummary {
  return cell.metrics.find((candidate) => candidate.metric.id === metric.id)!;
}

/** The cell with the largest mean (the first of equals); null if none has one. */
export function bestCell(summary: Summary, read: (cell: CellSummary) => number | null | undefined): CellSummary | null {
  let best: CellSummary | null = null;
  let highest = Number.NEGATIVE_INFINITY;
  for (const cell of summary.cells) {
    const value = read(cell);
    if (value === null || value === undefined || value <= highest) continue;
    highest = value;
    best = cell;
  }
  return best;
}

/** Scores that print alike are alike: differences below this are no order. */
export const TIE = 0.0005;

/** All cells whose mean prints like the largest one. */
export function bestCells(summary: Summary, read: (cell: CellSummary) => number | null | undefined): CellSummary[] {
  const best = bestCell(summary, read);
  if (!best) return [];
  const highest = read(best)!;
  return summary.cells.filter((cell) => highest - (read(cell) ?? Number.NEGATIVE_INFINITY) < TIE);
}

/** Settings whose difference to the reference is beyond noise in this metric. */
export function beyondNoise(summary: Summary, metric: Metric): CellSummary[] {
  return summary.cells.filter((cell) => (metricOf(cell, metric).comparison?.pHolm ?? 1) < ALPHA);
}

export function meanStdOf(values: readonly number[]): MeanStd {
  return { n: values.length, mean: mean(values), std: sampleStd(values) };
}

/** The same over the folds of cross-validation: the spread is the population's. */
export function foldMeanStd(values: readonly number[]): MeanStd {
  return { n: values.length, mean: mean(values), std: populationStd(values) };
}

/** Null with fewer than two runs. */
function ofRuns(values: readonly RunValue[]): MeanStd | null {
  const runs = [...new Set(values.map(({ seed }) => seed))];
  if (runs.length < 2) return null;
  return meanStdOf(runs.map((run) => mean(values.filter(({ seed }) => seed === run).map(({ value }) => value))!));
}

function valuesOf(runs: readonly ResultRun[], metric: Metric): RunValue[] {
  return runs.flatMap((run) => {
    const value = metric.read(run, 'selected');
    return value === null ? [] : [{ split: run.split, seed: run.seed, value }];
  });
}
