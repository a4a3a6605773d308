import { type Chart, GREY } from '../reports/charts/theme.js';
import { enginePanels, point, tooltip } from './engine-panels.js';
import { goalFor } from './goals.js';
import { logY, only } from './panels.js';
import type { BenchResults } from './types.js';

/** Null without a comparison. */
export function ratios(results: BenchResults): Chart | null {
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
  return enginePanels(results, {
    id: 'ratio',
    title: 'Training step in relation to PyTorch',
    caption:
      'Below the line at 1 a step is faster than PyTorch’s, measured in turns with it. Filled: ratio of medians; ring: ratio of minima. Ticks without colour: the goals of the native engine, 0.4 for bags of up to 50 and 0.9 from 500 on.',
    rows: [...rows, ...marks],
    x: { field: 'n', type: 'ordinal', title: 'instances in the bag, N', axis: { labelAngle: 0 } },
    layer: [
      {
        transform: only('one'),
        mark: { type: 'rule', color: GREY, aria: false },
        encoding: { y: { ...y, aggregate: 'mean' } },
        without: ['x', 'color', 'shape'],
      },
      {
        transform: only('goal'),
        mark: { type: 'tick', color: '#222222', thickness: 2, orient: 'horizontal', aria: false },
        encoding: { y },
        without: ['color', 'shape'],
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
