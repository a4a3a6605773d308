import { mean } from '../../stats/index.js';
import { count, fixed, listing, signed } from '../format.js';
import { besidePaper } from './reading-folds.js';
import type { PlacesSummary } from './summary.js';
import { datasetOf, type TrackSummary, tracksOf } from './tracks.js';

/* Sentences on several protocols of one experiment. No number of one stands in another's table; here they are compared. */

/** What each track scores in the mean, what changes from the first to the next, and which one the paper's numbers are nearest to. */
export function tracksReading(summary: PlacesSummary): string[] {
  const tracks = tracksOf(summary);
  const datasets = [...new Set(summary.places.map(datasetOf))];
  return [
    namesText(tracks),
    ...datasets.flatMap((dataset) => datasetText(summary, tracks, dataset) ?? []),
    nearestText(summary, tracks, datasets),
  ].filter((text) => text !== null);
}

/** Which tracks are not as they should be. */
function namesText(tracks: readonly TrackSummary[]): string | null {
  const marked = tracks.filter(({ name, short }) => name !== short);
  if (marked.length === 0) return null;
  const caveats = [...new Set(marked.map(({ name, short }) => name.slice(short.length + 2)))];
  return `${listing(marked.map(({ short }) => `“${short}”`))}: ${listing(caveats)}. Such scores are not fair.`;
}

interface InTrack {
  readonly name: string;
  readonly here: number;
  readonly paper: number;
  /** Mean over the methods of the distance to the paper. */
  readonly distance: number;
  readonly methods: number;
}

/** Each track's means on one data set, over the methods that every track and the paper have. */
function inTracks(summary: PlacesSummary, tracks: readonly TrackSummary[], dataset: string): InTrack[] {
  const each = tracks.flatMap(({ short, summary: own }) => {
    const place = own.places.find((candidate) => datasetOf(candidate) === dataset);
    return place ? [{ name: short, both: besidePaper(place, summary) }] : [];
  });
  const shared = (key: string): boolean => each.every(({ both }) => both.some((entry) => entry.key === key));
  return each.flatMap(({ name, both }) => {
    const own = both.filter(({ key }) => shared(key));
    if (own.length === 0) return [];
    return [
      {
        name,
        here: mean(own.map(({ here }) => here))!,
        paper: mean(own.map(({ paper }) => paper))!,
        distance: mean(own.map(({ here, paper }) => Math.abs(here - paper)))!,
        methods: own.length,
      },
    ];
  });
}

function datasetText(summary: PlacesSummary, tracks: readonly TrackSummary[], dataset: string): string | null {
  const [first, ...others] = inTracks(summary, tracks, dataset);
  if (!first || others.length === 0) return null;
  const rest = others.map(({ name, here }) => `${name} ${fixed(here)} (${signed(here - first.here)})`);
  return `${dataset}, mean accuracy of ${count(first.methods, 'method')}: ${listing([`${first.name} ${fixed(first.here)}`, ...rest])}; the paper’s is ${fixed(first.paper)}.`;
}

function nearestText(
  summary: PlacesSummary,
  tracks: readonly TrackSummary[],
  datasets: readonly string[],
): string | null {
  const parts = datasets.flatMap((dataset) => {
    const each = inTracks(summary, tracks, dataset);
    if (each.length < 2) return [];
    const [nearest] = [...each].sort((a, b) => a.distance - b.distance);
    return [
      `${dataset}: ${nearest!.name} (${each.map(({ name, distance }) => `${name} ${fixed(distance)}`).join(', ')})`,
    ];
  });
  return parts.length === 0
    ? null
    : `To which track the paper’s numbers are nearest, by the mean distance over the methods: ${parts.join('; ')}. Which files it used the paper does not state; its Table 15 lists the widths without the column.`;
}
