import { spearman } from '../../stats/index.js';
import { capital, count, fixed, listing, meanStd, pPhrase } from '../format.js';
import type { Metric } from '../metrics.js';
import { ALPHA, metricOf, TIE } from '../summary.js';
import { ORDER_RULE, orderAgreement } from './agreement.js';
import { FEW_DATASETS } from './charts/average-ranks.js';
import { controlText, epochChoiceText, heightText, sizesText } from './reading-folds.js';
import {
  cellIn,
  isCrossValidated,
  meanIn,
  type PlaceSummary,
  type PlacesCell,
  type PlacesSummary,
  rankingOf,
} from './summary.js';

/** Who leads, by how much noise, and whether the paper's order holds. */
export function methodScores(summary: PlacesSummary): string[] {
  return [
    ...summary.metrics.flatMap((metric) => [
      leaders(summary, metric),
      rankText(summary, metric),
      noise(summary, metric),
    ]),
    ...(isCrossValidated(summary) ? [controlText(summary), epochChoiceText(summary)] : []),
  ].filter((text) => text !== null);
}

/** Where the paper's order and its leader hold, and where not. */
export function methodsBesidePaper(summary: PlacesSummary): string[] {
  return [
    ...summary.metrics.flatMap((metric) => [leadText(summary, metric), orderText(summary, metric)]),
    ...(isCrossValidated(summary) ? [heightText(summary), sizesText(summary)] : []),
  ].filter((text) => text !== null);
}

function bestHere(place: PlaceSummary, cells: readonly PlacesCell[], metric: Metric): PlacesCell[] {
  const highest = Math.max(...cells.map(({ key }) => meanIn(place, key, metric) ?? Number.NEGATIVE_INFINITY));
  return cells.filter(({ key }) => highest - (meanIn(place, key, metric) ?? Number.NEGATIVE_INFINITY) < TIE);
}

function leaders(summary: PlacesSummary, metric: Metric): string | null {
  const parts = summary.places.flatMap((place) => {
    const best = bestHere(place, summary.cells, metric);
    const [first] = best;
    const each = best.flatMap(({ key, label }) => {
      const own = cellIn(place, key);
      return own ? [`${label} (${meanStd(metricOf(own, metric))})`] : [];
    });
    return first ? [`${place.name}: ${listing(each)}`] : [];
  });
  return parts.length === 0 ? null : `Highest mean ${metric.label} here, in ${parts.join('; ')}.`;
}

function rankText(summary: PlacesSummary, metric: Metric): string | null {
  const ranking = rankingOf(summary, metric);
  if (!ranking) return null;
  const { test, cells, places } = ranking;
  const order = cells.map((cell, i) => ({ cell, rank: test.averageRanks[i]! })).sort((a, b) => a.rank - b.rank);
  const three = listing(order.slice(0, 3).map(({ cell, rank }) => `${cell.label} (${fixed(rank, 2)})`));
  const at = order.findIndex(({ cell }) => cell.reference);
  const own =
    at < 3 ? '' : `; ${order[at]!.cell.label} is number ${at + 1} of ${order.length} (${fixed(order[at]!.rank, 2)})`;
  if (places.length < FEW_DATASETS) {
    return `Best average ranks over ${count(places.length, 'column')}: ${three}${own}. So few data sets allow no test of ranks.`;
  }
  const told =
    test.p < ALPHA ? 'the methods are not all alike' : 'the ranks are no more unequal than chance makes them';
  const cd = test.p < ALPHA ? test.criticalDifference : null; // no pair is told apart where the whole is not
  const apart = cd === null ? 0 : order.filter(({ rank }) => rank - order[0]!.rank > cd).length;
  return `Best average ranks over ${count(places.length, 'column')}: ${three}${own}. Friedman: χ² = ${fixed(test.chi2, 2)}, ${pPhrase(test.p)}: ${told}. ${cd === null ? '' : `By Nemenyi’s critical difference (${fixed(cd, 2)}) ${apart === 0 ? 'no method' : count(apart, 'method')} can be told from the first.`}`.trim();
}

