import type { TopLevelSpec } from 'vega-lite';
import { cliques, friedman } from '../../../stats/index.js';
import { inlineRows } from '../../charts/inline-rows.js';
import { type Chart, frameOf, GREY, OURS, PAPER_COLOURS } from '../../charts/theme.js';
import { fixed, pPhrase, rounded } from '../../format.js';
import { type Metric, metricSlug } from '../../metrics.js';
import { ALPHA, metricOf } from '../../summary.js';
import { cellIn, type PlacesSummary, type Ranking, rankingOf } from '../summary.js';
import { placesCount, placesRunsText, placesTitle } from '../wording.js';

/** With fewer data sets than this the tests have no power worth drawing; average ranks alone are shown. */
export const FEW_DATASETS = 5;

/**
 * The critical-difference diagram, turned so that names can be read: average rank of each method (filled circle), its rank
 * in each place (faint), the paper's average rank (diamond), and bars that join methods which Nemenyi's test cannot tell
 * apart. With few places average ranks only. Null with fewer than two places or methods.
 */
export function averageRanks(summary: PlacesSummary, metric: Metric): Chart | null {
  const ranking = rankingOf(summary, metric);
  if (!ranking) return null;
  const { cells, places, ranks, test } = ranking;
  const order = cells.map((_, i) => i).sort((a, b) => test.averageRanks[a]! - test.averageRanks[b]!);
  const labels = order.map((i) => cells[i]!.label);
  const difference = places.length >= FEW_DATASETS ? test.criticalDifference : null;
  // Pairs are told apart only where the whole is not what chance makes of it.
  const apart = test.p < ALPHA;
  const groups = difference === null ? [] : apart ? cliques(test.averageRanks, difference) : [order];
  const paper = paperRanks(ranking);
  const title = `Average rank by ${metric.label}: ${placesTitle(summary)}`;
  const alt = `${title}. Methods from the best to the worst average rank over ${placesCount(summary.results.places)}.`;
  const y = { field: 'method', type: 'ordinal', sort: labels, title: null, axis: { grid: true, ticks: false } };
  const x = {
    field: 'rank',
    type: 'quantitative',
    title: 'rank (1 is the best)',
    scale: { domain: [1, cells.length], nice: false },
    axis: { tickMinStep: 1 },
  };
  const reference = cells.find((cell) => cell.reference)?.label;
  const bars = groups.map((group, g) => ({ group: g, from: cells[group[0]!]!.label, to: cells[group.at(-1)!]!.label }));
  const main = {
    width: 430,
    height: { step: 20 },
    encoding: {
      y: {
        ...y,
        axis: {
          ...y.axis,
          labelFontWeight: { condition: { test: `datum.value === '${reference}'`, value: 700 }, value: 400 },
        },
      },
    },
    layer: [
      {
        data: inlineRows(
          ranks.flatMap((row, p) => row.map((rank, i) => ({ method: cells[i]!.label, rank, place: places[p]!.name }))),
        ),
        mark: { type: 'point', shape: 'stroke', angle: 90, size: 90, strokeWidth: 1.5, opacity: 0.55, color: OURS },
        encoding: { x, tooltip: [{ field: 'method' }, { field: 'place' }, { field: 'rank' }] },
      },
      ...(paper
        ? [
            {
              data: inlineRows(paper.map((rank, i) => ({ method: cells[i]!.label, rank: rounded(rank) }))),
              mark: { type: 'point', shape: 'diamond', filled: false, size: 60, opacity: 1, color: PAPER_COLOURS[0] },
              encoding: { x, tooltip: [{ field: 'method' }, { field: 'rank', title: "the paper's average rank" }] },
            },
          ]
        : []),
      {
        data: inlineRows(test.averageRanks.map((rank, i) => ({ method: cells[i]!.label, rank: rounded(rank) }))),
        mark: { type: 'point', shape: 'circle', filled: true, size: 100, opacity: 1, color: OURS },
        encoding: { x, tooltip: [{ field: 'method' }, { field: 'rank', title: 'average rank', format: '.2f' }] },
      },
    ],
  };
  const joined = {
    title: { text: 'not told apart', fontSize: 12, fontWeight: 500, anchor: 'start', offset: 4 },
    width: Math.max(70, 16 * groups.length),
    height: { step: 20 },
    data: inlineRows(bars),
    mark: { type: 'rule', strokeWidth: 5, strokeCap: 'round', color: GREY },
    encoding: {
      x: { field: 'group', type: 'ordinal', axis: null },
      y: { ...y, field: 'from', scale: { domain: labels }, axis: null },
      y2: { field: 'to' },
    },
  };
  return {
    id: `ranks-${metricSlug(metric)}`,
    title,
    alt,
    caption: caption(ranking, difference, paper !== null),
    spec: {
      ...frameOf(
        `● average here   | one ${summary.places.some(({ summary: own }) => own.results.cohort.options.encoder) ? 'cohort with encoder' : 'cohort'}${paper ? '   ◇ the paper' : ''}; ${placesRunsText(summary)}`,
        title,
        alt,
      ),
      ...(groups.length > 0 ? { hconcat: [main, joined], spacing: 14 } : main),
    } as TopLevelSpec,
  };
}

function caption({ places, test, metric, cells }: Ranking, difference: number | null, paper: boolean): string {
  const cohorts = new Set(places.map(({ summary }) => summary.results.cohort.name)).size;
  const what = `Ranks of the mean test ${metric.label}; methods without a score in some place are left out.`;
  const beside = paper ? ' Diamonds: average ranks of the same methods from the paper’s printed means.' : '';
  const numbers = `Friedman χ² = ${fixed(test.chi2, 2)} with ${cells.length - 1} degrees of freedom, ${pPhrase(test.p)}`;
  if (difference === null) {
    return `${what}${beside} With ${places.length} data sets a test of the ranks has next to no power, so average ranks alone are shown.`;
  }
  const shared =
    cohorts < places.length
      ? ` The ${places.length} columns come from ${cohorts} cohorts with the same slides for each encoder, so they are not independent and the test is too bold.`
      : '';
  if (test.p >= ALPHA) {
    return `${what}${beside} ${numbers}: no more unequal than chance makes them, so one bar joins all methods.${shared}`;
  }
  return `${what}${beside} ${numbers}; methods joined by a bar differ by less than Nemenyi’s critical difference of ${fixed(difference, 2)} ranks (α = 0.05).${shared}`;
}

/** Average ranks of the paper's means in the same places; null unless it has all of them. */
function paperRanks({ cells, places, metric }: Ranking): number[] | null {
  const scores = places.map((place) =>
    cells.map(({ key }) => {
      const cell = cellIn(place, key);
      const paper = cell ? metricOf(cell, metric).paper : {};
      return place.summary.datasets.map((dataset) => paper[dataset]?.mean).find((mean) => mean !== undefined);
    }),
  );
  if (scores.some((row) => row.includes(undefined))) return null;
  return [...(friedman(scores as number[][])?.averageRanks ?? [])];
}
