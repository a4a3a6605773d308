import type { TopLevelSpec } from 'vega-lite';
import type { ChartRow } from '../reports/charts/inline-rows.js';
import { inlineRows } from '../reports/charts/inline-rows.js';
import {
  type Chart,
  CONFIG,
  GREY,
  LEGEND_ABOVE,
  logTicks,
  OURS,
  PAPER_COLOURS,
  WIDTH,
  wrap,
} from '../reports/charts/theme.js';
import { rounded } from '../reports/format.js';
import { goalFor } from './goals.js';
import { gflops } from './macs.js';
import { peaksOf } from './peaks.js';
import type { BenchResults, BenchRow } from './types.js';

const GAP = 30;
const HEIGHT = 170;
/** Colours of the engines; an engine without one is grey. */
const COLOURS: Readonly<Record<string, string>> = { native: OURS, wasm: PAPER_COLOURS[0], pytorch: PAPER_COLOURS[2] };

/** Every chart that the rows have data for: times, ratios, throughput, memory. */
export function benchCharts(results: BenchResults): Chart[] {
  return [stepTimes(results), ratios(results), throughput(results), memory(results)].filter((chart) => chart !== null);
}

function stepTimes(results: BenchResults): Chart {
  const rows = results.rows.map((row) => ({
    ...point(row),
    ms: row.stepMsMedian,
    p25: row.stepMsP25,
    p75: row.stepMsP75,
  }));
  const y = logY(
    'ms',
    'milliseconds a step',
    rows.flatMap(({ p25, p75 }) => [p25, p75]),
  );
  return panels(results, {
    id: 'step-time',
    title: 'Time of a training step against the size of the bag',
    caption:
      'Median over the repetitions; the bar spans the middle half of them. Forward, loss, backward, optimiser and anchor, one bag a step.',
    rows,
    layer: [
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { y } },
      {
        mark: { type: 'rule', strokeWidth: 2, opacity: 0.6, aria: false },
        encoding: { y: { ...y, field: 'p25' }, y2: { field: 'p75' } },
      },
      {
        mark: { type: 'point', filled: true, size: 45 },
        encoding: { y, tooltip: tooltip('ms', 'ms a step') },
      },
    ],
  });
}

/** Null without a comparison. */
function ratios(results: BenchResults): Chart | null {
  const rows = results.rows.flatMap((row) => [
    ...(row.ratioMedian === null ? [] : [{ ...point(row), kind: 'medians', ratio: row.ratioMedian }]),
    ...(row.ratioMin === null ? [] : [{ ...point(row), kind: 'minima', ratio: row.ratioMin }]),
  ]);
  if (rows.length === 0) return null;
  const models = new Set(rows.map(({ model }) => model));
  const sizes = [...new Set(rows.map(({ n }) => n))].sort((a, b) => a - b);
  const marks = [...models].flatMap((model) => [
    ...sizes.flatMap((n) => {
      const goal = goalFor(n);
      return goal === null ? [] : [{ kind: 'goal', model, n, ratio: goal }];
    }),
    { kind: 'one', model, n: sizes[0]!, ratio: 1 },
  ]);
  const y = logY(
    'ratio',
    'time / PyTorch’s time',
    [...rows, ...marks].map(({ ratio }) => ratio),
  );
  const only = (kind: string) => [{ filter: `datum.kind === '${kind}'` }];
  return panels(results, {
    id: 'ratio',
    title: 'Training step in relation to PyTorch',
    caption:
      'Below the line at 1 a step is faster than PyTorch’s, measured in turns with it. Filled: ratio of medians; ring: ratio of minima. Black ticks: the goals of the native engine, 0.4 for bags of up to 50 and 0.9 from 500 on.',
    rows: [...rows, ...marks],
    x: { field: 'n', type: 'ordinal', title: 'instances in the bag, N', axis: { labelAngle: 0 } },
    layer: [
      {
        transform: only('one'),
        mark: { type: 'rule', color: GREY, aria: false },
        encoding: { y: { ...y, aggregate: 'mean' } },
        without: ['x', 'color'],
      },
      {
        transform: only('goal'),
        mark: { type: 'tick', color: '#222222', thickness: 2, orient: 'horizontal', aria: false },
        encoding: { y },
        without: ['color'],
      },
      {
        transform: only('minima'),
        mark: { type: 'point', filled: false, size: 70, strokeWidth: 1.5 },
        encoding: { y },
      },
      {
        transform: only('medians'),
        mark: { type: 'point', filled: true, size: 70 },
        encoding: { y, tooltip: tooltip('ratio', 'ratio of medians') },
      },
    ],
  });
}

