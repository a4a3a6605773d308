import type { TopLevelSpec } from 'vega-lite';
import { type ChartRow, inlineRows } from '../../charts/inline-rows.js';
import { type Chart, frameOf, OURS, PAPER_COLOURS } from '../../charts/theme.js';
import { rounded } from '../../format.js';
import { type Metric, metricSlug } from '../../metrics.js';
import { metricOf } from '../../summary.js';
import { isCrossValidated, type PlaceSummary, type PlacesSummary } from '../summary.js';
import { paperCaveat, paperMark, placesRunsText, placesTitle, spreadOf } from '../wording.js';
import { byCohort, columnsOf, OUR_MARK, PAPER_MARK, panelTitle, widthOf } from './panels.js';

/** Pixels that the names of the methods take, at least, and those of a letter. */
const LABELS = 72;
const LETTER = 6.1;

/** Longer names are cut. */
const MOST = 150;

/**
 * A ranked dot plot for each place: methods by their mean here, error bars of one standard deviation, runs as faint
 * points, the paper's values as hollow diamonds in the same rows. Null where nothing has this score.
 */
export function rankedDots(summary: PlacesSummary, metric: Metric): Chart | null {
  const places = byCohort(summary.places).filter(({ summary: { cells } }) =>
    cells.some((cell) => metricOf(cell, metric).mean !== null),
  );
  if (places.length === 0) return null;
  const several = places.some(({ summary: { cells } }) => cells.some((cell) => metricOf(cell, metric).n > 1));
  const longest = Math.max(...summary.cells.map(({ label }) => label.length));
  const labels = Math.min(MOST, Math.max(LABELS, Math.round(LETTER * longest)));
  const points = isCrossValidated(summary) ? 'folds' : 'runs';
  const title = `Methods ranked by ${metric.label}: ${placesTitle(summary)}`;
  const alt = `${title}. One panel for each cohort and encoder, the highest mean at the top, the paper's values beside ours.`;
  return {
    id: `ranked-${metricSlug(metric)}`,
    title,
    alt,
    caption: `Filled circles: test ${metric.label} measured here, ${spreadOf(summary)}${several ? `; faint points are ${points}, bars end at 1` : ''}. Each panel is sorted by its own means, the reference in bold. ${paperCaveat(summary, metric)}`,
    spec: {
      ...frameOf(`● here${paperMark(summary, metric)}; ${placesRunsText(summary)}`, title, alt),
      columns: columnsOf(places.length),
      spacing: 18,
      concat: places.map((place) => panel(place, metric, widthOf(places.length, labels))),
    } as TopLevelSpec,
  };
}

function panel(place: PlaceSummary, metric: Metric, width: number) {
  const { cells, datasets } = place.summary;
  const scored = cells
    .map((cell) => ({ cell, own: metricOf(cell, metric) }))
    .filter(({ own }) => own.mean !== null)
    .sort((a, b) => b.own.mean! - a.own.mean!);
  const rows = scored.flatMap(({ cell, own }): ChartRow[] => {
    const mean = own.mean!;
    const std = own.std ?? 0;
    const paper = datasets.map((dataset) => own.paper[dataset]).find((value) => value !== undefined);
    return [
      ...(own.n > 1 ? own.values : []).map((run) => ({ kind: 'run', method: cell.label, value: rounded(run.value) })),
      {
        kind: 'here',
        method: cell.label,
        value: rounded(mean),
        // A bar beyond 1 would widen the axis for nothing.
        ...(own.std === null
          ? {}
          : { low: rounded(mean - std), high: rounded(Math.min(1, mean + std)), std: rounded(std) }),
        n: own.n,
      },
      ...(paper ? [{ kind: 'paper', method: cell.label, value: paper.mean, std: paper.std }] : []),
    ];
  });
  const reference = cells.find((cell) => cell.reference)?.label;
  const y = {
    field: 'method',
    type: 'ordinal',
    sort: scored.map(({ cell }) => cell.label),
    title: null,
    axis: {
      grid: true,
      ticks: false,
      labelLimit: MOST,
      labelFontWeight: { condition: { test: `datum.value === '${reference}'`, value: 700 }, value: 400 },
    },
  };
  const x = {
    field: 'value',
    type: 'quantitative',
    title: metric.label,
    scale: { zero: false },
    axis: { tickCount: 5 },
  };
  const only = (kind: string) => [{ filter: `datum.kind === '${kind}'` }];
  const has = (kind: string): boolean => rows.some((row) => row.kind === kind);
  const tooltip = [
    { field: 'method', title: 'method' },
    { field: 'value', title: metric.label, format: '.3f' },
    { field: 'std', title: 'std', format: '.3f' },
  ];
  return {
    title: panelTitle(place.name),
    width,
    height: { step: 17 },
    data: inlineRows(rows),
    encoding: { y },
    layer: [
      // A layer without rows would leave the axis without an extent.
      ...(has('run')
        ? [
            {
              transform: only('run'),
              mark: { type: 'circle', size: 18, opacity: 0.45, color: OURS, aria: false },
              encoding: { x },
            },
            {
              transform: [{ filter: "datum.kind === 'here' && isValid(datum.low)" }],
              mark: { type: 'rule', strokeWidth: 2, color: OURS, aria: false },
              encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' } },
            },
          ]
        : []),
      ...(has('paper')
        ? [{ transform: only('paper'), mark: { ...PAPER_MARK, color: PAPER_COLOURS[0] }, encoding: { x, tooltip } }]
        : []),
      { transform: only('here'), mark: { ...OUR_MARK, color: OURS }, encoding: { x, tooltip } },
    ],
  };
}
