import type { TopLevelSpec } from 'vega-lite';
import { count, fixed, rounded } from '../format.js';
import type { Summary } from '../summary.js';
import { lastEpochsText, onlySplit, settingName } from '../wording.js';
import { roomAround } from './domain.js';
import { type ChartRow, inlineRows } from './inline-rows.js';
import { placeLabels } from './place-labels.js';
import { type Chart, chartTitle, frame, linearAxis, logAxis, needsLog, orderedScales, WIDTH } from './theme.js';

const HEIGHT = 320;
const FONT = { fontSize: 12, fontWeight: 600 };

interface Point extends ChartRow {
  readonly setting: string;
  readonly name: string;
  readonly entropy: number;
  readonly jsd: number;
}

/**
 * Stability against concentration: JSD over entropy / ln N, a labelled point a setting and a faint one a run. Attention
 * that is flat cannot move, so a low point at the right edge is no merit. Null where no run has a JSD.
 */
export function stabilityVsConcentration(summary: Summary): Chart | null {
  const { results, cells } = summary;
  const runs = cells.flatMap((cell) =>
    (cell.attention?.runs ?? []).flatMap((run) =>
      run.jsd === null
        ? []
        : [
            {
              setting: cell.label,
              entropy: rounded(run.entropy),
              jsd: rounded(run.jsd),
              seed: run.seed,
              split: onlySplit(summary) ? undefined : run.split,
            },
          ],
    ),
  );
  if (runs.length === 0) return null;
  const means = cells.flatMap((cell): Point[] =>
    cell.attention?.jsd == null
      ? []
      : [
          {
            setting: cell.label,
            name: settingName(summary, cell),
            entropy: rounded(cell.attention.entropy),
            jsd: rounded(cell.attention.jsd),
          },
        ],
  );
  const x = domain(
    runs.map((run) => run.entropy),
    1,
  );
  const log = needsLog(runs.map((run) => run.jsd));
  const y = log ? logDomain(runs.map((run) => run.jsd)) : domain(runs.map((run) => run.jsd));
  const factor = summary.experiment.factor.label;
  const labels = cells.map((cell) => cell.label);
  const title = chartTitle(`Stability beside concentration, by ${factor}`, results);
  const places = placeLabels(
    means.map(({ name, entropy, jsd }) => ({ name, x: entropy, y: jsd })),
    { domain: x, log: false, pixels: WIDTH },
    { domain: y, log, pixels: HEIGHT },
    FONT,
  );
  const names = means.map((point, i) => ({ ...point, ...places[i]! }));
  const alt = `${title}. Jensen–Shannon divergence over entropy divided by ln N for ${count(means.length, 'setting')}.`;
  const encoding = {
    x: {
      field: 'entropy',
      type: 'quantitative',
      title: 'entropy / ln N   (1 = flat attention)',
      scale: { domain: x, nice: false },
    },
    y: {
      field: 'jsd',
      type: 'quantitative',
      title: 'JSD (nats)   (0 = attention stands still)',
      scale: { type: log ? 'log' : 'linear', domain: y, nice: false },
      axis: log ? logAxis(y[0], y[1]) : linearAxis(y[1], 6),
    },
    color: {
      field: 'setting',
      type: 'ordinal',
      sort: labels,
      scale: orderedScales(labels).colour,
      legend: null,
    },
  };
  const tooltip = [
    { field: 'setting', title: factor },
    { field: 'entropy', title: 'entropy / ln N', format: '.3f' },
    { field: 'jsd', title: 'JSD (nats)', format: '.3~g' },
  ];
  return {
    id: 'stability',
    title,
    alt,
    caption:
      `Means over ${lastEpochsText(results)} and the test bags; faint points are runs. ${zoomText(x)}Flat attention is stable as well: ` +
      'a low point far to the right says that attention singles nothing out, not that it has settled well.',
    spec: {
      ...frame(results, title, alt),
      width: WIDTH,
      height: HEIGHT,
      layer: [
        {
          data: inlineRows(runs),
          mark: { type: 'circle', size: 30, opacity: 0.4, aria: false },
          encoding: {
            ...encoding,
            tooltip: [...tooltip, { field: 'seed' }, ...(onlySplit(summary) ? [] : [{ field: 'split' }])],
          },
        },
        {
          data: inlineRows(means),
          mark: { type: 'point', filled: true, size: 110, opacity: 1 },
          encoding: { ...encoding, tooltip },
        },
        {
          data: inlineRows(names),
          transform: [{ filter: 'datum.far === 1' }],
          mark: { type: 'rule', strokeWidth: 1, aria: false },
          encoding: { ...encoding, x2: { field: 'labelX' }, y2: { field: 'labelY' } },
        },
        ...[1, -1].map((side) => ({
          data: inlineRows(names),
          transform: [{ filter: `datum.side === ${side}` }],
          mark: { type: 'text', align: side > 0 ? 'left' : 'right', baseline: 'middle', ...FONT },
          encoding: {
            x: { ...encoding.x, field: 'labelX' },
            y: { ...encoding.y, field: 'labelY' },
            text: { field: 'name' },
          },
        })),
      ],
    } as TopLevelSpec,
  };
}

/** The range of the values with a margin, inside what they can be: 0 to `most`. */
function domain(values: readonly number[], most = Number.POSITIVE_INFINITY): [number, number] {
  const [low, high] = roomAround(values);
  return [rounded(Math.max(0, low)), rounded(Math.min(Math.max(most, ...values), high))];
}

/** An axis shorter than this shows next to nothing of the range from 0 to 1. */
const ZOOMED = 0.1;

function zoomText([low, high]: readonly [number, number]): string {
  if (high - low >= ZOOMED) return '';
  const digits = Math.min(6, 1 - Math.floor(Math.log10(high - low)));
  return `Mind the axis: entropy / ln N is shown from ${fixed(low, digits)} to ${fixed(high, digits)} only, so the settings hardly differ in concentration. `;
}

/** The same by factors, for a logarithmic axis. */
function logDomain(values: readonly number[]): [number, number] {
  const [low, high] = roomAround(values, true);
  return [rounded(low, 4), rounded(high, 4)];
}
