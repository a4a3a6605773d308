import type { TopLevelSpec } from 'vega-lite';
import { count, listing, rounded } from '../format.js';
import type { Metric } from '../metrics.js';
import { metricOf, type Summary } from '../summary.js';
import { epochText, isSingle, onlySplit, overText } from '../wording.js';
import { type ChartRow, inlineRows } from './inline-rows.js';
import { paperLabel, paperSeries, sameDataset } from './paper-series.js';
import {
  type Chart,
  chartTitle,
  frame,
  LEGEND_ABOVE,
  OURS,
  PAPER_COLOURS,
  PAPER_SHAPES,
  settingAxis,
  WIDTH,
} from './theme.js';

const HERE = 'this report';

/**
 * Scores by setting: mean ± std with every run as a faint point beside it, and the paper's values next to them.
 * One panel a metric. An ordinal factor has equal steps; a quantitative one its own scale.
 */
export function errorBars(summary: Summary): Chart | null {
  const { results, experiment, cells } = summary;
  const metrics = summary.metrics.filter((metric) => cells.some((cell) => metricOf(cell, metric).n > 0));
  if (metrics.length === 0) return null;
  const datasets = paperSeries(summary);
  const title = chartTitle(`${listing(metrics.map((metric) => metric.label))} by ${experiment.factor.label}`, results);
  const alt =
    `${title}. ${isSingle(results) ? 'One run' : 'Mean and standard deviation'} of ${count(cells.length, 'setting')}` +
    `${datasets.length > 0 ? `, beside the paper's values for ${listing([...datasets])}` : ''}.`;
  return {
    id: 'scores',
    title,
    alt,
    caption: `${measured(summary)} ${paperCaption(summary, datasets)}`,
    spec: {
      ...frame(results, title, alt),
      vconcat: metrics.map((metric) => panel(summary, metric)),
      resolve: { scale: { color: 'shared', shape: 'shared' } },
    } as TopLevelSpec,
  };
}

function measured(summary: Summary): string {
  const at = epochText(summary.results);
  if (isSingle(summary.results)) return `Test scores ${at}, one run a setting.`;
  return `Test scores ${at}: mean ± sample standard deviation over ${overText(summary.results)}, each run as a faint point.`;
}

function paperCaption(summary: Summary, datasets: readonly string[]): string {
  if (datasets.length === 0) return 'The paper prints no values for these settings.';
  const others = datasets.filter((dataset) => !sameDataset(summary, dataset));
  if (others.length === 0) return "The paper's values come from the same data set, with its own splits and seeds.";
  const what = others.length === 1 ? `another cohort (${others[0]})` : `other cohorts (${listing(others)})`;
  return `The paper's values come from ${what}: compare the order of the settings, not the heights.`;
}

interface Row extends ChartRow {
  readonly setting: string;
  readonly x?: number;
  readonly series: string;
  /** Place beside the others of a setting: runs stand left of their own mean. */
  readonly slot: string;
  readonly kind: 'mean' | 'run';
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly std?: number | null;
  readonly n?: number;
  readonly split?: string;
  readonly seed?: number;
}

function rows(summary: Summary, metric: Metric): Row[] {
  const span = factorSpan(summary);
  const datasets = paperSeries(summary);
  return summary.cells.flatMap((cell) => {
    const found = metricOf(cell, metric);
    const at = (slot: number) => {
      const factor = Number(cell.factors[summary.experiment.factor.name]);
      return span === null ? {} : { x: rounded(factor + (slot - datasets.length / 2) * span * 0.012) };
    };
    const runs = found.values.map(
      (run): Row => ({
        setting: cell.label,
        ...at(0),
        series: HERE,
        slot: 'runs',
        kind: 'run',
        value: rounded(run.value),
        split: onlySplit(summary) ? undefined : run.split,
        seed: run.seed,
      }),
    );
    const own =
      found.mean === null ? [] : [meanRow(cell.label, HERE, { mean: found.mean, std: found.std }, at(1), found.n)];
    const paper = datasets.flatMap((dataset, i) => {
      const value = found.paper[dataset];
      return value ? [meanRow(cell.label, paperLabel(summary, dataset), value, at(2 + i))] : [];
    });
    return [...runs, ...own, ...paper];
  });
}

