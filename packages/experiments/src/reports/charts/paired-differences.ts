import type { TopLevelSpec } from 'vega-lite';
import { listing, rounded } from '../format.js';
import type { Metric } from '../metrics.js';
import { metricOf, type Summary } from '../summary.js';
import { isSingle, onlySplit, overText, settingName } from '../wording.js';
import { type ChartRow, inlineRows } from './inline-rows.js';
import { paperLabel, paperSeries } from './paper-series.js';
import {
  type Chart,
  chartTitle,
  frame,
  GREY,
  LEGEND_ABOVE,
  OURS,
  PAPER_COLOURS,
  PAPER_SHAPES,
  WIDTH,
} from './theme.js';

const HERE = 'this report';

/**
 * Differences to the reference setting, pair by pair (same split and seed), with mean and 95 % confidence interval, and
 * the difference of the paper's means as marks of another shape. Null without a reference or without pairs.
 */
export function pairedDifferences(summary: Summary): Chart | null {
  const { results, reference } = summary;
  if (!reference) return null;
  const others = summary.cells.filter((cell) => !cell.reference);
  const datasets = paperSeries(summary);
  const series = [HERE, ...datasets.map((dataset) => paperLabel(summary, dataset))];
  const metrics = summary.metrics.filter((_, m) => others.some((cell) => (cell.metrics[m]?.comparison?.n ?? 0) > 0));
  if (metrics.length === 0) return null;
  const title = chartTitle(
    `Difference to ${settingName(summary, reference)} in ${listing(metrics.map((metric) => metric.label))}`,
    results,
  );
  const alt = `${title}. Paired differences of every other setting, with mean and 95 % confidence interval where there are several.`;

  const panels = metrics.map((metric) => {
    const base = metricOf(reference, metric);
    const pairs = others.flatMap((cell) =>
      (metricOf(cell, metric).comparison?.pairs ?? []).map((pair) => ({
        kind: 'pair',
        setting: cell.label,
        series: HERE,
        slot: 'pairs',
        value: rounded(pair.difference),
        seed: pair.seed,
        split: onlySplit(summary) ? undefined : pair.split,
      })),
    );
    const means = others.flatMap((cell) => {
      const { comparison } = metricOf(cell, metric);
      if (comparison?.mean == null) return [];
      return [
        {
          kind: 'mean',
          setting: cell.label,
          series: HERE,
          slot: HERE,
          value: rounded(comparison.mean),
          ...(comparison.ci95 && { low: rounded(comparison.ci95[0]), high: rounded(comparison.ci95[1]) }),
          p: comparison.pHolm === null ? null : rounded(comparison.pHolm, 3),
          n: comparison.n,
        },
      ];
    });
    const paper = others.flatMap((cell) =>
      datasets.flatMap((dataset) => {
        const [value, other] = [metricOf(cell, metric).paper[dataset], base.paper[dataset]];
        if (!value || !other) return [];
        const name = paperLabel(summary, dataset);
        return [
          { kind: 'mean', setting: cell.label, series: name, slot: name, value: rounded(value.mean - other.mean) },
        ];
      }),
    );
    return panel(summary, metric, [...pairs, ...means, ...paper], series);
  });
  return {
    id: 'differences',
    title,
    alt,
    caption:
      pairsText(summary, settingName(summary, reference)) +
      `${datasets.length > 0 ? " The paper's marks are differences of its printed means." : ''}`,
    spec: { ...frame(results, title, alt), vconcat: panels } as TopLevelSpec,
  };
}

function pairsText({ results }: Summary, reference: string): string {
  return isSingle(results)
    ? `One pair of runs a setting (same split and seed), setting minus ${reference}: without a second pair there is no interval, and nothing can be told from noise.`
    : `Each faint point is one pair of runs (same split and seed), setting minus ${reference}; the mark is the mean over ${overText(results)} with its 95 % confidence interval (Student's t). An interval that crosses the zero line is not beyond noise; one that just misses it may not be either, since the table adjusts p for the number of settings.`;
}

/** One metric: the zero line below, and above it pairs, intervals and means on shared axes. */
function panel(summary: Summary, metric: Metric, values: readonly ChartRow[], series: readonly string[]) {
  const { factor } = summary.experiment;
  const setting = { field: 'setting', title: factor.label };
  const x = {
    field: 'value',
    type: 'quantitative',
    title: `difference in ${metric.label}`,
    axis: { tickCount: 7, labelFlush: false },
  };
  const shared = {
    x,
    y: {
      field: 'setting',
      type: 'ordinal',
      sort: summary.cells.filter((cell) => !cell.reference).map((cell) => cell.label),
      title: factor.label,
      axis: { grid: true, tickBand: 'extent', labelLimit: 170 },
    },
    yOffset: { field: 'slot', type: 'nominal', scale: { domain: ['pairs', ...series], paddingOuter: 0.4 } },
    color: {
      field: 'series',
      type: 'nominal',
      scale: { domain: series, range: [OURS, ...PAPER_COLOURS].slice(0, series.length) },
      legend: LEGEND_ABOVE,
    },
  };
  const pairs = {
    transform: [{ filter: "datum.kind === 'pair'" }],
    mark: { type: 'circle', size: 26, opacity: 0.4, aria: false },
    encoding: {
      tooltip: [
        setting,
        { field: 'value', title: 'difference', format: '+.3f' },
        { field: 'seed' },
        ...(onlySplit(summary) ? [] : [{ field: 'split' }]),
      ],
    },
  };
  const intervals = {
    transform: [{ filter: "datum.kind === 'mean' && isValid(datum.low)" }],
    mark: { type: 'rule', strokeWidth: 2, aria: false },
    encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' } },
  };
  const means = {
    transform: [{ filter: "datum.kind === 'mean'" }],
    mark: { type: 'point', filled: true, size: 80, opacity: 1 },
    encoding: {
      shape: {
        field: 'series',
        type: 'nominal',
        scale: { domain: series, range: ['circle', ...PAPER_SHAPES].slice(0, series.length) },
        legend: LEGEND_ABOVE,
      },
      tooltip: [
        { field: 'series', title: 'from' },
        setting,
        { field: 'value', title: 'mean difference', format: '+.3f' },
        { field: 'low', title: '95 % from', format: '+.3f' },
        { field: 'high', title: '95 % to', format: '+.3f' },
        { field: 'p', title: 'p (Holm)' },
        { field: 'n', title: 'pairs' },
      ],
    },
  };
  const hasIntervals = values.some((row) => row.low !== undefined);
  return {
    width: WIDTH,
    height: { step: 26 + 9 * series.length, for: 'position' },
    data: inlineRows(values),
    layer: [
      {
        data: { values: [{}] },
        mark: { type: 'rule', color: GREY, strokeDash: [4, 3] },
        encoding: { x: { datum: 0, type: 'quantitative' } },
      },
      { encoding: shared, layer: hasIntervals ? [pairs, intervals, means] : [pairs, means] },
    ],
  };
}
