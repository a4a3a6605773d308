import type { TopLevelSpec } from 'vega-lite';
import type { Treatments } from '../../../types.js';
import { inlineRows } from '../../charts/inline-rows.js';
import { type Chart, frameOf, logAxis, OURS, PAPER_COLOURS } from '../../charts/theme.js';
import { rounded } from '../../format.js';
import type { PlacesSummary } from '../summary.js';
import { hostsInPlaces, treatmentLabel } from '../treatments.js';
import { placesRunsText, placesTitle, seedsText } from '../wording.js';
import { columnsOf, panelTitle, widthOf } from './panels.js';

const COLOURS = [OURS, PAPER_COLOURS[0], PAPER_COLOURS[2], PAPER_COLOURS[1], PAPER_COLOURS[3]];
const DASHES = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
];

/**
 * How each treatment moves a host between stability and flatness: JSD over concentration (1 − entropy / ln N), both on
 * logarithmic axes, one path a host and one shape a treatment. Down alone is stability, down and to the left flatness.
 * Null where no host has a JSD.
 */
export function stabilityPaths(summary: PlacesSummary, treatments: Treatments): Chart | null {
  const order = [...treatments.steps, treatments.control];
  const rows = hostsInPlaces(summary, treatments).flatMap(({ host, place, steps, control }) =>
    [...steps, ...(control ? [{ treatment: treatments.control, cell: control }] : [])].flatMap(
      ({ treatment, cell }) => {
        const { jsd, entropy } = cell.attention ?? { jsd: null, entropy: 1 };
        if (jsd === null || jsd <= 0 || entropy >= 1) return [];
        const at = { jsd: rounded(jsd), concentration: rounded(1 - entropy), entropy: rounded(entropy, 6) };
        return [
          { host, place: place.name, treatment: treatmentLabel(treatment), order: order.indexOf(treatment), ...at },
        ];
      },
    ),
  );
  if (rows.length === 0) return null;
  const hosts = [...new Set(rows.map(({ host }) => host))];
  const domain = (values: readonly number[]): [number, number] => [
    rounded(Math.min(...values) / 1.7, 3),
    rounded(Math.max(...values) * 1.7, 3),
  ];
  const x = domain(rows.map(({ concentration }) => concentration));
  const y = domain(rows.map(({ jsd }) => jsd));
  const named = (values: readonly string[], range: readonly unknown[]) => ({
    domain: [...values],
    range: values.map((_, i) => range[i % range.length]),
  });
  const legend = (title: string) => ({ title, orient: 'bottom', symbolOpacity: 1, columns: 4 });
  const title = `Stability or flatness of each host with the anchor: ${placesTitle(summary)}`;
  const alt = `${title}. Jensen–Shannon divergence over one minus entropy divided by ln N, a path for each host.`;
  const names = order.map(treatmentLabel);
  return {
    id: 'stability-paths',
    title,
    alt,
    caption:
      `Means over the last ten epochs (or all, where there are fewer), test bags and runs (${seedsText(summary)}); both axes are logarithmic. ` +
      'A step straight down is attention that settles and stays as concentrated as it was; a step down and to the left is attention that ' +
      'moves less because it has become flat. The uniform target (square, not on the path) shows where plain flattening leads.',
    spec: {
      ...frameOf(placesRunsText(summary), title, alt),
      columns: columnsOf(summary.places.length),
      spacing: 20,
      concat: summary.places.map((place) => {
        const own = inlineRows(rows.filter((row) => row.place === place.name));
        const encoding = {
          x: {
            field: 'concentration',
            type: 'quantitative',
            title: '1 − entropy / ln N   (left: flat)',
            scale: { type: 'log', domain: x, nice: false },
            axis: { ...logAxis(x[0], x[1]), format: '.0e', labelOverlap: true },
          },
          y: {
            field: 'jsd',
            type: 'quantitative',
            title: 'JSD (nats)',
            scale: { type: 'log', domain: y, nice: false },
            axis: { ...logAxis(y[0], y[1]), format: '.0e', labelOverlap: true },
          },
          color: { field: 'host', type: 'nominal', scale: named(hosts, COLOURS), legend: legend('host') },
          tooltip: [
            { field: 'host' },
            { field: 'treatment' },
            { field: 'jsd', title: 'JSD (nats)', format: '.3~g' },
            { field: 'entropy', title: 'entropy / ln N', format: '.5f' },
          ],
        };
        return {
          title: panelTitle(place.name),
          width: widthOf(summary.places.length, 46),
          height: 210,
          data: own,
          layer: [
            {
              transform: [{ filter: `datum.order < ${treatments.steps.length}` }],
              mark: { type: 'line', strokeWidth: 1.6, aria: false },
              encoding: {
                ...encoding,
                order: { field: 'order', type: 'quantitative' },
                strokeDash: { field: 'host', type: 'nominal', scale: named(hosts, DASHES), legend: legend('host') },
              },
            },
            {
              mark: { type: 'point', filled: true, size: 75, opacity: 1 },
              encoding: {
                ...encoding,
                shape: {
                  field: 'treatment',
                  type: 'nominal',
                  scale: named(names, ['circle', 'triangle-up', 'diamond', 'square']),
                  legend: legend('treatment'),
                },
              },
            },
          ],
        };
      }),
    } as TopLevelSpec,
  };
}
