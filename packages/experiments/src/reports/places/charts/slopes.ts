import type { TopLevelSpec } from 'vega-lite';
import type { Treatments } from '../../../types.js';
import { type ChartRow, inlineRows } from '../../charts/inline-rows.js';
import { type Chart, frameOf, OURS, PAPER_COLOURS } from '../../charts/theme.js';
import { capital, rounded } from '../../format.js';
import { type Metric, metricSlug } from '../../metrics.js';
import { type CellSummary, metricOf } from '../../summary.js';
import type { PlaceSummary, PlacesSummary } from '../summary.js';
import { hostsInPlaces, treatmentLabel } from '../treatments.js';
import { paperCaveat, paperMark, placesRunsText, placesTitle, spreadOf } from '../wording.js';
import { OUR_MARK, PAPER_MARK, panelTitle } from './panels.js';

/**
 * Slope charts: a row of panels for each place, a panel for each host, the score from the host alone over its treatments,
 * the paper's dashed beside it, and the control apart as a hollow square. Null where nothing has this score.
 */
export function slopes(summary: PlacesSummary, treatments: Treatments, metric: Metric): Chart | null {
  const all = hostsInPlaces(summary, treatments);
  const hosts = [...new Set(all.map(({ host }) => host))];
  const rows = all.flatMap(({ host, place, steps, control }) => [
    ...steps.flatMap(({ treatment, cell }) => cellRows(host, place, treatmentLabel(treatment), cell, metric)),
    ...(control ? cellRows(host, place, treatmentLabel(treatments.control), control, metric, 'control') : []),
  ]);
  if (!rows.some(({ kind }) => kind === 'here')) return null;
  const order = [...treatments.steps, treatments.control].map(treatmentLabel);
  const title = `${capital(metric.label)} of each host with the anchor: ${placesTitle(summary)}`;
  const alt = `${title}. One panel for each host and cohort: alone, with anchor, with anchor and NSF, and with a uniform target as control.`;
  const width = Math.round((620 - 14 * hosts.length) / hosts.length);
  return {
    id: `slopes-${metricSlug(metric)}`,
    title,
    alt,
    caption: `Filled circles: test ${metric.label} measured here, ${spreadOf(summary)}. The hollow square is the control: a fixed uniform target in the anchor’s place. ${paperCaveat(summary, metric)}`,
    spec: {
      ...frameOf(`● here   □ control here${paperMark(summary, metric)}; ${placesRunsText(summary)}`, title, alt),
      spacing: 16,
      vconcat: summary.places.map((place, i) => {
        const own = rows.filter((row) => row.place === place.name);
        const last = i === summary.places.length - 1;
        return {
          title: panelTitle(place.name),
          spacing: 14,
          bounds: 'flush', // the slanted labels of the last row must not push its panels apart
          hconcat: hosts.map((host, h) =>
            panel(own, host, { order, metric, width, first: h === 0, head: i === 0, last }),
          ),
          resolve: { scale: { y: 'shared' } },
        };
      }),
    } as TopLevelSpec,
  };
}

function cellRows(
  host: string,
  place: PlaceSummary,
  step: string,
  cell: CellSummary,
  metric: Metric,
  kind = 'here',
): ChartRow[] {
  const own = metricOf(cell, metric);
  const base = { host, place: place.name, step };
  const paper = place.summary.datasets.map((dataset) => own.paper[dataset]).find((value) => value !== undefined);
  const here: ChartRow[] =
    own.mean === null
      ? []
      : [
          {
            ...base,
            kind,
            value: rounded(own.mean),
            ...(own.std === null
              ? {}
              : { low: rounded(own.mean - own.std), high: rounded(own.mean + own.std), std: rounded(own.std) }),
          },
        ];
  return paper ? [...here, { ...base, kind: 'paper', value: paper.mean, std: paper.std }] : here;
}

interface PanelLook {
  readonly order: readonly string[];
  readonly metric: Metric;
  readonly width: number;
  readonly first: boolean;
  readonly head: boolean;
  readonly last: boolean;
}

function panel(all: readonly ChartRow[], host: string, look: PanelLook) {
  const values = all.flatMap((row) => [row.value, row.low, row.high].filter((value) => typeof value === 'number'));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max(0.005, (high - low) * 0.06);
  const y = {
    field: 'value',
    type: 'quantitative',
    title: look.first ? look.metric.label : null,
    scale: { domain: [rounded(low - margin, 4), rounded(high + margin, 4)], nice: false, zero: false },
    axis: { tickCount: 4, labels: look.first, ticks: look.first },
  };
  const of = (...kinds: string[]) => [{ filter: kinds.map((kind) => `datum.kind === '${kind}'`).join(' || ') }];
  const tooltip = [
    { field: 'host' },
    { field: 'step' },
    { field: 'value', title: look.metric.label, format: '.3f' },
    { field: 'std', format: '.3f' },
  ];
  return {
    ...(look.head ? { title: { text: host, fontSize: 12, fontWeight: 600, anchor: 'middle', offset: 6 } } : {}),
    width: look.width,
    height: 118,
    data: inlineRows(all.filter((row) => row.host === host)),
    encoding: {
      x: {
        field: 'step',
        type: 'ordinal',
        sort: look.order,
        scale: { domain: look.order },
        title: null,
        axis: { labelAngle: -40, labels: look.last, ticks: false, labelOverlap: false, grid: false },
      },
    },
    layer: [
      {
        transform: of('paper'),
        mark: { type: 'line', strokeWidth: 1.3, strokeDash: [4, 3], color: PAPER_COLOURS[0], aria: false },
        encoding: { y },
      },
      { transform: of('here'), mark: { type: 'line', strokeWidth: 2, color: OURS, aria: false }, encoding: { y } },
      {
        transform: [{ filter: "datum.kind !== 'paper' && isValid(datum.low)" }],
        mark: { type: 'rule', strokeWidth: 1.5, color: OURS, aria: false },
        encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      { transform: of('paper'), mark: { ...PAPER_MARK, color: PAPER_COLOURS[0] }, encoding: { y, tooltip } },
      { transform: of('here'), mark: { ...OUR_MARK, color: OURS }, encoding: { y, tooltip } },
      {
        transform: of('control'),
        mark: { type: 'point', shape: 'square', filled: false, size: 75, strokeWidth: 2, opacity: 1, color: OURS },
        encoding: { y, tooltip },
      },
    ],
  };
}
