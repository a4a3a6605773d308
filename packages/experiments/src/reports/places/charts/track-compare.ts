import type { TopLevelSpec } from 'vega-lite';
import { type ChartRow, inlineRows } from '../../charts/inline-rows.js';
import { type Chart, frameOf, GREY, OURS, PAPER_COLOURS } from '../../charts/theme.js';
import { capital, rounded } from '../../format.js';
import { type Metric, metricSlug } from '../../metrics.js';
import { metricOf } from '../../summary.js';
import { cellIn, type PlacesSummary } from '../summary.js';
import { datasetOf, type TrackSummary, tracksOf } from '../tracks.js';
import { placesRunsText, placesTitle } from '../wording.js';
import { columnsOf, PAPER_MARK, panelTitle, widthOf } from './panels.js';

/** Size of the paper's diamonds: wide enough to stand around a mark that they lie on. */
const RING = 130;

/** Pixels that the names of the methods take. */
const LABELS = 72;

/** A mark a track, told apart without colours: hollow circle, filled circle, filled square. */
const MARKS = [
  { sign: '○', shape: 'circle', filled: false, colour: OURS },
  { sign: '●', shape: 'circle', filled: true, colour: OURS },
  { sign: '■', shape: 'square', filled: true, colour: PAPER_COLOURS[2] },
] as const;

/**
 * The tracks of an experiment side by side: a panel for each data set, a row for each method, a mark for each track, a line
 * from the first to the second, and the paper's value. The only chart that holds several tracks. Null with one track.
 */
export function trackCompare(summary: PlacesSummary, metric: Metric): Chart | null {
  const tracks = tracksOf(summary).slice(0, MARKS.length);
  if (tracks.length < 2) return null;
  const datasets = [...new Set(tracks.flatMap(({ summary: own }) => own.places.map(datasetOf)))];
  const labels = summary.cells.filter(({ control }) => !control).map(({ label }) => label);
  const all = datasets.map((dataset) => ({ dataset, rows: rowsOf(summary, tracks, dataset, metric) }));
  const low = Math.min(...all.flatMap(({ rows }) => rows.map(({ value }) => Number(value))));
  const caveats = [...new Set(summary.results.places.flatMap(({ cohort }) => cohort.caveat ?? []))];
  const what = caveats.length === 0 ? 'by track' : `with and without the ${caveats.join(', ')}`;
  const title = `${capital(metric.label)} ${what}: ${placesTitle(summary)}`;
  const alt = `${title}. One panel for each data set, a row for each method, a mark for each track, the paper's value beside.`;
  const signs = tracks.map(({ name }, t) => `${MARKS[t]!.sign} ${name}`).join('   ');
  return {
    id: `tracks-${metricSlug(metric)}`,
    title,
    alt,
    caption: `Means over the folds of each data set. The line joins the first two tracks, which differ in nothing but the column. A diamond near a hollow circle is a number of the paper that can be had without the column, one at the filled marks a number that is had with it.`,
    spec: {
      ...frameOf(`${signs}   ◇ the paper; ${placesRunsText(summary)}`, title, alt),
      columns: columnsOf(datasets.length),
      spacing: 18,
      concat: all.map(({ dataset, rows }) => ({
        title: panelTitle(dataset),
        width: widthOf(datasets.length, LABELS),
        height: { step: 21 },
        data: inlineRows(rows),
        encoding: {
          y: { field: 'method', type: 'ordinal', sort: labels, title: null, axis: { grid: true, ticks: false } },
        },
        layer: layers(rows, metric, [rounded(Math.floor((low - 0.01) * 20) / 20, 3), 1]),
      })),
    } as TopLevelSpec,
  };
}

function rowsOf(summary: PlacesSummary, tracks: readonly TrackSummary[], dataset: string, metric: Metric): ChartRow[] {
  return summary.cells
    .filter(({ control }) => !control)
    .flatMap(({ key, label }) => {
      const each = tracks.map(({ name, summary: own }) => {
        const place = own.places.find((candidate) => datasetOf(candidate) === dataset);
        const cell = place && cellIn(place, key);
        return { name, own: cell && metricOf(cell, metric) };
      });
      const [first, second] = each.map(({ own }) => own?.mean ?? null);
      const paper = each.map(({ own }) => own?.paper[dataset]).find((value) => value !== undefined);
      return [
        ...each.flatMap(({ name, own }, t): ChartRow[] =>
          own?.mean == null
            ? []
            : [{ kind: `track ${t}`, method: label, track: name, value: rounded(own.mean), std: own.std }],
        ),
        ...(first != null && second != null
          ? [{ kind: 'line', method: label, value: rounded(first), to: rounded(second) }]
          : []),
        ...(paper ? [{ kind: 'paper', method: label, track: 'the paper', value: paper.mean, std: paper.std }] : []),
      ];
    });
}

function layers(rows: readonly ChartRow[], metric: Metric, domain: [number, number]) {
  const x = {
    field: 'value',
    type: 'quantitative',
    title: metric.label,
    scale: { domain, nice: false },
    axis: { tickCount: 5 },
  };
  const only = (kind: string) => [{ filter: `datum.kind === '${kind}'` }];
  const tooltip = [
    { field: 'method' },
    { field: 'track' },
    { field: 'value', title: metric.label, format: '.3f' },
    { field: 'std', format: '.3f' },
  ];
  const kinds = new Set(rows.map(({ kind }) => kind));
  return [
    ...(kinds.has('line')
      ? [
          {
            transform: only('line'),
            mark: { type: 'rule', strokeWidth: 1.5, color: GREY, aria: false },
            encoding: { x, x2: { field: 'to' } },
          },
        ]
      : []),
    ...MARKS.flatMap(({ shape, filled, colour }, t) =>
      kinds.has(`track ${t}`)
        ? [
            {
              transform: only(`track ${t}`),
              mark: {
                type: 'point',
                shape,
                filled,
                size: filled ? 70 : 60,
                strokeWidth: 1.8,
                opacity: 1,
                color: colour,
              },
              encoding: { x, tooltip },
            },
          ]
        : [],
    ),
    ...(kinds.has('paper')
      ? [
          {
            transform: only('paper'),
            mark: { ...PAPER_MARK, size: RING, color: PAPER_COLOURS[0] },
            encoding: { x, tooltip },
          },
        ]
      : []),
  ];
}
