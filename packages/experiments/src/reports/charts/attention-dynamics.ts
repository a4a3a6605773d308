import type { TopLevelSpec } from 'vega-lite';
import type { Summary } from '../summary.js';
import { overText } from '../wording.js';
import { overEpochs } from './epochs.js';
import { type ChartRow, inlineRows } from './inline-rows.js';
import {
  type Chart,
  chartTitle,
  frame,
  LEGEND_ABOVE,
  linearAxis,
  logAxis,
  needsLog,
  orderedScales,
  POINTER_TARGET,
  WIDTH,
} from './theme.js';

/**
 * How far attention moves from epoch to epoch (JSD, above) and how spread it is (entropy / ln N, below), one line a
 * setting, mean over runs and test bags. Null where no run has a JSD.
 */
export function attentionDynamics(summary: Summary): Chart | null {
  const { results, cells } = summary;
  const jsd = cells.flatMap((cell) =>
    overEpochs(cell.finished, (record) => record.attention?.jsd ?? null).map((point) => ({
      setting: cell.label,
      epoch: point.epoch,
      value: point.mean,
    })),
  );
  const entropy = cells.flatMap((cell) =>
    overEpochs(cell.finished, (record) => record.attention?.entropy ?? null, 40, 6).map((point) => ({
      setting: cell.label,
      epoch: point.epoch,
      value: point.mean,
    })),
  );
  if (jsd.length === 0) return null;
  const factor = summary.experiment.factor.label;
  const labels = cells.map((cell) => cell.label);
  const title = chartTitle(`Attention from epoch to epoch, by ${factor}`, results);
  const values = jsd.map((row) => row.value);
  const log = needsLog(values);
  const ticks = log ? logAxis(Math.min(...values), Math.max(...values)) : linearAxis(Math.max(...values), 5);
  const scales = orderedScales(labels);
  const legend = {
    ...LEGEND_ABOVE,
    title: factor,
    columns: 4,
    symbolType: 'stroke',
    symbolStrokeWidth: 2.5,
    symbolSize: 260,
  };
  const last = Math.max(...entropy.map((row) => row.epoch));
  const alt = `${title}. Above the Jensen–Shannon divergence between consecutive epochs, below entropy divided by ln N.`;
  const panel = (
    name: string,
    rows: readonly ChartRow[],
    label: string,
    scale: object,
    axis: object,
    height: number,
  ) => ({
    width: WIDTH,
    height,
    data: inlineRows(rows),
    encoding: {
      x: {
        field: 'epoch',
        type: 'quantitative',
        title: 'epoch',
        scale: { domain: [1, last], nice: false },
        axis: { tickMinStep: 1 },
      },
      y: { field: 'value', type: 'quantitative', title: label, scale, axis },
      color: {
        field: 'setting',
        type: 'ordinal',
        sort: labels,
        scale: scales.colour,
        legend,
      },
    },
    layer: [
      {
        name,
        mark: { type: 'line', strokeWidth: 1.8, aria: false },
        encoding: {
          strokeDash: { field: 'setting', type: 'ordinal', sort: labels, scale: scales.dash, legend },
          opacity: { condition: { param: 'setting', value: 1 }, value: 0.12 },
        },
      },
      {
        mark: POINTER_TARGET,
        encoding: {
          tooltip: [
            { field: 'setting', title: factor },
            { field: 'epoch', title: 'epoch' },
            { field: 'value', title: label, format: '.3~g' },
          ],
        },
      },
    ],
  });
  return {
    id: 'attention-dynamics',
    title,
    alt,
    caption:
      `Mean over test bags and ${overText(results)}. Above: Jensen–Shannon divergence between the attention of consecutive ` +
      `epochs${log ? ', logarithmic axis' : ''}; low is stable. Below: entropy / ln N; 1 is flat attention. ` +
      `${results.train.schedule === 'cosine' ? 'The learning rate falls towards zero, which alone brings every JSD down at the end. ' : ''}` +
      'In the page, a click on a name in the legend picks out its line.',
    spec: {
      ...frame(results, title, alt),
      params: [
        { name: 'setting', select: { type: 'point', fields: ['setting'] }, bind: 'legend', views: ['jsd', 'entropy'] },
      ],
      vconcat: [
        panel('jsd', jsd, 'JSD (nats)', log ? { type: 'log', nice: false } : { zero: true }, ticks, 230),
        panel('entropy', entropy, 'entropy / ln N', { zero: false }, { tickCount: 5 }, 150),
      ],
    } as TopLevelSpec,
  };
}
