import type { Chart } from '../../charts/theme.js';
import type { PlacesSummary } from '../summary.js';
import { attentionProfile } from './attention-profile.js';
import { averageRanks } from './average-ranks.js';
import { treatmentDifferences } from './differences.js';
import { stabilityPaths } from './paths.js';
import { rankedDots } from './ranked.js';
import { slopes } from './slopes.js';

/** Every chart of a report on several places, in reading order; the first ones stand with the results. */
export function placesCharts(summary: PlacesSummary): { readonly charts: Chart[]; readonly leading: number } {
  const { metrics, experiment } = summary;
  const { treatments } = experiment;
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