/** Null where no model has a closed form of its work. */
function throughput(results: BenchResults): Chart | null {
  const rows = results.rows.flatMap((row) =>
    row.stepMacs === null ? [] : [{ ...point(row), kind: 'rate', rate: rounded(gflops(row.stepMacs, row.stepMsMin)) }],
  );
  if (rows.length === 0) return null;
  const models = [...new Set(rows.map(({ model }) => model))];
  const peaks = peaksOf(results.rows).flatMap(({ engine, gflops: rate }) =>
    models.map((model) => ({ kind: 'peak', engine, model, rate })),
  );
  const y = logY(
    'rate',
    'GFLOP/s',
    [...rows, ...peaks].map(({ rate }) => rate),
  );
  return panels(results, {
    id: 'throughput',
    title: 'Throughput of a training step under the machine’s peak',
    caption:
      'Work by the model’s closed form (matrix products only, two operations a multiply-accumulate) over the fastest repetition. Dashed: the best rate of a 1024³ float32 matrix product on the same engine; a curve above it says that fewer products are run than the closed form counts.',
    rows: [...rows, ...peaks],
    layer: [
      {
        transform: [{ filter: "datum.kind === 'peak'" }],
        mark: { type: 'rule', strokeDash: [5, 4], strokeWidth: 1.5, aria: false },
        encoding: { y: { ...y, aggregate: 'mean' } },
        without: ['x'],
      },
      {
        transform: [{ filter: "datum.kind === 'rate'" }],
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { y },
      },
      {
        transform: [{ filter: "datum.kind === 'rate'" }],
        mark: { type: 'point', filled: true, size: 45 },
        encoding: { y, tooltip: tooltip('rate', 'GFLOP/s') },
      },
    ],
  });
}

function memory(results: BenchResults): Chart {
  const y = logY(
    'mb',
    'peak memory (MiB)',
    results.rows.map(({ peakRssMb }) => peakRssMb),
  );
  return panels(results, {
    id: 'memory',
    title: 'Peak memory of a process that trains and evaluates one bag',
    caption: 'Largest resident memory, the runtime and the engine’s libraries included.',
    rows: results.rows.map((row) => ({ ...point(row), mb: row.peakRssMb })),
    layer: [
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { y } },
      { mark: { type: 'point', filled: true, size: 45 }, encoding: { y, tooltip: tooltip('mb', 'MiB') } },
    ],
  });
}

const point = ({ engine, model, n }: BenchRow) => ({ engine, model, n });

/** A logarithmic axis with ticks at 1, 2 and 5 of every decade: at 1 alone if they are many, at finer steps if they are few. */
const logY = (field: string, title: string, values: readonly number[]) => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const ticks = logTicks(low, high);
  const few = ticks.length > 7 ? ticks.filter((tick) => Number.isInteger(Math.log10(tick))) : ticks;
  const axis = few.length < 3 ? { tickCount: 5, format: '~g' } : { values: few, format: '~g' };
  return { field, type: 'quantitative', title, scale: { type: 'log', nice: false, padding: 8 }, axis };
};

const tooltip = (field: string, title: string) => [
  { field: 'engine' },
  { field: 'model' },
  { field: 'n', title: 'N' },
  { field, title, format: '.3~g' },
];

interface Layer {
  readonly transform?: readonly object[];
  readonly mark: object;
  readonly encoding: object;
  /** Channels of the panel that this layer does not follow. */
  readonly without?: readonly ('x' | 'color')[];
}

interface Panels {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly rows: readonly ChartRow[];
  readonly layer: readonly Layer[];
  readonly x?: object;
}

/** One panel a model, one colour an engine, all on one scale. */
function panels(results: BenchResults, { id, title, caption, rows, layer, x }: Panels): Chart {
  const models = [...new Set(results.rows.map(({ model }) => model))].filter((m) =>
    rows.some((row) => row.model === m),
  );
  const engines = [...new Set(results.rows.map(({ engine }) => engine))].filter((e) =>
    rows.some((row) => row.engine === e),
  );
  const sizes = [...new Set(results.rows.map(({ n }) => n))];
  const columns = Math.min(3, models.length);
  const shared = {
    x: x ?? {
      field: 'n',
      type: 'quantitative',
      title: 'instances in the bag, N',
      scale: { type: 'log', nice: false, padding: 8 },
      axis: { values: sizes, format: '~s', labelOverlap: true },
    },
    color: {
      field: 'engine',
      type: 'nominal',
      scale: { domain: engines, range: engines.map((engine) => COLOURS[engine] ?? GREY) },
      legend: LEGEND_ABOVE,
    },
  };
  const alt = `${title}, on ${engines.join(', ')}; one panel for each of ${models.join(', ')}.`;
  return {
    id,
    title,
    alt,
    caption,
    spec: {
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      description: alt,
      background: '#ffffff',
      title: { text: wrap(title, 62), subtitle: wrap(subtitle(results), 84) },
      config: CONFIG,
      data: inlineRows(rows),
      columns,
      spacing: GAP,
      facet: { field: 'model', type: 'nominal', sort: models, header: { title: null } },
      spec: {
        width: Math.round((WIDTH - GAP * (columns - 1)) / columns),
        height: HEIGHT,
        layer: layer.map(({ without = [], encoding, ...rest }) => {
          const kept = Object.entries(shared).filter(([channel]) => !without.some((name) => name === channel));
          return { ...rest, encoding: { ...Object.fromEntries(kept), ...encoding } };
        }),
      },
    } as TopLevelSpec,
  };
}

function subtitle({ rows }: BenchResults): string {
  const widths = [...new Set(rows.map(({ d }) => d))].join(', ');
  const threads = [...new Set(rows.map(({ threads: t }) => t))].join(' or ');
  return `random bags of ${widths} features an instance, float32, ${threads} ${threads === '1' ? 'thread' : 'threads'}`;
}
