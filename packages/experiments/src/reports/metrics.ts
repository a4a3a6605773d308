import type { Experiment, MetricId, PaperRow, PaperValue, ResultRun } from '../types.js';

/** The evaluations of a run that have scores. */
export type Evaluation = 'selected' | 'last';

/** A score that a report compares; larger is better for all of them. */
export interface Metric {
  readonly id: MetricId;
  readonly label: string;
  /** How `PaperRow.values` may name it. */
  readonly paperKeys: readonly string[];
  /** Where no run has one: it is undefined where … */
  readonly undefinedWhere: string;
  read(run: ResultRun, at: Evaluation): number | null;
}

const ONE_CLASS = 'the test bags are of one class';

export const METRICS: readonly Metric[] = [
  {
    id: 'accuracy',
    label: 'accuracy',
    paperKeys: ['accuracy', 'Accuracy', 'ACC'],
    undefinedWhere: ONE_CLASS,
    read: ({ result }, at) => result[at]?.accuracy ?? null,
  },
  {
    id: 'macroF1',
    label: 'macro F1',
    paperKeys: ['F1', 'macroF1', 'f1'],
    undefinedWhere: ONE_CLASS,
    read: ({ result }, at) => result[at]?.macroF1 ?? null,
  },
  {
    id: 'macroAuc',
    label: 'macro AUC',
    paperKeys: ['AUC', 'macroAuc', 'auc'],
    undefinedWhere: ONE_CLASS,
    read: ({ result }, at) => result[at]?.macroAuc ?? null,
  },
];

/** What an experiment on localisation compares, by the defaults of points, scale and FROC. */
export const LOCALIZATION_METRICS: readonly Metric[] = [
  {
    id: 'dice',
    label: 'Dice',
    paperKeys: ['Dice'],
    undefinedWhere: 'no test slide has a lesion, or there are no maps',
    read: ({ localization }, at) => localization?.[at]?.attention.dice ?? null,
  },
  {
    id: 'specificity',
    label: 'specificity',
    paperKeys: ['specificity'],
    undefinedWhere: 'every test slide has a lesion, or there are no maps',
    read: ({ localization }, at) => localization?.[at]?.attention.specificity ?? null,
  },
  {
    id: 'froc',
    label: 'FROC',
    paperKeys: ['FROC'],
    undefinedWhere: 'there is no lesion to be found, or there are no maps',
    read: ({ localization }, at) => localization?.[at]?.attention.froc.nms.camelyon16_v1_interp ?? null,
  },
];

/**
 * The metrics that are asked for; else macro F1 and macro AUC, with accuracy in front where the paper reports accuracy; Dice,
 * specificity and FROC of an experiment on localisation.
 */
export function reportedMetrics({
  localization,
  metrics,
  paper,
}: Pick<Experiment, 'localization' | 'metrics' | 'paper'>): readonly Metric[] {
  if (localization) return LOCALIZATION_METRICS;
  if (metrics) return metrics.map((id) => METRICS.find((metric) => metric.id === id)!);
  const hasAccuracy = paper.rows.some((row) => paperMetric(row, METRICS[0]!) !== null);
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
export const metricSlug = ({ id }: Metric): string => (id === 'macroF1' ? 'f1' : id === 'macroAuc' ? 'auc' : id);
