import { type Friedman, friedman, ranksOf } from '../../stats/index.js';
import type { Experiment, PaperRow, PlacesResults, Results } from '../../types.js';
import type { Metric } from '../metrics.js';
import { type CellSummary, metricOf, type Summary, summarise } from '../summary.js';
import { imitatedEncoder } from '../wording.js';

/** One place of a report: a cohort with an encoder, and the summary of its runs. */
export interface PlaceSummary {
  /** `camelyon16-sim, vit-s`; short enough for the head of a panel. */
  readonly name: string;
  readonly summary: Summary;
}

/** A row of the report: a cell of the experiment that has runs in some place. */
export interface PlacesCell {
  readonly key: string;
  readonly label: string;
  readonly reference: boolean;
  /** Beside the methods, without a rank among them. */
  readonly control: boolean;
  readonly factors: Readonly<Record<string, string | number>>;
}

/** Ranks of the cells by one metric over the places in which each of them has a score. */
export interface Ranking {
  readonly metric: Metric;
  readonly cells: readonly PlacesCell[];
  readonly places: readonly PlaceSummary[];
  /** ranks[place][cell], 1 the highest mean. */
  readonly ranks: readonly (readonly number[])[];
  readonly test: Friedman;
}

export interface PlacesSummary {
  readonly experiment: Experiment;
  readonly results: PlacesResults;
  readonly metrics: readonly Metric[];
  readonly cells: readonly PlacesCell[];
  readonly places: readonly PlaceSummary[];
}

/** `paperRows[i]`: the paper's rows that stand beside place i. */
export function summarisePlaces(
  experiment: Experiment,
  results: PlacesResults,
  paperRows: readonly (readonly PaperRow[])[],
): PlacesSummary {
  const places = results.places.map((each, i): PlaceSummary => {
    const own = { ...experiment, paper: { ...experiment.paper, rows: paperRows[i] ?? [] } };
    return { name: placeLabel(each), summary: summarise(own, each) };
  });
  const there = new Set(results.places.flatMap(({ cells }) => cells.map(({ key }) => key)));
  return {
    experiment,
    results,
    metrics: places[0]?.summary.metrics ?? [],
    cells: experiment.cells
      .filter(({ key }) => there.has(key))
      .map(({ key, label, factors, reference, control }) => ({
        ...{ key, label, factors },
        reference: reference ?? false,
        control: control ?? false,
      })),
    places,
  };
}

export function placeLabel({ cohort }: Results): string {
  const encoder = imitatedEncoder(cohort);
  return encoder ? `${cohort.name}, ${encoder}` : cohort.name;
}

/** Whether every place is repeated cross-validation that is scored by accuracy. */
export function isCrossValidated({ results, metrics }: Pick<PlacesSummary, 'results' | 'metrics'>): boolean {
  return metrics.some(({ id }) => id === 'accuracy') && results.places.every((place) => place.crossValidation);
}

/** The summary of a cell in a place; undefined where it has no run there. */
export function cellIn({ summary }: PlaceSummary, key: string): CellSummary | undefined {
  return summary.cells.find((cell) => cell.key === key);
}

export function meanIn(place: PlaceSummary, key: string, metric: Metric): number | null {
  const cell = cellIn(place, key);
  return cell ? metricOf(cell, metric).mean : null;
}

/**
 * Cells ranked by their means in each place. Controls are left out, and cells without a score in some place, since a rank
 * among fewer is another rank. Null with fewer than two places or two cells.
 */
export function rankingOf(summary: PlacesSummary, metric: Metric): Ranking | null {
  const cells = summary.cells.filter(
    ({ key, control }) => !control && summary.places.every((place) => meanIn(place, key, metric) !== null),
  );
  const scores = summary.places.map((place) => cells.map(({ key }) => meanIn(place, key, metric)!));
  const test = friedman(scores);
  return test && { metric, cells, places: summary.places, ranks: scores.map(ranksOf), test };
}
