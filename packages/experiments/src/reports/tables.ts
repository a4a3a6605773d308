import type { Results } from '../types.js';
import { attentionColumns } from './attention-columns.js';
import { paperSource, sameDataset } from './charts/paper-series.js';
import { listing, meanStd, NONE, pText, signed } from './format.js';
import { bestCells, type CellSummary, metricOf, type Summary } from './summary.js';
import { cohortTitle, lastEpochsText, runsPerSetting } from './wording.js';

export interface TableColumn {
  /** Stands above neighbouring columns of the same group in a page. */
  readonly group: string;
  readonly label: string;
  /** The label where columns stand without groups; default `label`. */
  readonly alone?: string;
  /** Text columns stand left. */
  readonly text?: boolean;
}

export interface TableCell {
  readonly text: string;
  /** What sorting goes by; null last. */
  readonly sort: number | string | null;
  /** The best of its column. */
  readonly best?: boolean;
}

export interface ReportTable {
  readonly title: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly { readonly reference: boolean; readonly cells: readonly TableCell[] }[];
  readonly notes: readonly string[];
}

/** The scores of every setting beside the paper's own. */
export function scoreTable(summary: Summary): ReportTable {
  const { metrics, datasets, reference, results, experiment } = summary;
  const compared = reference !== null && summary.cells.length > 1;
  const paper = datasets.flatMap((dataset) =>
    metrics
      .filter((metric) => summary.cells.some((cell) => metricOf(cell, metric).paper[dataset]))
      .map((metric) => ({ dataset, metric })),
  );
  const bests = metrics.map((metric) => new Set(bestCells(summary, (cell) => metricOf(cell, metric).mean)));
  const notes = ['Bold: the highest mean, without regard to noise.'];
  if (summary.cells.some((cell) => cell.finished.length < runsPerSetting(results))) {
    notes.push('Runs: finished of planned; what diverged or is missing is in no mean.');
  }
  if (compared) {
    notes.push(
      `Δ: mean paired difference to ${reference.label}, in brackets the p of the paired t-test, Holm-adjusted over the settings (no p where all pairs differ by the same).`,
    );
  }
  if (paper.length > 0) {
    notes.push(
      `The paper's columns are its printed numbers, on ${listing([...datasets])}, not measured by this suite${datasets.every((dataset) => sameDataset(summary, dataset)) ? '' : ' and not on this cohort: compare order, not height'}.`,
    );
  }
  return {
    title: `${experiment.title}: ${cohortTitle(results.cohort)}`,
    columns: [
      { group: '', label: experiment.factor.label, text: true },
      { group: '', label: 'runs' },
      ...metrics.flatMap((metric) => [
        { group: 'here', label: metric.label },
        ...(compared ? [{ group: 'here', label: 'Δ (p)', alone: `Δ ${metric.label} (p)` }] : []),
      ]),
      ...paper.map(({ dataset, metric }) => ({
        group: `paper, ${paperSource(summary, dataset)}`,
        label: metric.label,
        alone: `${metric.label} (paper, ${paperSource(summary, dataset)})`,
      })),
    ],
    rows: summary.cells.map((cell, row) => ({
      reference: cell.reference,
      cells: [
        { text: cell.reference ? `${cell.label} (reference)` : cell.label, sort: row },
        runsCell(cell, runsPerSetting(results)),
        ...metrics.flatMap((metric, m) => {
          const own = metricOf(cell, metric);
          const value = { text: meanStd(own), sort: own.mean, best: bests[m]!.has(cell) };
          return compared ? [value, differenceCell(cell, m)] : [value];
        }),
        ...paper.map(({ dataset, metric }) => {
          const value = metricOf(cell, metric).paper[dataset];
          return { text: meanStd(value), sort: value?.mean ?? null };
        }),
      ],
    })),
    notes,
  };
}

/**
 * What the same runs give at their last epoch, where another one was selected, and what their attention does. Null where
 * there is neither.
 */
export function detailTable(summary: Summary): ReportTable | null {
  const { results, experiment } = summary;
  const metrics = results.train.select === 'best' ? summary.metrics : [];
  const attention = attentionColumns(summary.cells.map((cell) => cell.attention));
  if (metrics.length === 0 && attention.length === 0) return null;
  return {
    title: `${detailHeading(results)}: ${cohortTitle(results.cohort)}`,
    columns: [
      { group: '', label: experiment.factor.label, text: true },
      ...metrics.map((metric) => ({ group: 'last epoch', label: metric.label, alone: `${metric.label} (last epoch)` })),
      ...attention.map(({ label }) => ({ group: 'attention', label })),
    ],
    rows: summary.cells.map((cell, row) => ({
      reference: cell.reference,
      cells: [
        { text: cell.label, sort: row },
        ...metrics.map((metric) => {
          const { last } = metricOf(cell, metric);
          return { text: meanStd(last), sort: last.mean };
        }),
        ...attention.map(({ field, text }) => ({
          text: text(cell.attention?.[field]),
          sort: cell.attention?.[field] ?? null,
        })),
      ],
    })),
    notes:
      attention.length > 0
        ? [
            `Means over ${lastEpochsText(results)} and the test bags: ${attention.map(({ meaning }) => meaning).join('; ')}.`,
          ]
        : [],
  };
}

/** Over the detail table. */
export function detailHeading(results: Results): string {
  return results.train.select === 'best' ? 'Last epoch and attention' : 'Attention';
}

function runsCell(cell: CellSummary, planned: number): TableCell {
  const n = cell.finished.length;
  return { text: n < planned ? `${n} of ${planned}` : String(n), sort: n };
}

function differenceCell(cell: CellSummary, m: number): TableCell {
  const comparison = cell.metrics[m]?.comparison ?? null;
  if (!comparison || comparison.mean === null) return { text: NONE, sort: null };
  const noSpread = comparison.n > 1 && comparison.p === null;
  const p = noSpread && comparison.mean === 0 ? 'all equal' : pText(comparison.pHolm);
  return { text: `${signed(comparison.mean)} (${p})`, sort: comparison.mean };
}