function noise(summary: PlacesSummary, metric: Metric): string | null {
  const reference = summary.cells.find((cell) => cell.reference);
  if (!reference) return null;
  const better: string[] = [];
  const worse: string[] = [];
  let tested = 0;
  let pairs = 0;
  for (const place of summary.places) {
    for (const cell of place.summary.cells) {
      const { comparison } = metricOf(cell, metric);
      if (comparison?.mean == null) continue;
      pairs += 1;
      if (comparison.pHolm === null) continue;
      tested += 1;
      if (comparison.pHolm >= ALPHA) continue;
      (comparison.mean > 0 ? better : worse).push(`${cell.label} (${place.name})`);
    }
  }
  const name = reference.label;
  if (pairs === 0) return null;
  if (tested === 0) return `With one run a method no difference to ${name} can be told from noise.`;
  const clause = (list: readonly string[], word: string) =>
    list.length === 0 ? '' : ` Beyond noise ${word} ${name}: ${listing(list)}.`;
  const none = better.length + worse.length === 0 ? ' None is beyond noise.' : '';
  return `${capital(metric.label)} against ${name}: ${count(pairs, 'comparison')} (paired t-test, Holm-adjusted within a column).${none}${clause(better, 'above')}${clause(worse, 'below')}`;
}

/** In how many columns the reference leads, in the paper and here. */
function leadText(summary: PlacesSummary, metric: Metric): string | null {
  const reference = summary.cells.find((cell) => cell.reference);
  if (!reference) return null;
  const both = summary.places.flatMap((place) => {
    const paper = paperMeans(place, summary.cells, metric);
    const own = paper.find(({ key }) => key === reference.key);
    const here = meanIn(place, reference.key, metric);
    if (!own || here === null) return [];
    const others = paper.filter(({ key }) => key !== reference.key && meanIn(place, key, metric) !== null);
    const methods = summary.cells.filter(({ control }) => !control);
    return [
      {
        place,
        there: others.every(({ value }) => value < own.value + TIE),
        here: bestHere(place, methods, metric).some(({ key }) => key === reference.key),
        above: others.filter(({ key, value }) => value < own.value && meanIn(place, key, metric)! > here + TIE),
      },
    ];
  });
  if (both.length === 0) return null;
  const lead = (list: readonly boolean[]) => list.filter(Boolean).length;
  const start = `${reference.label} has the highest mean ${metric.label}, alone or level with others, in ${lead(both.map(({ there }) => there))} of ${count(both.length, 'column')} of the paper (among the methods here) and in ${lead(both.map(({ here }) => here))} here.`;
  const against = both.filter(({ above }) => above.length > 0);
  if (against.length === 0) return `${start} No method that the paper has below it is above it here.`;
  const parts = against.map(({ place, above }) => {
    const labels = above.map(({ key }) => summary.cells.find((cell) => cell.key === key)!.label);
    return `${place.name}: ${above.length > 4 ? `${above.length} methods` : listing(labels)}`;
  });
  return `${start} The other way than the paper, methods that it has below ${reference.label} and that are above it here: ${parts.join('; ')}.`;
}

function paperMeans(place: PlaceSummary, cells: readonly PlacesCell[], metric: Metric) {
  return cells.flatMap(({ key }) => {
    const cell = cellIn(place, key);
    const paper = cell ? metricOf(cell, metric).paper : {};
    const value = place.summary.datasets.map((dataset) => paper[dataset]?.mean).find((mean) => mean !== undefined);
    return value === undefined ? [] : [{ key, value }];
  });
}

function orderText(summary: PlacesSummary, metric: Metric): string | null {
  const parts = summary.places.flatMap((place) => {
    const both = paperMeans(place, summary.cells, metric).flatMap(({ key, value }) => {
      const here = meanIn(place, key, metric);
      return here === null ? [] : [{ here, value }];
    });
    const correlation = spearman(
      both.map(({ here }) => here),
      both.map(({ value }) => value),
    );
    return correlation ? [`${place.name} ${orderAgreement(correlation.rho)} (${fixed(correlation.rho, 2)})`] : [];
  });
  if (parts.length === 0) return null;
  return `Order of the methods by ${metric.label} against the paper’s, by Spearman’s ρ (1 the same, 0 nothing in common; ${ORDER_RULE}): ${parts.join('; ')}.`;
}
