import type { TopLevelSpec } from 'vega-lite';
import { type ChartRow, inlineRows } from '../reports/charts/inline-rows.js';
import { type Chart, frameOf, GREY, logTicks, OURS, PAPER_COLOURS } from '../reports/charts/theme.js';
import { rounded } from '../reports/format.js';
import { comparableMacs } from './agreement.js';
import type { CostResults, CostRow, Measurement, Times } from './types.js';

/** Every chart of a report on cost. */
export function costCharts(results: CostResults, measurement: Measurement): Chart[] {
  return [measurement.treatments ? overheadChart(results, measurement) : profile(results, measurement)].filter(
    (chart) => chart !== null,
  );
}

const sizeText = ({ bag, preset, engine, rows }: CostResults): string =>
  `${preset} preset, ${engine} engine, one thread, bag of ${bag.n.toLocaleString('en')} × ${bag.d}, ${rows.length} models`;

const OURS_FILLED = { type: 'point', shape: 'circle', filled: true, size: 65, opacity: 1, color: OURS };
const OURS_HOLLOW = {
  type: 'point',
  shape: 'square',
  filled: false,
  size: 55,
  strokeWidth: 1.6,
  opacity: 1,
  color: OURS,
};
const PAPER = {
  type: 'point',
  shape: 'diamond',
  filled: false,
  size: 60,
  strokeWidth: 1.5,
  opacity: 1,
  color: PAPER_COLOURS[0],
};

interface Panel {
  readonly title: readonly string[];
  readonly rows: readonly ChartRow[];
  readonly log: boolean;
  /** A line that stands for "as much as". */
  readonly one?: boolean;
}

/** Work, time and memory of each method, a panel each, the cheapest prediction at the top. */
function profile(results: CostResults, measurement: Measurement): Chart | null {
  const { rows } = results;
  if (rows.length === 0) return null;
  const order = [...rows].sort((a, b) => a.macs - b.macs).map(({ label }) => label);
  const paper = (row: CostRow) => measurement.paper.rows.find(({ cell }) => cell === row.cell);
  const panels: Panel[] = [
    {
      title: ['multiply-accumulates', 'of a prediction, M'],
      log: true,
      rows: rows.flatMap((row) => [
        at(row, 'filled', row.macs / 1e6),
        ...(row.publishedMacs === null ? [] : [at(row, 'hollow', comparableMacs(row) / 1e6)]),
        ...(paper(row) ? [at(row, 'paper', paper(row)!.macsMillions)] : []),
      ]),
    },
    {
      title: ['training step and', 'inference, ms'],
      log: true,
      rows: rows.flatMap((row) => [timed(row, 'filled', row.step), timed(row, 'hollow', row.infer)]),
    },
    {
      title: ['memory of training', 'and inference, MiB'],
      log: true,
      rows: rows.flatMap((row) => [
        ...(positive(row.trainMb) ? [at(row, 'filled', row.trainMb)] : []),
        ...(positive(row.inferMb) ? [at(row, 'hollow', row.inferMb)] : []),
      ]),
    },
  ];
  const title = `What each method costs: a bag of ${results.bag.n.toLocaleString('en')} instances`;
  return {
    id: 'cost',
    title,
    alt: `${title}. One row for each method, the fewest multiply-accumulates at the top; panels for work, time and memory.`,
    caption:
      'Work: circles are the multiply-accumulates that run here, squares those of the published code by closed form, diamonds the paper’s printed FLOPs. Time: circles are a training step, squares an inference; the mark is the fastest repetition, the bar reaches to the median. Memory: circles are training, squares inference, above the engine’s own. All axes are logarithmic; no seed is involved but that of the noise in the bag.',
    spec: {
      ...frameOf(
        `● runs here, training   □ published code, inference   ◇ the paper; ${sizeText(results)}`,
        title,
        title,
      ),
      spacing: 16,
      hconcat: panels.map((panel, i) => drawn(panel, order, i === 0, 172)),
    } as TopLevelSpec,
  };
}

