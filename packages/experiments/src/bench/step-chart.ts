import type { Chart } from '../reports/charts/theme.js';
import { bagCurves } from './bag-curves.js';
import { enginePanels, numbers, point, tooltip } from './engine-panels.js';
import { guideLayers, guideRows, logY, only } from './panels.js';
import type { BenchResults } from './types.js';

export function stepTimes(results: BenchResults): Chart {
  const rows = results.rows.map((row) => ({
    ...point(row),
    kind: 'step',
    ms: row.stepMsMedian,
    p25: row.stepMsP25,
    p75: row.stepMsP75,
  }));
  const guides = guideRows(
    bagCurves(results, 'time', ({ stepMsMedian }) => stepMsMedian),
    'n',
    'ms',
  );
  const y = logY('ms', 'milliseconds a step', [
    ...rows.flatMap(({ p25, p75 }) => [p25, p75]),
    ...numbers(guides, 'ms'),
  ]);
  const linear =
    guides.length === 0
      ? ''
      : ` Dotted grey: linear growth (slope 1) through the largest bag, over the sizes that the slope in the corner was fitted to.`;
  return enginePanels(results, {
    id: 'step-time',
    title: 'Time of a training step against the size of the bag',
    caption: `Median over the repetitions; the bar spans the middle half of them. Forward, loss, backward, optimiser and anchor, one bag a step.${linear}`,
    rows: [...rows, ...guides],
    layer: [
      ...guideLayers(y, guides),
      { transform: only('step'), mark: { type: 'line', strokeWidth: 2 }, encoding: { y } },
      {
        transform: only('step'),
        mark: { type: 'rule', strokeWidth: 2, opacity: 0.6, aria: false },
        encoding: { y: { ...y, field: 'p25' }, y2: { field: 'p75' } },
      },
      {
        transform: only('step'),
        mark: { type: 'point', filled: true, size: 45 },
        encoding: { y, tooltip: tooltip('ms', 'ms a step') },
      },
    ],
  });
}
