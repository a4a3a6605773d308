import type { PlacesResults } from '../../types.js';
import { count, listing } from '../format.js';
import { cohortTitle } from '../wording.js';
import type { PlacesSummary } from './summary.js';

/** The cohorts of a report as its title names them. */
export function placesTitle({ results }: { readonly results: Pick<PlacesResults, 'places'> }): string {
  const cohorts = [...new Map(results.places.map(({ cohort }) => [cohort.name, cohort])).values()];
  if (cohorts.length === 1) return cohortTitle(cohorts[0]!);
  const names = listing(cohorts.map(({ name }) => name));
  if (cohorts.every(({ simulated }) => simulated)) return `${names} (simulated)`;
  return listing(cohorts.map(({ name, simulated }) => (simulated ? `${name} (simulated)` : name)));
}

/** Whether any cohort of the report is simulated. */
export function anySimulated({ results }: Pick<PlacesSummary, 'results'>): boolean {
  return results.places.some(({ cohort }) => cohort.simulated);
}

/** `quick preset, 12 methods, 6 places (cohort, encoder), 36 runs, seeds 1, 2, 3`. */
export function placesRunsText({ results, cells }: PlacesSummary): string {
  const runs = results.places.reduce((sum, place) => sum + place.runs.length, 0);
  const planned = results.places.reduce((sum, place) => sum + place.planned, 0);
  const size = runs < planned ? `partial: ${runs} of ${planned} planned runs` : count(runs, 'run');
  return `${results.preset} preset, ${count(cells.length, 'row')}, ${count(results.places.length, 'cohort with encoder', 'cohorts with encoders')}, ${size}, ${seedsText({ results })}`;
}

/** Seeds and splits of the runs behind each mean. */
export function seedsText({ results }: Pick<PlacesSummary, 'results'>): string {
  const each = results.places.map(({ seeds, splits }) => {
    const seed = seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds.join(', ')}`;
    return splits.length === 1 ? seed : `${splits.length} splits with ${seed}`;
  });
  const distinct = [...new Set(each)];
  if (distinct.length === 1) return distinct[0]!;
  return distinct
    .map((text) => {
      const names = results.places.filter((_, i) => each[i] === text).map(({ cohort }) => cohort.name);
      return `${text} (${[...new Set(names)].join(', ')})`;
    })
    .join('; ');
}

/** What ± is, for captions. */
export function spreadOf({ results }: Pick<PlacesSummary, 'results'>): string {
  const single = results.places.every(({ seeds, splits }) => seeds.length * splits.length === 1);
  return single
    ? `one run a point (${seedsText({ results })}), so there is no spread`
    : `mean ± sample standard deviation over ${seedsText({ results })}`;
}

/** Caveat on the paper's values. */
export function paperCaveat({ places }: PlacesSummary): string {
  const datasets = [...new Set(places.flatMap(({ summary }) => summary.datasets))];
  if (datasets.length === 0) return 'The paper prints no values for these cohorts.';
  return `Hollow diamonds: the paper’s printed numbers, on real slides (${listing(datasets)}), not measured here: compare order and direction, not height.`;
}
