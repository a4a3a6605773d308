import { paperDatasetOf } from '../../presets/paper-cohorts.js';
import type { PlacesResults, Results } from '../../types.js';
import { count, listing } from '../format.js';
import type { Metric } from '../metrics.js';
import { metricOf } from '../summary.js';
import { cohortTitle, foldSpreadText, foldsText, isSingle } from '../wording.js';
import type { PlacesSummary } from './summary.js';

type WithResults = { readonly results: Pick<PlacesResults, 'places'> };

/** The cohorts of a report as its title names them; what is wrong with their data, and which track it is, stands behind. */
export function placesTitle({ results }: WithResults): string {
  const cohorts = [...new Map(results.places.map(({ cohort }) => [cohort.name, cohort])).values()];
  if (cohorts.length === 1) return cohortTitle(cohorts[0]!);
  const about = trackText(results.places);
  if (about !== null) {
    const names = [...new Set(cohorts.map(({ name }) => paperDatasetOf(name) ?? name))];
    return about === '' ? listing(names) : `${listing(names)} (${about})`;
  }
  const names = listing(cohorts.map(({ name }) => name));
  if (cohorts.every(({ simulated }) => simulated)) return `${names} (simulated)`;
  return listing(cohorts.map(({ name, simulated }) => (simulated ? `${name} (simulated)` : name)));
}

/** `as published, label column in the input`; empty for several tracks together, null where there is neither track nor caveat. */
export function trackText(places: readonly Pick<Results, 'track' | 'cohort'>[]): string | null {
  const each = places.map(({ track, cohort }) => [track, cohort.caveat].filter(Boolean).join(', '));
  if (each.every((text) => text === '')) return null;
  return new Set(each).size === 1 ? each[0]! : '';
}

/** Whether any cohort of the report is simulated. */
export function anySimulated({ results }: WithResults): boolean {
  return results.places.some(({ cohort }) => cohort.simulated);
}

/** `5 cohorts`, or with encoders where they have some. */
export function placesCount(places: readonly Pick<Results, 'cohort'>[]): string {
  if (places.every(({ cohort }) => cohort.options.encoder === undefined)) return count(places.length, 'cohort');
  return count(places.length, 'cohort with encoder', 'cohorts with encoders');
}

/** `quick preset, 12 methods, 6 places (cohort, encoder), 36 runs, seeds 1, 2, 3`. */
export function placesRunsText({ results, cells }: PlacesSummary): string {
  const runs = results.places.reduce((sum, place) => sum + place.runs.length, 0);
  const planned = results.places.reduce((sum, place) => sum + place.planned, 0);
  const size = runs < planned ? `partial: ${runs} of ${planned} planned runs` : count(runs, 'run');
  if (results.places.every(({ crossValidation }) => crossValidation !== undefined)) {
    const models = size.replace('planned runs', 'planned models').replace(/runs?$/, 'trained models');
    return `${results.preset} preset, ${count(cells.length, 'row')}, ${placesCount(results.places)}, ${seedsText({ results })}, ${models}`;
  }
  return `${results.preset} preset, ${count(cells.length, 'row')}, ${placesCount(results.places)}, ${size}, ${seedsText({ results })}`;
}

/** Seeds and splits of the runs behind each mean. */
export function seedsText({ results }: WithResults): string {
  const each = results.places.map((place) => {
    const { seeds, splits, crossValidation } = place;
    if (crossValidation) return foldsText(place);
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

/** What ± is, for notes and facts. */
export function deviationText({ results }: WithResults): string {
  const [first] = results.places;
  if (results.places.every(isSingle)) return 'one run only, so there is none';
  if (first?.crossValidation && results.places.every((place) => foldsText(place) === foldsText(first)))
    return foldSpreadText(first);
  return `sample standard deviation (divisor n − 1) over ${seedsText({ results })}`;
}

/** What ± is, for captions. */
export function spreadOf({ results }: WithResults): string {
  return results.places.every(isSingle)
    ? `one run a point (${seedsText({ results })}), so there is no spread`
    : `mean ± ${deviationText({ results })}`;
}

/** Whether each of the paper's data sets is the very one that stands beside it. */
export function samePlaces({ places }: PlacesSummary): boolean {
  return places.every(
    ({ summary: { results, datasets } }) =>
      !results.cohort.simulated &&
      datasets.length > 0 &&
      datasets.every((dataset) => dataset === paperDatasetOf(results.cohort.name)),
  );
}

/** What the paper's marks are, for the line under a chart's title; nothing where there are none. */
export function paperMark(summary: PlacesSummary, metric: Metric): string {
  if (!hasPaper(summary, metric)) return '';
  return `   ${samePlaces(summary) ? '◇ the paper' : '◇ the paper (real slides)'}`;
}

/** Whether the paper prints this score for any method in any place. */
function hasPaper({ places }: PlacesSummary, metric: Metric): boolean {
  return places.some(({ summary: { cells } }) =>
    cells.some((cell) => Object.keys(metricOf(cell, metric).paper).length > 0),
  );
}

/** Caveat on the paper's values. */
export function paperCaveat(summary: PlacesSummary, metric: Metric): string {
  const datasets = [...new Set(summary.places.flatMap(({ summary: own }) => own.datasets))];
  if (!hasPaper(summary, metric)) return `The paper prints no ${metric.label} for these cohorts.`;
  if (samePlaces(summary))
    return `Hollow diamonds: the paper’s printed numbers for the same data sets, not measured here. ${PROTOCOL_UNKNOWN}`;
  return `Hollow diamonds: the paper’s printed numbers, on real slides (${listing(datasets)}), not measured here: compare order and direction, not height.`;
}

/** What the paper leaves open of its numbers for the classic sets. */
export const PROTOCOL_UNKNOWN =
  'Which files and folds they were made with, and at which epoch, the paper does not state.';
