import type { TopLevelSpec } from 'vega-lite';
import { listing, rounded } from '../format.js';
import type { Metric } from '../metrics.js';
import { metricOf, type Summary } from '../summary.js';
import { epochText, isSingle, overText } from '../wording.js';
import { type ChartRow, inlineRows } from './inline-rows.js';
import { type Chart, chartTitle, frame, GREY, LEGEND_ABOVE, orderedScales, WIDTH } from './theme.js';

const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross'];

/**
 * Scores over a quantitative factor, a line for each value of a second one: mean and one standard deviation over runs, one
 * panel a metric, the span in which the paper has its best scores in grey. Null without a second factor.
 */
export function seriesCurves(summary: Summary): Chart | null {
  const { experiment, results, cells } = summary;
  const { series, factor, paper } = experiment;
  if (!series) return null;
  const metrics = summary.metrics.filter((metric) => cells.some((cell) => metricOf(cell, metric).n > 0));
  if (metrics.length === 0) return null;
  const names = [...new Set(cells.map((cell) => String(cell.factors[series.name])))];
  const title = chartTitle(
    `${listing(metrics.map((metric) => metric.label))} by ${factor.label} and ${series.label}`,
    results,
  );
  const alt = `${title}. One line for each of ${listing(names)}.`;
  const many = !isSingle(results);
  const spread = many
    ? `mean ± sample standard deviation over ${overText(results)}`
    : 'one run a point, so there is no spread';
  return {
    id: 'scores',
    title,
    alt,
    caption: `Test scores ${epochText(results)}, ${spread}.${paper.claim?.best ? ' Grey: where the paper has its best scores. It prints no values.' : ''}`,
    spec: {
      ...frame(results, title, alt),
      vconcat: metrics.map((metric) => panel(summary, metric, names)),
      resolve: { scale: { color: 'shared', shape: 'shared', strokeDash: 'shared' } },
    } as TopLevelSpec,
  };
}

function rows(summary: Summary, metric: Metric, series: string): ChartRow[] {
  const { factor } = summary.experiment;
  return summary.cells.flatMap((cell) => {
    const { mean, std, n } = metricOf(cell, metric);
    if (mean === null) return [];
    const at = { x: Number(cell.factors[factor.name]), series: String(cell.factors[series]), setting: cell.label };
    return [{ ...at, value: rounded(mean), low: rounded(mean - (std ?? 0)), high: rounded(mean + (std ?? 0)), n, std }];
  });
}

function panel(summary: Summary, metric: Metric, names: readonly string[]) {
  const { factor, series, paper } = summary.experiment;
  const values = rows(summary, metric, series!.name);
  const scales = orderedScales(names);
  const legend = { ...LEGEND_ABOVE, title: series!.label };
  const best = paper.claim?.best;
  const x = { field: 'x', type: 'quantitative', title: factor.label, scale: { zero: false, nice: false, padding: 12 } };
  const y = { field: 'value', type: 'quantitative', title: metric.label, scale: { zero: false } };
  return {
    width: WIDTH,
    height: 220,
    layer: [
      ...(best
        ? [
            {
              data: { values: [{ from: best.from, to: best.to }] },
              mark: { type: 'rect', color: GREY, opacity: 0.14, aria: false },
              encoding: { x: { field: 'from', type: 'quantitative', title: factor.label }, x2: { field: 'to' } },
            },
          ]
        : []),
      {
        data: inlineRows(values),
        encoding: {
          x,
          color: { field: 'series', type: 'nominal', scale: scales.colour, legend },
        },
        layer: [
          {
            mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.6, aria: false },
            encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
          },
          {
            mark: { type: 'line', strokeWidth: 1.6, aria: false },
            encoding: { y, strokeDash: { field: 'series', type: 'nominal', scale: scales.dash, legend } },
          },
          {
            mark: { type: 'point', filled: true, size: 62, opacity: 1 },
            encoding: {
              y,
              shape: { field: 'series', type: 'nominal', scale: { domain: [...names], range: SHAPES }, legend },
              tooltip: [
                { field: 'setting' },
                { field: 'value', title: `mean ${metric.label}`, format: '.3f' },
                { field: 'std', title: 'standard deviation', format: '.3f' },
                { field: 'n', title: 'runs' },
              ],
            },
          },
        ],
      },
    ],
  };
}
