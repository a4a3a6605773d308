import type { TopLevelSpec } from 'vega-lite';
import { inlineRows } from '../charts/inline-rows.js';
import { type Chart, frameOf, OURS } from '../charts/theme.js';
import { fixed, rounded } from '../format.js';
import { typicalSlides } from './choose.js';
import type { Gallery } from './types.js';

/*
 * Distributions over the tiles of one slide: the raw scores of a softmax model, and what softmax with a temperature and NSF
 * make of the same scores. Scores come back from the map as ln(weight), centred, as the released histograms are.
 */

const BINS = 60;
const TEMPERATURES = [1, 2, 4, 8];

/** Histograms for the first run of the gallery. */
export function scoreCharts(gallery: Gallery): Chart[] {
  const [run] = gallery.runs;
  const slide = run && (typicalSlides(run.slides).lesion ?? run.slides[0]);
  const map = slide?.maps.at(-1);
  if (!run || !slide || !map || slide.n < 2) return [];
  const scores = centredScores(map);
  const panels = [
    histogramPanel('raw scores (centred)', 'score', scores),
    ...TEMPERATURES.map((t) =>
      histogramPanel(`softmax, T = ${t}`, 'weight × N', relative(scores.map((s) => Math.exp(s / t)))),
    ),
    histogramPanel('NSF', 'weight × N', relative(scores.map((s) => 1 / (1 + Math.exp(-s))))),
  ];
  const title = `Scores of the tiles of one slide, and what normalisers make of them: ${gallery.cohort}`;
  const alt = `${title}. Six histograms: raw scores, softmax with four temperatures, NSF.`;
  const { skew, least, most } = shapeOf(scores);
  return [
    {
      id: 'score-distribution',
      title,
      alt,
      caption: `${run.label}, test slide ${slide.id} (${slide.n} tiles), last epoch, split ${run.split}, seed ${run.seed}. Counts are on a logarithmic axis. Scores lie between ${fixed(least, 2)} and ${fixed(most, 2)} around their mean, skewness ${fixed(skew, 2)}${skew > 1 ? ': a long tail of high scores' : ''}. Weight × N is 1 for a flat map.`,
      spec: {
        ...frameOf(`slide ${slide.id}, ${slide.n} tiles; one run`, title, alt),
        spacing: 18,
        vconcat: [0, 2, 4].map((at) => ({ hconcat: panels.slice(at, at + 2), spacing: 26 })),
      } as unknown as TopLevelSpec,
    },
  ];
}

/** ln of a map's weights less their mean: softmax scores up to the constant that softmax does not see. */
export function centredScores(map: Float32Array): number[] {
  const logs = Array.from(map, (weight) => Math.log(Math.max(weight, 1e-38)));
  const mean = logs.reduce((a, b) => a + b, 0) / logs.length;
  return logs.map((value) => value - mean);
}

function relative(values: readonly number[]): number[] {
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => (value * values.length) / sum);
}

function shapeOf(values: readonly number[]) {
  const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
  const skew = variance > 0 ? values.reduce((sum, v) => sum + v ** 3, 0) / values.length / variance ** 1.5 : 0;
  return { skew, least: Math.min(...values), most: Math.max(...values) };
}

function histogramPanel(title: string, axis: string, values: readonly number[]) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = (high - low || 1) / BINS;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) counts[Math.min(BINS - 1, Math.floor((value - low) / step))]! += 1;
  const rows = counts.flatMap((count, i) =>
    count === 0 ? [] : [{ from: rounded(low + i * step, 4), to: rounded(low + (i + 1) * step, 4), count, base: 0.7 }],
  );
  return {
    title: { text: title, fontSize: 12, fontWeight: 600, anchor: 'start', offset: 4 },
    width: 262,
    height: 110,
    data: inlineRows(rows),
    mark: { type: 'rect', color: OURS, stroke: null },
    encoding: {
      x: {
        field: 'from',
        type: 'quantitative',
        title: axis,
        scale: { nice: false, zero: false },
        axis: { tickCount: 5 },
      },
      x2: { field: 'to' },
      y: {
        field: 'count',
        type: 'quantitative',
        title: 'tiles',
        scale: { type: 'log', domain: [0.7, Math.max(10, values.length)], nice: false },
        axis: { values: [1, 10, 100, 1000, 10000], format: '~s' },
      },
      y2: { field: 'base' },
      tooltip: [
        { field: 'from', format: '.3g' },
        { field: 'to', format: '.3g' },
        { field: 'count', title: 'tiles' },
      ],
    },
  };
}
