import type { Scores } from '@asmil/core';
import type { PaperRow, PaperValue } from '../types.js';

/** A score that a report compares; larger is better for all of them. */
export interface Metric {
  readonly id: 'macroF1' | 'macroAuc' | 'accuracy';
  readonly label: string;
  /** How `PaperRow.values` may name it. */
  readonly paperKeys: readonly string[];
}

export const METRICS: readonly Metric[] = [
  { id: 'accuracy', label: 'accuracy', paperKeys: ['accuracy', 'Accuracy', 'ACC'] },
  { id: 'macroF1', label: 'macro F1', paperKeys: ['F1', 'macroF1', 'f1'] },
  { id: 'macroAuc', label: 'macro AUC', paperKeys: ['AUC', 'macroAuc', 'auc'] },
];

/** The metrics that are asked for; else macro F1 and macro AUC, with accuracy in front where the paper reports accuracy. */
export function reportedMetrics(rows: readonly PaperRow[], asked?: readonly Metric['id'][]): readonly Metric[] {
  if (asked) return asked.map((id) => METRICS.find((metric) => metric.id === id)!);
  const hasAccuracy = rows.some((row) => paperMetric(row, METRICS[0]!) !== null);
  return METRICS.filter((metric) => metric.id !== 'accuracy' || hasAccuracy);
}

export function paperMetric(row: PaperRow, metric: Metric): PaperValue | null {
  for (const key of metric.paperKeys) {
    const value = row.values[key];
    if (value) return value;
  }
  return null;
}

/** How file names call a metric. */
export const metricSlug = ({ id }: Metric): string => ({ macroF1: 'f1', macroAuc: 'auc', accuracy: 'accuracy' })[id];

export function scoreOf(scores: Scores | null, metric: Metric): number | null {
  return scores ? scores[metric.id] : null;
}
