import type { TopLevelSpec } from 'vega-lite';
import { roomAround } from '../charts/domain.js';
import { inlineRows } from '../charts/inline-rows.js';
import { type Axis, placeLabels } from '../charts/place-labels.js';
import { type Chart, frameOf, GREY, logAxis, OURS, WIDTH } from '../charts/theme.js';
import { count, rounded } from '../format.js';
import { FLAT } from '../reading-attention.js';
import type { Summary } from '../summary.js';
import { COLUMNS, pointsOf, type StabilityRow } from './stability.js';

const HEIGHT = 240;
const FONT = { fontSize: 10.5, fontWeight: 400 };

/** Score over each measure of stability, a labelled mark a model; flat ones hollow. */
export function stabilityChart(rows: readonly StabilityRow[], summary: Summary): Chart | null {
  const [metric] = summary.metrics;
  const panels = COLUMNS.flatMap(({ field, label }) => {
    const points = pointsOf(rows, summary, field);
    if (points.length < 2 || !metric) return [];
    const log = field === 'jsdArea' && points.every(({ value }) => value > 0);
    const across: Axis = {
      domain: roomAround(
        points.map(({ value }) => value),
        log,
      ),
      log,
      pixels: WIDTH,
    };
    const up: Axis = {
      domain: roomAround(points.map(({ score }) => score)),
      log: false,
      pixels: HEIGHT,
    };
    const places = placeLabels(
      points.map(({ label: name, value, score }) => ({ name, x: value, y: score })),
      across,
      up,
      FONT,
    );
    const x = {
      field: 'value',
      type: 'quantitative',
      title: label,
      scale: { type: log ? 'log' : 'linear', domain: across.domain, nice: false },
      axis: log ? logAxis(across.domain[0], across.domain[1]) : { tickCount: 5 },
    };
    const y = {
      field: 'score',
      type: 'quantitative',
      title: `test ${metric.label}`,
      scale: { domain: up.domain, nice: false },
      axis: { tickCount: 5 },
    };
    return [
      {
        width: WIDTH,
        height: HEIGHT,
        data: inlineRows(
          points.map((p, i) => ({
            ...p,
            ...places[i]!,
            value: rounded(p.value, 4),
            score: rounded(p.score),
            flat: p.flat ? 'flat' : 'concentrated',
          })),
        ),
        encoding: { x, y },
        layer: [
          {
            mark: { type: 'point', size: 75, strokeWidth: 1.6, color: OURS, opacity: 1 },
            encoding: {
              fill: {
                condition: { test: "datum.flat === 'flat'", value: '#ffffff' },
                value: OURS,
              },
              tooltip: [
                { field: 'label' },
                { field: 'value', title: label, format: '.3g' },
                { field: 'score', title: metric.label, format: '.3f' },
              ],
            },
          },
          {
            transform: [{ filter: 'datum.far === 1' }],
            mark: { type: 'rule', color: GREY, strokeWidth: 0.8, aria: false },
            encoding: { x2: { field: 'labelX' }, y2: { field: 'labelY' } },
          },
          ...[1, -1].map((side) => ({
            transform: [{ filter: `datum.side === ${side}` }],
            mark: {
              type: 'text',
              align: side > 0 ? 'left' : 'right',
              baseline: 'middle',
              color: GREY,
              aria: false,
              ...FONT,
            },
            encoding: {
              x: { ...x, field: 'labelX' },
              y: { ...y, field: 'labelY' },
              text: { field: 'label' },
            },
          })),
        ],
      },
    ];
  });
  if (panels.length === 0 || !metric) return null;
  const title = `Does stability predict ${metric.label}: ${summary.results.cohort.title}`;
  const alt = `${title}. Test ${metric.label} over three measures of stability, a mark a model.`;
  return {
    id: 'stability-score',
    title,
    alt,
    caption: `Means over ${count(summary.results.seeds.length, 'seed')}. Hollow marks: attention almost flat (entropy / ln N of ${FLAT} or more), whose stillness is no merit. Left in the first panel, right in the others, is more stable.`,
    spec: {
      ...frameOf(`${count(rows.length, 'model')}, ${count(summary.results.seeds.length, 'seed')}`, title, alt),
      vconcat: panels,
      spacing: 22,
    } as unknown as TopLevelSpec,
  };
}
