import type { ChartRow } from '../reports/charts/inline-rows.js';
import { type Chart, GREY, OURS, PAPER_COLOURS } from '../reports/charts/theme.js';
import { logX, modelPanels, type Panels, seriesOf } from './panels.js';
import type { BenchResults, BenchRow } from './types.js';

/** Colours of the engines; an engine without one is grey. */
const COLOURS: Readonly<Record<string, string>> = { native: OURS, wasm: PAPER_COLOURS[0], pytorch: PAPER_COLOURS[2] };

interface EnginePanels extends Pick<Panels, 'id' | 'title' | 'caption' | 'rows' | 'layer'> {
  readonly x?: object;
}

/** One panel a model, one colour an engine, all on one scale. */
export function enginePanels(results: BenchResults, { rows, x, ...rest }: EnginePanels): Chart {
  const engines = [...new Set(results.rows.map(({ engine }) => engine))].filter((e) =>
    rows.some((row) => row.engine === e),
  );
  return modelPanels({
    ...rest,
    rows,
    subtitle: subtitle(results),
    models: [...new Set(results.rows.map(({ model }) => model))],
    by: `on ${engines.join(', ')}`,
    series: seriesOf(
      'engine',
      engines,
      engines.map((engine) => COLOURS[engine] ?? GREY),
    ),
    x:
      x ??
      logX(
        'n',
        'instances in the bag, N',
        results.rows.map(({ n }) => n),
      ),
  });
}

function subtitle({ rows }: BenchResults): string {
  const widths = [...new Set(rows.map(({ d }) => d))].join(', ');
  const threads = [...new Set(rows.map(({ threads: t }) => t))].join(' or ');
  return `random bags of ${widths} features an instance, float32, ${threads} ${threads === '1' ? 'thread' : 'threads'}`;
}

/** What every point of a chart carries. */
export const point = ({ engine, model, n }: BenchRow) => ({ engine, model, n });

export const tooltip = (field: string, title: string) => [
  { field: 'engine' },
  { field: 'model' },
  { field: 'n', title: 'N' },
  { field, title, format: '.3~g' },
];

/** The numbers in one field of the rows that have it. */
export const numbers = (rows: readonly ChartRow[], field: string): number[] =>
  rows.flatMap((row) => (typeof row[field] === 'number' ? [row[field]] : []));
