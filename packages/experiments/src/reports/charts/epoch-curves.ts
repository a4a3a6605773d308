import type { TopLevelSpec } from 'vega-lite';
import type { EpochScores } from '../../types.js';
import type { Summary } from '../summary.js';
import { isSingle, overText } from '../wording.js';
import { type EpochPoint, overEpochs, scoreReader } from './epochs.js';
import { inlineRows } from './inline-rows.js';
import {
  type Chart,
  chartTitle,
  frame,
  LEGEND_ABOVE,
  POINTER_TARGET,
  TEST_COLOUR,
  VALIDATION_COLOUR,
  WIDTH,
} from './theme.js';

/** More panels than this are a wall, not a chart. */
const MOST_SETTINGS = 12;
/** A small panel shows no more; a longer history is thinned. */
const MOST_EPOCHS = 20;
/** Pixels between two panels. */
const GAP = 26;

/** What is drawn over the epochs. */
export interface CurveScore {
  readonly id: string;
  readonly label: string;
  readonly score: keyof EpochScores;
}

export const F1_CURVE: CurveScore = { id: 'epochs-f1', label: 'macro F1', score: 'macroF1' };
export const AUC_CURVE: CurveScore = { id: 'epochs-auc', label: 'macro AUC', score: 'macroAuc' };
export const CROSS_ENTROPY_CURVE: CurveScore = {
  id: 'epochs-cross-entropy',
  label: 'cross entropy (nats)',
  score: 'crossEntropy',
};

/**
 * One small panel a setting: validation and test score over the epochs, mean over runs with a band of one standard
 * deviation around the test curve, all on one scale. Null with a single epoch or with too many settings.
 */
export function epochCurves(summary: Summary, curve: CurveScore): Chart | null {
  const { results, cells } = summary;
  if (cells.length > MOST_SETTINGS) return null;
  const values = cells.flatMap((cell) => [
    ...curveRows(cell.label, 'test', overEpochs(cell.finished, scoreReader('test', curve.score), MOST_EPOCHS)),
    ...curveRows(cell.label, 'validation', overEpochs(cell.finished, scoreReader('val', curve.score), MOST_EPOCHS)),
  ]);
  if (!values.some((row) => row.epoch > 1)) return null;
  const validated = values.some((row) => row.bags === 'validation');
  const bags = validated ? ['test', 'validation'] : ['test'];
  const labels = cells.map((cell) => cell.label);
  const columns = columnsFor(cells.length);
  const title = chartTitle(`${curve.label} over the epochs, by ${summary.experiment.factor.label}`, results);
  const alt = `${title}. One panel a setting with the mean over runs on ${validated ? 'validation and ' : ''}test bags.`;
  const legend = !validated ? null : { ...LEGEND_ABOVE, symbolType: 'stroke', symbolStrokeWidth: 2.5 };
  const many = !isSingle(results);
  return {
    id: curve.id,
    title,
    alt,
    caption:
      (many
        ? `Mean over ${overText(results)}; the band is one standard deviation to each side of the test curve. `
        : 'One run a setting. ') +
      (results.train.select === 'best'
        ? 'The test curve is shown after the fact: only validation bags take part in choosing the epoch.'
        : 'Nothing is chosen by these curves: the last epoch is reported.'),
    spec: {
      ...frame(results, title, alt),
      data: inlineRows(values),
      columns,
      spacing: GAP,
      resolve: { axis: { x: 'independent' } }, // or an axis stands below the gap in the last row
      facet: { field: 'setting', type: 'ordinal', sort: labels, header: { title: null } },
      spec: {
        width: Math.round((WIDTH - GAP * (columns - 1)) / columns),
        height: 105,
        encoding: {
          x: {
            field: 'epoch',
            type: 'quantitative',
            title: 'epoch',
            scale: { domain: [1, Math.max(...values.map((row) => row.epoch))], nice: false },
            axis: { tickMinStep: 1, tickCount: 3 },
          },
          color: {
            field: 'bags',
            type: 'nominal',
            scale: { domain: bags, range: [TEST_COLOUR, VALIDATION_COLOUR].slice(0, bags.length) },
            legend,
          },
        },
        layer: [
          ...(many
            ? [
                {
                  transform: [{ filter: "datum.bags === 'test'" }],
                  mark: { type: 'area' as const, opacity: 0.16, aria: false },
                  encoding: {
                    y: { field: 'low', type: 'quantitative' as const, title: curve.label, scale: { zero: false } },
                    y2: { field: 'high' },
                  },
                },
              ]
            : []),
          {
            mark: { type: 'line', strokeWidth: 1.8, aria: false },
            encoding: {
              y: { field: 'mean', type: 'quantitative', title: curve.label, scale: { zero: false } },
              strokeDash: {
                field: 'bags',
                type: 'nominal',
                scale: {
                  domain: bags,
                  range: [
                    [1, 0],
                    [5, 3],
                  ].slice(0, bags.length),
                },
                legend,
              },
            },
          },
          {
            mark: POINTER_TARGET,
            encoding: {
              y: { field: 'mean', type: 'quantitative', title: curve.label },
              tooltip: [
                { field: 'setting', title: summary.experiment.factor.label },
                { field: 'bags', title: 'bags' },
                { field: 'epoch', title: 'epoch' },
                { field: 'mean', title: `mean ${curve.label}`, format: '.3f' },
              ],
            },
          },
        ],
      },
    } as TopLevelSpec,
  };
}

function curveRows(setting: string, bags: 'test' | 'validation', points: readonly EpochPoint[]) {
  return points.map(({ epoch, mean, low, high }) =>
    bags === 'test' ? { setting, bags, epoch, mean, low, high } : { setting, bags, epoch, mean },
  );
}

/** As many columns as leave the last row fullest. */
function columnsFor(panels: number): number {
  if (panels <= 3) return panels;
  if (panels === 4) return 2;
  return panels % 4 === 0 || panels % 4 === 3 ? 4 : 3;
}
