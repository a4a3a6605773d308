import { chartsOf } from '../../charts/index.js';
import type { Chart } from '../../charts/theme.js';
import type { PlaceSummary } from '../summary.js';

/** Charts of one place that stand with the results of a grid of settings; the others follow below. */
const LEADING = ['scores'];

/** A grid of settings on several cohorts: each cohort's own charts, named after it, those with the scores first. */
export function gridCharts(places: readonly PlaceSummary[]): { readonly charts: Chart[]; readonly leading: number } {
  const all = places.flatMap(({ name, summary }) =>
    chartsOf(summary).map((chart) => ({
      ...chart,
      id: `${chart.id}-${name.replace(/[^A-Za-z0-9]+/g, '-')}`,
      kind: chart.id,
    })),
  );
  const first = all.filter(({ kind }) => LEADING.includes(kind));
  const rest = all.filter(({ kind }) => !LEADING.includes(kind));
  return { charts: [...first, ...rest].map(({ kind: _, ...chart }) => chart), leading: first.length };
}
