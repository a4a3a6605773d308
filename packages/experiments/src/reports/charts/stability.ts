import type { TopLevelSpec } from 'vega-lite';
import { count, fixed, rounded } from '../format.js';
import type { Summary } from '../summary.js';
import { lastEpochsText, onlySplit, settingName } from '../wording.js';
import { type ChartRow, inlineRows } from './inline-rows.js';
import { helveticaWidth } from './text-width.js';
import { type Chart, chartTitle, frame, linearAxis, logAxis, needsLog, orderedScales, WIDTH } from './theme.js';

const HEIGHT = 320;
/** Pixels that a line of text needs. */
const LABEL_HEIGHT = 14;

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
  const names = placeLabels(means, x, y, log);
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
          mark: { type: 'text', align: side > 0 ? 'left' : 'right', baseline: 'middle', fontSize: 12, fontWeight: 600 },
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
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = (high - low || Math.abs(high) || 1) * 0.08;
  return [rounded(Math.max(0, low - margin)), rounded(Math.min(Math.max(most, high), high + margin))];
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
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = (high / low) ** 0.08;
  return [rounded(low / margin, 4), rounded(high * margin, 4)];
}

/** Where a label may stand beside its point: to its right or left, ever further up and down. Pixels, up is positive. */
const OFFSETS = [0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6].flatMap((line) => [
  { dx: 10, dy: line * LABEL_HEIGHT, side: 1 },
  { dx: -10, dy: line * LABEL_HEIGHT, side: -1 },
]);

interface Box {
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

/** Gives every label the nearest place at which it covers no point and no other label. */
function placeLabels(
  points: readonly Point[],
  x: readonly [number, number],
  y: readonly [number, number],
  log: boolean,
) {
  const scale = log ? Math.log : (value: number): number => value;
  const invert = log ? Math.exp : (value: number): number => value;
  const span = scale(y[1]) - scale(y[0]);
  const pixels = points.map((point) => ({
    point,
    px: ((point.entropy - x[0]) / (x[1] - x[0])) * WIDTH,
    py: ((scale(point.jsd) - scale(y[0])) / span) * HEIGHT,
  }));
  const taken: Box[] = pixels.map(({ px, py }) => ({ left: px - 6, right: px + 6, y: py }));
  const covered = (box: Box): boolean =>
    taken.some((other) => box.left < other.right && other.left < box.right && Math.abs(box.y - other.y) < LABEL_HEIGHT);
  const outside = (box: Box): boolean => box.left < 0 || box.right > WIDTH || box.y < 6 || box.y > HEIGHT - 6;
  return pixels.map(({ point, px, py }) => {
    const width = helveticaWidth({ fontSize: 12, fontWeight: 600 }, point.name);
    const places = OFFSETS.map(({ dx, dy, side }) => {
      const edge = px + dx;
      return {
        edge,
        side,
        box: { left: side > 0 ? edge : edge - width, right: side > 0 ? edge + width : edge, y: py + dy },
      };
    });
    const place = places.find(({ box }) => !outside(box) && !covered(box)) ?? places[0]!;
    taken.push(place.box);
    return {
      setting: point.setting,
      name: point.name,
      side: place.side,
      entropy: point.entropy,
      jsd: point.jsd,
      labelX: rounded(x[0] + (place.edge / WIDTH) * (x[1] - x[0]), 7),
      labelY: rounded(invert(scale(y[0]) + (place.box.y / HEIGHT) * span)),
      far: Math.abs(place.box.y - py) > 1 ? 1 : 0,
    };
  });
}
