import type { Chart } from '../../charts/theme.js';
import { layoutOf } from '../layout.js';
import type { PlacesSummary } from '../summary.js';
import { type TrackSummary, tracksOf } from '../tracks.js';
import { attentionProfile } from './attention-profile.js';
import { averageRanks } from './average-ranks.js';
import { treatmentDifferences } from './differences.js';
import { gridCharts } from './grid.js';
import { stabilityPaths } from './paths.js';
import { rankedDots } from './ranked.js';
import { slopes } from './slopes.js';
import { trackCompare } from './track-compare.js';

/** Every chart of a report on several places, in reading order; the first ones stand with the results. */
export function placesCharts(summary: PlacesSummary): { readonly charts: Chart[]; readonly leading: number } {
  const { metrics, experiment } = summary;
  const { treatments } = experiment;
  if (layoutOf(experiment) === 'grid') {
    const { charts, leading } = gridCharts(summary.places);
    return { charts: [...charts, attentionProfile(summary)].filter((chart) => chart !== null), leading };
  }
  const tracks = tracksOf(summary);
  if (tracks.length > 1) return trackCharts(summary, tracks);
  const lists = treatments
    ? [
        metrics.map((metric) => slopes(summary, treatments, metric)),
        metrics.map((metric) => treatmentDifferences(summary, treatments, metric)),
        [stabilityPaths(summary, treatments), attentionProfile(summary)],
      ]
    : [
        metrics.map((metric) => rankedDots(summary, metric)),
        metrics.map((metric) => averageRanks(summary, metric)),
        [attentionProfile(summary)],
      ];
  const there = lists.map((list) => list.filter((chart) => chart !== null));
  return { charts: there.flat(), leading: there[0]!.length };
}

/** One chart in which the tracks meet, then each track's own. */
function trackCharts(summary: PlacesSummary, tracks: readonly TrackSummary[]) {
  const [metric] = summary.metrics;
  const joined = metric ? trackCompare(summary, metric) : null;
  const own = tracks.flatMap(({ summary: track }, t) =>
    track.metrics.flatMap((each) => {
      const chart = rankedDots(track, each);
      return chart ? [{ ...chart, id: `${chart.id}-${t + 1}` }] : [];
    }),
  );
  return { charts: [...(joined ? [joined] : []), ...own], leading: joined ? 1 : own.length };
}