/** What each treatment costs a host, as ratios to the host alone: training, inference, memory. */
function overheadChart(results: CostResults, measurement: Measurement): Chart | null {
  const treated = results.rows.filter(({ baseline }) => baseline !== null);
  if (treated.length === 0) return null;
  const { steps, treatment } = measurement.treatments!;
  const host = (row: CostRow) => results.rows.find(({ cell }) => cell === row.baseline);
  const kind = (row: CostRow): string => (row.factors[treatment] === steps[1] ? 'filled' : 'hollow');
  const named = (row: CostRow): CostRow => ({ ...row, label: host(row)?.label ?? row.label });
  const paper = (cell: string | null) => measurement.paper.rows.find((row) => row.cell === cell);
  const panels: Panel[] = [
    {
      title: ['training step /', 'the host’s alone'],
      log: false,
      one: true,
      rows: treated.flatMap((row) => {
        const [own, plain] = [paper(row.cell), paper(row.baseline)];
        return [
          ...(row.step.ratioMin === null ? [] : [at(named(row), kind(row), row.step.ratioMin)]),
          ...(own && plain ? [at(named(row), 'paper', own.trainSeconds / plain.trainSeconds)] : []),
        ];
      }),
    },
    {
      title: ['inference /', 'the host’s alone'],
      log: false,
      one: true,
      rows: treated.flatMap((row) =>
        row.infer.ratioMin === null ? [] : [at(named(row), kind(row), row.infer.ratioMin)],
      ),
    },
    {
      title: ['training memory beyond', 'the host’s alone, MiB'],
      log: false,
      rows: treated.flatMap((row) => {
        const plain = host(row)?.trainMb;
        return row.trainMb === null || plain == null ? [] : [at(named(row), kind(row), row.trainMb - plain)];
      }),
    },
  ];
  const title = `What the anchor costs each host: a bag of ${results.bag.n.toLocaleString('en')} instances`;
  const order = [...new Set(treated.map((row) => named(row).label))];
  return {
    id: 'overhead',
    title,
    alt: `${title}. One row for each host; panels for training time, inference time and training memory against the host alone.`,
    caption:
      'Circles: with the anchor; squares: with anchor and NSF; diamonds: the paper’s training times with the anchor over those without. The grey line at 1 is the host alone. Times are ratios of the fastest repetitions, taken in turns within the same rounds; on a machine with other work a tenth is noise, and a few MiB in memory mean nothing.',
    spec: {
      ...frameOf(`● anchor   □ anchor + NSF   ◇ the paper; ${sizeText(results)}`, title, title),
      spacing: 16,
      hconcat: panels.map((panel, i) => drawn(panel, order, i === 0, 172)),
    } as TopLevelSpec,
  };
}

const positive = (value: number | null): value is number => value !== null && value > 0;

function at({ label }: CostRow, kind: string, value: number): ChartRow {
  return { method: label, kind, value: rounded(value) };
}

function timed(row: CostRow, kind: string, { min, median }: Times): ChartRow {
  return { ...at(row, kind, min), low: rounded(min), high: rounded(median) };
}

function drawn({ title, rows, log, one }: Panel, order: readonly string[], first: boolean, width: number) {
  const values = rows.flatMap((row) => [row.value, row.low, row.high].filter((value) => typeof value === 'number'));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max(0.05, (high - low) * 0.08);
  const domain = log
    ? [low / 1.4, high * 1.4]
    : [Math.min(low, one ? 1 : 0) - margin, Math.max(high, one ? 1 : 0) + margin];
  const x = {
    field: 'value',
    type: 'quantitative',
    title: null,
    scale: { ...(log ? { type: 'log' } : {}), domain: domain.map((value) => rounded(value, 3)), nice: false },
    axis: log ? { values: logTicks(domain[0]!, domain[1]!, [1]), format: '~r' } : { tickCount: 4 },
  };
  const y = {
    field: 'method',
    type: 'ordinal',
    sort: [...order],
    scale: { domain: [...order] },
    title: null,
    axis: { grid: true, ticks: false, labels: first, domain: first },
  };
  const only = (kind: string) => [{ filter: `datum.kind === '${kind}'` }];
  const tooltip = [{ field: 'method' }, { field: 'value', format: '.4~g' }];
  return {
    title: { text: [...title], fontSize: 12, fontWeight: 500, anchor: 'start', offset: 4 },
    width,
    height: { step: 19 },
    data: inlineRows(rows),
    layer: [
      ...(one
        ? [
            {
              data: { values: [{ at: 1 }] },
              mark: { type: 'rule', color: GREY, strokeDash: [4, 3], aria: false },
              encoding: { x: { ...x, field: 'at' } },
            },
          ]
        : []),
      ...(values.length > rows.length
        ? [
            {
              transform: [{ filter: 'isValid(datum.low)' }],
              mark: { type: 'rule', strokeWidth: 2, color: OURS, aria: false },
              encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' } },
            },
          ]
        : []),
      { transform: only('paper'), mark: PAPER, encoding: { x, y, tooltip } },
      { transform: only('filled'), mark: OURS_FILLED, encoding: { x, y, tooltip } },
      { transform: only('hollow'), mark: OURS_HOLLOW, encoding: { x, y, tooltip } },
    ],
  };
}
