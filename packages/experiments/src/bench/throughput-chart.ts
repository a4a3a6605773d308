import type { Chart } from '../reports/charts/theme.js';
import { rounded } from '../reports/format.js';
import { enginePanels, point, tooltip } from './engine-panels.js';
import { gflops } from './gflops.js';
import { logY, only } from './panels.js';
import { peaksOf } from './peaks.js';
import type { BenchResults } from './types.js';

/** The roofline: work over time, under the engine's peak. Null where no engine has a peak. */
export function throughput(results: BenchResults): Chart | null {
  const rows = results.rows.flatMap((row) =>
    row.stepMacs === null ? [] : [{ ...point(row), kind: 'rate', rate: rounded(gflops(row.stepMacs, row.stepMsMin)) }],
  );
  const models = [...new Set(rows.map(({ model }) => model))];
  const peaks = peaksOf(results.rows).flatMap(({ engine, gflops: rate }) =>
    models.map((model) => ({ kind: 'peak', engine, model, rate })),
  );
  if (peaks.length === 0) return null;
  const y = logY(
    'rate',
    'GFLOP/s',
    [...rows, ...peaks].map(({ rate }) => rate),
  );
  return enginePanels(results, {
    id: 'throughput',
    title: 'Throughput of a training step under the machine’s peak',
    caption:
      'The matrix products that a training step runs, counted (two operations a multiply-accumulate), over its fastest repetition. Dashed: the best rate of a 1024³ float32 matrix product on the same engine. A model far below it spends its time on something else than products: small operations, element-wise passes, the optimiser.',
    rows: [...rows, ...peaks],
    layer: [
      {
        transform: only('peak'),
        mark: { type: 'rule', strokeDash: [5, 4], strokeWidth: 1.5, aria: false },
        encoding: { y: { ...y, aggregate: 'mean' } },
        without: ['x', 'shape'],
      },
      {
        transform: only('rate'),
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { y },
      },
      {
        transform: only('rate'),
        mark: { type: 'point', filled: true, size: 45 },
        encoding: { y, tooltip: tooltip('rate', 'GFLOP/s') },
      },
    ],
  });
}