function meanRow(
  setting: string,
  series: string,
  value: { mean: number; std: number | null },
  at: { x?: number },
  n?: number,
): Row {
  const std = value.std ?? 0;
  return {
    setting,
    ...at,
    series,
    slot: series,
    kind: 'mean',
    value: rounded(value.mean),
    low: rounded(value.mean - std),
    high: rounded(value.mean + std),
    std: value.std === null ? null : rounded(value.std),
    ...(n === undefined ? {} : { n }),
  };
}

function panel(summary: Summary, metric: Metric) {
  const { experiment } = summary;
  const labels = summary.cells.map((cell) => cell.label);
  const series = [HERE, ...paperSeries(summary).map((dataset) => paperLabel(summary, dataset))];
  const quantitative = factorSpan(summary) !== null;
  const colour = {
    field: 'series',
    type: 'nominal' as const,
    scale: { domain: series, range: [OURS, ...PAPER_COLOURS].slice(0, series.length) },
    legend: LEGEND_ABOVE,
  };
  const x = quantitative
    ? { x: { field: 'x', type: 'quantitative' as const, title: experiment.factor.label, scale: { zero: false } } }
    : {
        x: {
          field: 'setting',
          type: 'ordinal' as const,
          sort: labels,
          scale: { paddingInner: 0.25 },
          axis: settingAxis(labels, experiment.factor.label),
        },
        xOffset: { field: 'slot', type: 'nominal' as const, scale: { domain: ['runs', ...series] } },
      };
  const y = { field: 'value', type: 'quantitative' as const, title: metric.label, scale: { zero: false, nice: true } };
  const means = { filter: "datum.kind === 'mean'" };
  return {
    width: WIDTH,
    height: 230,
    data: inlineRows(rows(summary, metric)),
    encoding: { ...x, color: colour },
    layer: [
      {
        transform: [{ filter: "datum.kind === 'run'" }],
        mark: { type: 'circle' as const, size: 26, opacity: 0.45, aria: false },
        encoding: {
          y,
          tooltip: [
            { field: 'setting', title: experiment.factor.label },
            { field: 'value', title: metric.label, format: '.3f' },
            { field: 'seed', title: 'seed' },
            ...(onlySplit(summary) ? [] : [{ field: 'split', title: 'split' }]),
          ],
        },
      },
      {
        transform: [means],
        mark: { type: 'rule' as const, strokeWidth: 2, aria: false },
        encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      {
        transform: [means],
        mark: { type: 'point' as const, filled: true, size: 85, opacity: 1 },
        encoding: {
          y,
          shape: {
            field: 'series',
            type: 'nominal' as const,
            scale: { domain: series, range: ['circle', ...PAPER_SHAPES].slice(0, series.length) },
            legend: LEGEND_ABOVE,
          },
          tooltip: [
            { field: 'series', title: 'from' },
            { field: 'setting', title: experiment.factor.label },
            { field: 'value', title: `mean ${metric.label}`, format: '.3f' },
            { field: 'std', title: 'std', format: '.3f' },
            { field: 'n', title: 'runs' },
          ],
        },
      },
    ],
  };
}

/** Range of a quantitative factor; null where the settings stand side by side. */
function factorSpan(summary: Summary): number | null {
  const { factor } = summary.experiment;
  if (factor.kind !== 'quantitative') return null;
  const values = summary.cells.map((cell) => Number(cell.factors[factor.name]));
  const span = Math.max(...values) - Math.min(...values);
  return Number.isFinite(span) && span > 0 ? span : null;
}
