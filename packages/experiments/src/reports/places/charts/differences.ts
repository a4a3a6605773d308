import type { TopLevelSpec } from 'vega-lite';
import { comparePaired } from '../../../stats/index.js';
import type { Treatments } from '../../../types.js';
import { type ChartRow, inlineRows } from '../../charts/inline-rows.js';
import { type Chart, frameOf, GREY, OURS, PAPER_COLOURS } from '../../charts/theme.js';
import { rounded } from '../../format.js';
import { type Metric, metricSlug } from '../../metrics.js';
import { type CellSummary, metricOf } from '../../summary.js';
import type { PlacesSummary } from '../summary.js';
import { type HostInPlace, hostsInPlaces, stepOf } from '../treatments.js';
import { placesRunsText, placesTitle, seedsText } from '../wording.js';
import { columnsOf, OUR_MARK, PAPER_MARK, panelTitle, widthOf } from './panels.js';

const LABELS = 72;
const PAPER = 'the paper, against the host alone';

/**
 * The last treatment against the host alone and against the control, pair by pair, with 95 % intervals: what it gives, and
 * what of that plain flattening does not give. Null where nothing can be compared.
 */
export function treatmentDifferences(summary: PlacesSummary, treatments: Treatments, metric: Metric): Chart | null {
  const last = treatments.steps.at(-1)!;
  const rows = hostsInPlaces(summary, treatments).flatMap((each) => hostRows(each, treatments, last, metric));
  if (rows.length === 0) return null;
  const title = `What anchor and NSF give beyond a uniform target, in ${metric.label}: ${placesTitle(summary)}`;
  const alt = `${title}. Differences for each host and cohort, against the host alone and against the control.`;
  const series = ['against the host alone', 'against the uniform target', PAPER];
  const paper = rows.some((row) => row.series === PAPER);
  const panels = summary.places.map((place) => ({
    title: panelTitle(place.name),
    width: widthOf(summary.places.length, LABELS),
    height: { step: 17, for: 'position' },
    data: inlineRows(rows.filter((row) => row.place === place.name)),
    layer: [
      {
        data: { values: [{}] },
        mark: { type: 'rule', color: GREY, strokeDash: [4, 3] },
        encoding: { x: { datum: 0, type: 'quantitative' } },
      },
      ...layers(
        series,
        metric,
        rows.filter((row) => row.place === place.name),
      ),
    ],
  }));
  return {
    id: `beyond-uniform-${metricSlug(metric)}`,
    title,
    alt,
    caption: `Mean difference over pairs of runs of the same split and seed (${seedsText(summary)}), with its 95 % interval (Student’s t) where there is more than one pair. A host whose circle lies to the right while its square lies at zero gains no more from the anchor than from plain flattening.${paper ? ' The diamonds are differences of the paper’s printed means, on real slides.' : ''}`,
    spec: {
      ...frameOf(
        `● against the host alone   □ against the uniform target${paper ? `   ◇ ${PAPER}` : ''}; ${placesRunsText(summary)}`,
        title,
        alt,
      ),
      columns: columnsOf(panels.length),
      spacing: 18,
      concat: panels,
      resolve: { scale: { x: 'shared' } },
    } as TopLevelSpec,
  };
}

function hostRows(each: HostInPlace, treatments: Treatments, last: string, metric: Metric): ChartRow[] {
  const treated = stepOf(each, last);
  const alone = stepOf(each, treatments.steps[0]!);
  if (!treated) return [];
  const base = { host: each.host, place: each.place.name };
  const against = (other: CellSummary | undefined, series: string): ChartRow[] => {
    const test = other && comparePaired(metricOf(treated, metric).values, metricOf(other, metric).values);
    if (!test || test.mean === null) return [];
    const interval = test.ci95 ? { low: rounded(test.ci95[0]), high: rounded(test.ci95[1]) } : {};
    return [{ ...base, series, value: rounded(test.mean), ...interval, n: test.n }];
  };
  const paper = each.place.summary.datasets.flatMap((dataset): ChartRow[] => {
    const [a, b] = [metricOf(treated, metric).paper[dataset], alone && metricOf(alone, metric).paper[dataset]];
    return a && b ? [{ ...base, series: PAPER, value: rounded(a.mean - b.mean) }] : [];
  });
  return [
    ...against(alone, 'against the host alone'),
    ...against(each.control, 'against the uniform target'),
    ...paper,
  ];
}

function layers(series: readonly string[], metric: Metric, rows: readonly ChartRow[]) {
  const x = { field: 'value', type: 'quantitative', title: `difference in ${metric.label}`, axis: { tickCount: 5 } };
  const shared = {
    x,
    y: {
      field: 'host',
      type: 'ordinal',
      sort: null,
      title: null,
      axis: { grid: true, tickBand: 'extent', ticks: false },
    },
    yOffset: { field: 'series', type: 'nominal', scale: { domain: series, paddingOuter: 0.4 } },
    tooltip: [
      { field: 'host' },
      { field: 'series' },
      { field: 'value', format: '+.3f' },
      { field: 'n', title: 'pairs' },
    ],
  };
  const marks = [
    { ...OUR_MARK, color: OURS },
    { type: 'point', shape: 'square', filled: false, size: 70, strokeWidth: 2, opacity: 1, color: OURS },
    { ...PAPER_MARK, color: PAPER_COLOURS[0] },
  ];
  return [
    // A layer without rows would leave the axis without an extent.
    ...(rows.some(({ low }) => low != null)
      ? [
          {
            transform: [{ filter: 'isValid(datum.low)' }],
            mark: { type: 'rule', strokeWidth: 1.6, color: OURS, aria: false },
            encoding: { ...shared, x: { ...x, field: 'low' }, x2: { field: 'high' } },
          },
        ]
      : []),
    ...series.flatMap((name, i) =>
      rows.some((row) => row.series === name)
        ? [{ transform: [{ filter: `datum.series === '${name}'` }], mark: marks[i], encoding: shared }]
        : [],
    ),
  ];
}
