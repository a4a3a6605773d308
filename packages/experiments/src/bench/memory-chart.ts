import type { Chart } from '../reports/charts/theme.js';
import { rounded } from '../reports/format.js';
import { bagCurves } from './bag-curves.js';
import { enginePanels, numbers, point, tooltip } from './engine-panels.js';
import { aboveBase } from './growth.js';
import { LIMIT_MB, LIMIT_N } from './memory-limit.js';
import { guideLayers, guideRows, logY, only } from './panels.js';
import type { BenchResults } from './types.js';

/** The whole process, and, where its growth can be read, what the engine alone does not take. */
export function memory(results: BenchResults): Chart {
  const grown = bagCurves(results, 'memory', aboveBase);
  const guides = guideRows(grown, 'n', 'mb');
  const above = results.rows
    .filter((row) => grown.some(({ model, series }) => model === row.model && series === row.engine))
    .map((row) => ({ ...point(row), kind: 'above', mb: rounded(aboveBase(row)) }))
    .filter(({ mb }) => mb > 0);
  const rows = results.rows.map((row) => ({ ...point(row), kind: 'all', mb: row.peakRssMb }));
  const judged = new Set(results.rows.filter(({ n }) => n === LIMIT_N).map(({ model }) => model));
  const limits = [...judged].map((model) => ({ kind: 'limit', model, n: LIMIT_N, mb: Math.round(LIMIT_MB) }));
  const y = logY('mb', 'peak memory (MiB)', [
    ...[...rows, ...above, ...limits].map(({ mb }) => mb),
    ...numbers(guides, 'mb'),
  ]);
  const linear =
    above.length === 0
      ? ''
      : ` Rings, dashed: the same less what it was before the model was built. Dotted grey: linear growth (slope 1) through the ring of the largest bag, over the sizes that the slope in the corner was fitted to.`;
  const limit = limits.length === 0 ? '' : ' Tick without colour: 4 GB for 50,000 instances.';
  return enginePanels(results, {
    id: 'memory',
    title: 'Peak memory of a process that trains and evaluates one bag',
    caption: `Largest resident memory, the runtime and the engine’s libraries included.${linear}${limit}`,
    rows: [...rows, ...above, ...limits, ...guides],
    layer: [
      ...guideLayers(y, guides),
      { transform: only('all'), mark: { type: 'line', strokeWidth: 2 }, encoding: { y } },
      {
        transform: only('all'),
        mark: { type: 'point', filled: true, size: 45 },
        encoding: { y, tooltip: tooltip('mb', 'MiB') },
      },
      ...(limits.length === 0
        ? []
        : [
            {
              transform: only('limit'),
              mark: { type: 'tick', color: '#222222', thickness: 2.5, size: 16, orient: 'horizontal', aria: false },
              encoding: { y },
              without: ['color', 'shape'] as const,
            },
          ]),
      ...(above.length === 0
        ? []
        : [
            { transform: only('above'), mark: { type: 'line', strokeWidth: 1.5, strokeDash: [5, 3] }, encoding: { y } },
            {
              transform: only('above'),
              mark: { type: 'point', filled: false, fill: '#ffffff', size: 40, strokeWidth: 1.5, opacity: 1 },
              encoding: { y, tooltip: tooltip('mb', 'MiB above the engine alone') },
            },
          ]),
    ],
  });
}
