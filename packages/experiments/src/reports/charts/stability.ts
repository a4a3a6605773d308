import type { TopLevelSpec } from 'vega-lite';
import { LAST_EPOCHS } from '../attention.js';
import { count, rounded } from '../format.js';
import type { Summary } from '../summary.js';
import { onlySplit, settingName } from '../wording.js';
import { type ChartRow, inlineRows } from './inline-rows.js';
import { type Chart, chartTitle, frame, logTicks, needsLog, ORDERED_SCHEME, WIDTH } from './theme.js';

const HEIGHT = 320;
/** Pixels that a label needs of its own. */
const LABEL_HEIGHT = 14;
const LABEL_WIDTH = 90;

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
  const x = domain(runs.map((run) => run.entropy));
  const log = needsLog(runs.map((run) => run.jsd));
  const y = log ? logDomain(runs.map((run) => run.jsd)) : domain(runs.map((run) => run.jsd));
  const factor = summary.experiment.factor.label;
  const labels = cells.map((cell) => cell.label);
  const title = chartTitle(`Stability beside concentration, by ${factor}`, results);
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
      axis: log ? { values: logTicks(y[0], y[1]) } : { tickCount: 6 },
    },
    color: {
      field: 'setting',
      type: 'ordinal',
      sort: labels,
      scale: { domain: labels, scheme: ORDERED_SCHEME },
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
      `Means over the last ${LAST_EPOCHS} epochs and the test bags; faint points are runs. Flat attention is stable as well: ` +
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
          data: inlineRows(placeLabels(means, x, y, log)),
          mark: { type: 'text', align: 'left', baseline: 'middle', dx: 10, fontSize: 12, fontWeight: 600 },
          encoding: {
            x: encoding.x,
            y: { ...encoding.y, field: 'place' },
            text: { field: 'name' },
          },
        },
      ],
    } as TopLevelSpec,
  };
}

/** The range of the values with a margin; room on the right for labels comes from the margin. */
function domain(values: readonly number[]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = (high - low || Math.abs(high) || 1) * 0.08;
  return [rounded(Math.max(0, low - margin), 4), rounded(high + 1.6 * margin, 4)];
}

/** The same by factors, for a logarithmic axis. */
function logDomain(values: readonly number[]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = (high / low) ** 0.08;
  return [rounded(low / margin, 4), rounded(high * margin, 4)];
}

/** Moves labels apart that would cover each other: from the lowest point up, each at least one line above the last. */
function placeLabels(
  points: readonly Point[],
  x: readonly [number, number],
  y: readonly [number, number],
  log: boolean,
) {
  const scale = log ? Math.log : (value: number): number => value;
  const invert = log ? Math.exp : (value: number): number => value;
  const span = scale(y[1]) - scale(y[0]);
  const placed: { left: number; bottom: number }[] = [];
  return [...points]
    .sort((a, b) => a.jsd - b.jsd)
    .map((point) => {
      const left = ((point.entropy - x[0]) / (x[1] - x[0])) * WIDTH;
      let bottom = ((scale(point.jsd) - scale(y[0])) / span) * HEIGHT;
      for (const other of placed) {
        const covers = Math.abs(other.left - left) < LABEL_WIDTH && Math.abs(other.bottom - bottom) < LABEL_HEIGHT;
        if (covers) bottom = other.bottom + LABEL_HEIGHT;
      }
      placed.push({ left, bottom });
      placed.sort((a, b) => a.bottom - b.bottom);
      return {
        name: point.name,
        entropy: point.entropy,
        place: rounded(invert(scale(y[0]) + (bottom / HEIGHT) * span)),
      };
    });
}
