import { paperDatasetOf } from '../../presets/paper-cohorts.js';
import { type PlaceSummary, type PlacesSummary, placeLabel } from './summary.js';
import { trackText } from './wording.js';

/** The places of one protocol: what may stand in one table. */
export interface TrackSummary {
  /** `as published, label column in the input`; empty where an experiment has one protocol and its data are as they should be. */
  readonly name: string;
  /** The same in a sentence that has told of the caveat: `as published`. */
  readonly short: string;
  readonly summary: PlacesSummary;
}

/**
 * The places of a report by track, in their order. Different tracks, and data with and without a caveat, never share a
 * table: the parts are made here, and tables and charts of scores are made from a part.
 */
export function tracksOf(summary: PlacesSummary): TrackSummary[] {
  const names = summary.results.places.map((place) => trackText([place]) ?? '');
  return [...new Set(names)].map((name) => {
    const own = <T>(list: readonly T[]): T[] => list.filter((_, i) => names[i] === name);
    const results = { ...summary.results, places: own(summary.results.places) };
    const there = new Set(results.places.flatMap(({ cells }) => cells.map(({ key }) => key)));
    return {
      name,
      short: results.places[0]!.track ?? name,
      summary: {
        ...summary,
        results,
        places: own(summary.places),
        cells: summary.cells.filter(({ key }) => there.has(key)),
      },
    };
  });
}

/** What a place is called among those of its track: the paper's data set, or the cohort. */
export function datasetOf({ summary: { results } }: PlaceSummary): string {
  return paperDatasetOf(results.cohort.name) ?? placeLabel(results);
}
