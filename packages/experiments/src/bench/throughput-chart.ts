import type { Chart } from '../reports/charts/theme.js';
import { rounded } from '../reports/format.js';
import { enginePanels, point, tooltip } from './engine-panels.js';
import { gflops } from './macs.js';
import { logY, only } from './panels.js';
import { peaksOf } from './peaks.js';
import type { BenchResults } from './types.js';

/** Null where no model has a closed form of its work, or no engine a peak. */
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
      'Work by the model’s closed form (matrix products only, two operations a multiply-accumulate) over the fastest repetition. Dashed: the best rate of a 1024³ float32 matrix product on the same engine; a curve above it says that fewer products are run than the closed form counts.',
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
