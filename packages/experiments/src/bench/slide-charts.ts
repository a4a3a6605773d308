import { type Chart, OURS, PAPER_COLOURS } from '../reports/charts/theme.js';
import { rounded } from '../reports/format.js';
import { slideGrowthOf } from './growth.js';
import { type Curve, guideLayers, guideRows, logX, logY, modelPanels, only, seriesOf } from './panels.js';
import type { BenchResults, SlideRow } from './types.js';

const COLOURS = [OURS, PAPER_COLOURS[0], PAPER_COLOURS[2], PAPER_COLOURS[1]];

/** Time and memory against the number of slides; none without such rows. */
export function slideCharts({ slides = [] }: BenchResults): Chart[] {
  return slides.length === 0 ? [] : [time(slides), memory(slides)];
}

/** What a series is called: `all kept`, `32 MiB kept`; the engine before it where there are several. */
export function seriesName({ budgetMb, engine }: Pick<SlideRow, 'budgetMb' | 'engine'>, engines: number): string {
  const kept = budgetMb === null ? 'all kept' : `${budgetMb} MiB kept`;
  return engines > 1 ? `${engine}, ${kept}` : kept;
}

function time(slides: readonly SlideRow[]): Chart {
  const rows = points(slides, 'total', ({ secondsMedian }) => secondsMedian);
  return chart(slides, {
    id: 'slides-time',
    title: 'Time of an epoch against the number of slides',
    axis: 'seconds, training + evaluation',
    caption:
      'One training epoch over all slides and one evaluation of all of them, loading included; median over the repetitions. Features stay in memory: all, or up to a budget, beyond which a slide is loaded at every use. Dotted grey: linear growth (slope 1) through the largest number. The slopes in the corner are those of ln time over ln S.',
    rows,
    curves: curves(slides, rows, 'time'),
    unit: 's',
  });
}

function memory(slides: readonly SlideRow[]): Chart {
  const total = points(slides, 'total', ({ peakRssMb }) => peakRssMb);
  const above = points(slides, 'above', ({ peakRssMb, baseRssMb }) => peakRssMb - baseRssMb).filter(({ y }) => y > 0);
  return chart(slides, {
    id: 'slides-memory',
    title: 'Peak memory against the number of slides',
    axis: 'peak memory (MiB)',
    caption:
      'Filled: largest resident memory of the process. Rings: the same less what it was after two slides. Dotted grey: linear growth (slope 1) through the largest number with all features kept. The slopes in the corner are those of the rings.',
    rows: [...total, ...above],
    curves: curves(slides, above, 'memory'),
    unit: 'MiB',
  });
}

interface Point {
  readonly [key: string]: string | number;
  readonly kind: string;
  readonly model: string;
  readonly series: string;
  readonly slides: number;
  readonly y: number;
}

function points(slides: readonly SlideRow[], kind: string, value: (row: SlideRow) => number): Point[] {
  const engines = new Set(slides.map(({ engine }) => engine)).size;
  return slides.map((row) => ({
    ...{ kind, model: row.model, series: seriesName(row, engines) },
    ...{ slides: row.slides, y: rounded(value(row)) },
  }));
}

function curves(slides: readonly SlideRow[], rows: readonly Point[], what: 'time' | 'memory'): Curve[] {
  const engines = new Set(slides.map(({ engine }) => engine)).size;
  return slideGrowthOf(slides)
    .filter((growth) => growth[what] !== null)
    .map((growth) => {
      const series = seriesName(growth, engines);
      const own = rows.filter((row) => row.model === growth.model && row.series === series);
      return {
        ...{ model: growth.model, series, slope: growth[what], label: `${series}: slope` },
        // What does not grow needs no guide.
        guide: what === 'time' || growth.budgetMb === null,
        points: own.map(({ slides: x, y }) => ({ x, y })).sort((a, b) => a.x - b.x),
      };
    });
}

interface SlideChart extends Pick<Chart, 'id' | 'title' | 'caption'> {
  readonly axis: string;
  readonly rows: readonly Point[];
  readonly curves: readonly Curve[];
  readonly unit: string;
}

function chart(slides: readonly SlideRow[], { axis, rows, curves: grown, unit, ...rest }: SlideChart): Chart {
  const engines = [...new Set(slides.map(({ engine }) => engine))];
  const names = [...new Set(rows.map(({ series }) => series))];
  const kinds = ['above', 'total'].filter((kind) => rows.some((row) => row.kind === kind));
  const guides = guideRows(grown, 'slides', 'y');
  const heights = [...rows, ...guides].flatMap(({ y }) => (typeof y === 'number' ? [y] : []));
  const y = logY('y', axis, heights);
  const tooltip = [
    { field: 'model' },
    { field: 'series', title: 'features' },
    { field: 'slides', title: 'slides' },
    { field: 'y', title: unit, format: '.3~g' },
  ];
  const { n, d, threads } = slides[0]!;
  return modelPanels({
    ...rest,
    rows: [...rows, ...guides],
    models: [...new Set(slides.map(({ model }) => model))],
    subtitle: `random slides of ${n} instances of ${d} features, ${engines.join(' and ')}, float32, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    by: `with features ${names.join(' or ')}`,
    series: seriesOf('series', names, COLOURS, true),
    x: logX(
      'slides',
      'number of slides, S',
      slides.map((row) => row.slides),
    ),
    layer: [
      ...guideLayers(y, guides),
      ...kinds.flatMap((kind) => [
        { transform: only(kind), mark: { type: 'line', strokeWidth: kind === 'total' ? 2 : 1.5 }, encoding: { y } },
        {
          transform: only(kind),
          mark: {
            type: 'point',
            size: 45,
            ...(kind === 'total' ? { filled: true } : { filled: false, fill: '#ffffff', strokeWidth: 1.5, opacity: 1 }),
          },
          encoding: { y, tooltip },
          without: ['strokeDash'] as const,
        },
      ]),
    ],
  });
}
