import type { TopLevelSpec } from 'vega-lite';
import { type ChartRow, inlineRows } from '../reports/charts/inline-rows.js';
import { type Chart, CONFIG, GREY, LEGEND_ABOVE, logTicks, WIDTH, wrap } from '../reports/charts/theme.js';

const GAP = 30;
const HEIGHT = 170;
const INK = '#222222';

/** A logarithmic axis with ticks at 1, 2 and 5 of every decade: at 1 alone if they are many, at finer steps if they are few. */
export const logY = (field: string, title: string, values: readonly number[]) => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const ticks = logTicks(low, high);
  const few = ticks.length > 7 ? ticks.filter((tick) => Number.isInteger(Math.log10(tick))) : ticks;
  const axis = few.length < 3 ? { tickCount: 5, format: '~g' } : { values: few, format: '~g' };
  return { field, type: 'quantitative', title, scale: { type: 'log', nice: false, padding: 8 }, axis };
};

export interface Layer {
  readonly transform?: readonly object[];
  readonly mark: object;
  readonly encoding: object;
  /** Channels of the panel that this layer does not follow. */
  readonly without?: readonly ('x' | 'color' | 'shape' | 'strokeDash')[];
}

export interface Panels {
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
  readonly caption: string;
  readonly rows: readonly ChartRow[];
  readonly models: readonly string[];
  readonly layer: readonly Layer[];
  /** Channels that every layer follows, `color` among them, beside `x`. */
  readonly series: object;
  /** What the series are, for those who do not see them. */
  readonly by: string;
  readonly x: object;
}

/** One panel a model, all on one scale. */
export function modelPanels(given: Panels): Chart {
  const { id, title, caption, rows, layer, series, x } = given;
  const models = given.models.filter((m) => rows.some((row) => row.model === m));
  const columns = Math.min(3, models.length);
  const shared = { x, ...series };
  const alt = `${title}, ${given.by}; one panel for each of ${models.join(', ')}.`;
  return {
    id,
    title,
    alt,
    caption,
    spec: {
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      description: alt,
      background: '#ffffff',
      title: { text: wrap(title, 62), subtitle: wrap(given.subtitle, 84) },
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

const SHAPES = ['circle', 'triangle-up', 'square'];
const DASHES = [
  [1, 0],
  [5, 3],
];

/** One colour and one shape a series, for those who see colours alike; with `dashed` also a dash. */
export function seriesOf(field: string, names: readonly string[], colours: readonly string[], dashed = false) {
  const channel = (range: readonly unknown[]) => ({
    field,
    type: 'nominal',
    scale: { domain: [...names], range: names.map((_, i) => range[i % range.length]) },
    legend: LEGEND_ABOVE,
  });
  return { color: channel(colours), shape: channel(SHAPES), ...(dashed && { strokeDash: channel(DASHES) }) };
}

/** A logarithmic horizontal axis with a tick at every value. */
export const logX = (field: string, title: string, values: readonly number[], format = '~s') => ({
  field,
  type: 'quantitative',
  title,
  scale: { type: 'log', nice: false, padding: 8 },
  axis: { values: [...new Set(values)], format, labelOverlap: true },
});

/** Only the rows of one kind. */
export const only = (kind: string) => [{ filter: `datum.kind === '${kind}'` }];

export interface Curve {
  readonly model: string;
  readonly series: string;
  /** Points of the curve, ascending. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** The slope that was fitted, and how it is introduced in the panel. */
  readonly slope: number | null;
  readonly label: string;
  /** Draws the guide; true if absent. */
  readonly guide?: boolean;
}

/** Rows of the guides: linear growth through the last point of every curve, and its slope in words. */
export function guideRows(curves: readonly Curve[], x: string, y: string): ChartRow[] {
  return curves.flatMap(({ model, series, points, slope, label, guide: drawn = true }, i) => {
    const last = points.at(-1)!;
    const guide = (drawn ? [points[0]!, last] : []).map((point) => ({
      ...{ kind: 'guide', model, guide: `${series} ${i}` },
      ...{ [x]: point.x, [y]: Number(((last.y * point.x) / last.x).toPrecision(4)) },
    }));
    const line = curves.filter((other) => other.model === model).findIndex((other) => other.series === series);
    const text = slope === null ? [] : [{ kind: 'slope', model, line, text: `${label} ${slope.toFixed(2)}` }];
    return [...guide, ...text];
  });
}

/** Layers for the `guideRows` there are: a thin grey line below everything else, and the slopes in the corner below the curves. */
export function guideLayers(y: object, guides: readonly ChartRow[]): Layer[] {
  const without = ['color', 'shape', 'strokeDash'] as const;
  const line: Layer = {
    transform: only('guide'),
    mark: { type: 'line', color: GREY, strokeWidth: 1.2, strokeDash: [2, 3], aria: false },
    encoding: { y, detail: { field: 'guide', type: 'nominal' } },
    without,
  };
  const lines = [...new Set(guides.flatMap((row) => (typeof row.line === 'number' ? [row.line] : [])))];
  const texts = lines.map((n): Layer => {
    const place = { align: 'right', x: 'width', y: 'height', dx: -6, dy: -7 - 13 * (Math.max(...lines) - n) };
    return {
      transform: [{ filter: `datum.kind === 'slope' && datum.line === ${n}` }],
      mark: { type: 'text', ...place, color: INK, fontSize: 11, aria: false },
      encoding: { text: { field: 'text', type: 'nominal' } },
      without: ['x', ...without],
    };
  });
  return [...(guides.some(({ kind }) => kind === 'guide') ? [line] : []), ...texts];
}
