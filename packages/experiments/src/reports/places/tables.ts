import { paperDatasetOf } from '../../presets/paper-cohorts.js';
import { attentionColumns } from '../attention-columns.js';
import { fixed, listing, meanStd, NONE, pText, signed } from '../format.js';
import type { Metric } from '../metrics.js';
import { bestCells, metricOf } from '../summary.js';
import type { ReportTable, TableCell } from '../tables.js';
import { lastEpochsText } from '../wording.js';
import { layoutOf } from './layout.js';
import { cellIn, type PlaceSummary, type PlacesSummary, rankingOf } from './summary.js';
import { deviationText, PROTOCOL_UNKNOWN, placesTitle, samePlaces } from './wording.js';

const EMPTY: TableCell = { text: NONE, sort: null };

/** One metric of every setting in every place, the paper's beside it; for methods the average rank, for treatments Δ. */
export function placesTable(summary: PlacesSummary, metric: Metric): ReportTable {
  const { experiment, cells, places } = summary;
  const treated = experiment.treatments !== undefined;
  const ranking = layoutOf(experiment) === 'methods' ? rankingOf(summary, metric) : null;
  const bests = places.map((place) => new Set(bestCells(place.summary, (cell) => metricOf(cell, metric).mean)));
  const hasPaper = places.map(({ summary: own }) =>
    own.cells.some((cell) => Object.keys(metricOf(cell, metric).paper).length > 0),
  );
  return {
    title: `${experiment.title}, ${metric.label}: ${placesTitle(summary)}`,
    columns: [
      { group: '', label: experiment.factor.label, text: true },
      ...places.flatMap(({ name }, p) => [
        { group: name, label: 'here', alone: `${name}` },
        ...(treated ? [{ group: name, label: 'Δ (p)', alone: `Δ (p) ${name}` }] : []),
        ...(hasPaper[p] ? [paperColumn(places[p]!)] : []),
      ]),
      ...(ranking ? [{ group: '', label: 'average rank' }] : []),
    ],
    rows: cells.map((row, i) => {
      const rank = ranking?.test.averageRanks[ranking.cells.findIndex(({ key }) => key === row.key)];
      return {
        reference: row.reference,
        cells: [
          { text: row.label, sort: i },
          ...places.flatMap((place, p) => placeCells(place, row.key, metric, bests[p]!, treated, hasPaper[p]!)),
          ...(ranking ? [rank === undefined ? EMPTY : { text: fixed(rank, 2), sort: -rank }] : []),
        ],
      };
    }),
    notes: [
      'Bold: the highest mean of a column, without regard to noise.',
      `±: ${deviationText(summary)}.`,
      ...(treated
        ? [
            'Δ: mean paired difference to the host alone, in brackets the p of the paired t-test, Holm-adjusted over the rows.',
          ]
        : []),
      ...(hasPaper.some(Boolean)
        ? [
            samePlaces(summary)
              ? `The paper's columns are its printed numbers for the same data sets, not measured by this suite. ${PROTOCOL_UNKNOWN}`
              : `The paper's columns are its printed numbers, on ${listing([...new Set(places.flatMap(({ summary: own }) => own.datasets))])}, real slides, not measured by this suite: compare order, not height.`,
          ]
        : []),
    ],
  };
}

/** The paper's column names its data set, which for a cohort outside the paper is another one's. */
function paperColumn({ name, summary }: PlaceSummary) {
  const source = listing([...summary.datasets]);
  if (source === paperDatasetOf(summary.results.cohort.name) && !summary.results.cohort.simulated)
    return { group: name, label: 'paper', alone: `paper (${source})` };
  return { group: name, label: `paper (${source})`, alone: `paper (${source}), beside ${name}` };
}

function placeCells(
  place: PlaceSummary,
  key: string,
  metric: Metric,
  best: ReadonlySet<unknown>,
  treated: boolean,
  hasPaper: boolean,
): TableCell[] {
  const cell = cellIn(place, key);
  const own = cell && metricOf(cell, metric);
  const diverged = cell && cell.diverged.length > 0 ? ` (${cell.diverged.length} diverged)` : '';
  const paper = place.summary.datasets.map((dataset) => own?.paper[dataset]).find((value) => value !== undefined);
  const { comparison } = own ?? {};
  return [
    own ? { text: `${meanStd(own)}${diverged}`, sort: own.mean, best: best.has(cell) } : EMPTY,
    ...(treated
      ? [
          comparison?.mean == null
            ? EMPTY
            : { text: `${signed(comparison.mean)} (${pText(comparison.pHolm)})`, sort: comparison.mean },
        ]
      : []),
    ...(hasPaper ? [paper ? { text: meanStd(paper), sort: paper.mean } : EMPTY] : []),
  ];
}

const cohortCaveat = ({ summary: { results } }: PlaceSummary): string =>
  results.cohort.caveat ? ` (${results.cohort.caveat})` : '';

/** What attention does in one place, a row a setting. Null without attention. */
export function attentionTable(summary: PlacesSummary, place: PlaceSummary): ReportTable | null {
  const { cells, experiment } = summary;
  const states = cells.map(({ key }) => cellIn(place, key)?.attention ?? null);
  const columns = attentionColumns(states);
  if (columns.length === 0) return null;
  return {
    title: `Attention: ${place.name}${place.summary.results.cohort.simulated ? ' (simulated)' : ''}${cohortCaveat(place)}`,
    columns: [
      { group: '', label: experiment.factor.label, text: true },
      ...columns.map(({ label }) => ({ group: '', label })),
    ],
    rows: cells.map((row, i) => ({
      reference: row.reference,
      cells: [
        { text: row.label, sort: i },
        ...columns.map(({ field, text }) => ({ text: text(states[i]?.[field]), sort: states[i]?.[field] ?? null })),
      ],
    })),
    notes: [
      `Means over ${lastEpochsText(place.summary.results)}, the test bags and the runs: ${columns.map(({ meaning }) => meaning).join('; ')}. A dash: the model exposes no attention.`,
    ],
  };
}
