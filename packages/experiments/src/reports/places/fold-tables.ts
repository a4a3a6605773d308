import { fixed, meanStd, pText, signed } from '../format.js';
import { METRICS } from '../metrics.js';
import { metricOf } from '../summary.js';
import type { ReportTable, TableCell } from '../tables.js';
import { noiseIn } from './noise.js';
import { cellIn, type PlacesSummary } from './summary.js';
import { placesTitle } from './wording.js';

/* The tables that repeated cross-validation has beside its scores. */

const ACCURACY = METRICS.find(({ id }) => id === 'accuracy')!;
const EMPTY: TableCell = { text: '–', sort: null };

/** Every setting against the reference, by the differences on the same folds. Null without a reference. */
export function differencesTable(summary: PlacesSummary): ReportTable | null {
  const reference = summary.cells.find((cell) => cell.reference);
  const others = summary.cells.filter((cell) => cell !== reference);
  if (!reference || others.length === 0) return null;
  return {
    title: `Accuracy less that of ${reference.label}, fold by fold: ${placesTitle(summary)}`,
    columns: [
      { group: '', label: summary.experiment.factor.label, text: true },
      ...summary.places.map(({ name }) => ({ group: '', label: `${name}: Δ (p)` })),
    ],
    rows: others.map(({ key, label }, i) => ({
      reference: false,
      cells: [
        { text: label, sort: i },
        ...summary.places.map((place): TableCell => {
          const cell = cellIn(place, key);
          const comparison = cell && metricOf(cell, ACCURACY).comparison;
          if (comparison?.mean == null) return EMPTY;
          const p = comparison.p === null && comparison.n > 1 ? 'all equal' : pText(comparison.pHolm);
          return { text: `${signed(comparison.mean)} (${p})`, sort: comparison.mean };
        }),
      ],
    })),
    notes: [
      'Δ: mean of the differences on the same folds of the same runs; in brackets the p of the paired t-test, Holm-adjusted within a column. Folds share training bags, so the pairs are not independent and the p-values are too small.',
    ],
  };
}

/** What the same folds give at the epoch that is not reported, and how far whole runs differ. */
export function epochsTable(summary: PlacesSummary): ReportTable {
  const { places, cells, experiment } = summary;
  const optimistic = places.some(({ summary: own }) => own.results.crossValidation?.epoch === 'best on the test fold');
  const label = optimistic ? 'last epoch' : 'best epoch on the test fold (optimistic)';
  const severalRuns = places.some(({ summary: own }) => own.results.seeds.length > 1);
  return {
    title: `Accuracy at the ${label}${severalRuns ? ', and spread of the runs' : ''}: ${placesTitle(summary)}`,
    columns: [
      { group: '', label: experiment.factor.label, text: true },
      ...places.flatMap(({ name }) => [
        { group: name, label: optimistic ? 'last epoch' : 'best epoch', alone: `${name}, ${label}` },
        ...(severalRuns ? [{ group: name, label: 'runs’ std', alone: `${name}, std of the runs’ means` }] : []),
      ]),
    ],
    rows: cells.map((row, i) => ({
      reference: row.reference,
      cells: [
        { text: row.label, sort: i },
        ...places.flatMap((place): TableCell[] => {
          const cell = cellIn(place, row.key);
          const other = cell && (optimistic ? metricOf(cell, ACCURACY).last : cell.bestOnTest);
          const runs = cell && metricOf(cell, ACCURACY).ofRuns;
          return [
            other?.mean == null ? EMPTY : { text: meanStd(other), sort: other.mean },
            ...(severalRuns ? [runs?.std == null ? EMPTY : { text: fixed(runs.std), sort: runs.std }] : []),
          ];
        }),
      ],
    })),
    notes: [
      optimistic
        ? 'The last of the epochs, without any choice; the table above has the best epoch on the test fold.'
        : 'For each fold the epoch that decides most of its test bags rightly. That choice looks at the answer, so these numbers are optimistic; they are here because published ones are made so.',
      ...(severalRuns ? ['Runs’ std: sample standard deviation (divisor n − 1) of the means of the runs.'] : []),
    ],
  };
}

/** How coarse folds are, and how much of the spread is chance. */
export function noiseTable(summary: PlacesSummary): ReportTable {
  return {
    title: `Binomial noise of accuracy: ${placesTitle(summary)}`,
    columns: [
      { group: '', label: 'cohort', text: true },
      { group: '', label: 'bags a fold' },
      { group: '', label: 'step of a fold' },
      { group: '', label: 'mean accuracy' },
      { group: '', label: 'std of folds by chance' },
      { group: '', label: 'std of folds measured' },
      { group: '', label: 'bags a run' },
      { group: '', label: 'std of a run by chance' },
    ],
    rows: summary.places.flatMap((place, i) => {
      const noise = noiseIn(place, ACCURACY);
      if (!noise) return [];
      const { least, most, accuracy, ofFold, measured, bags, ofRun } = noise;
      const number = (value: number | null): TableCell => ({ text: fixed(value), sort: value });
      return [
        {
          reference: false,
          cells: [
            { text: place.name, sort: i },
            { text: least === most ? String(least) : `${least} to ${most}`, sort: least },
            number(1 / most),
            number(accuracy),
            number(ofFold),
            number(measured),
            { text: String(bags), sort: bags },
            number(ofRun),
          ],
        },
      ];
    }),
    notes: [
      'By chance: √(p (1 − p) / n) for the mean accuracy p of all rows and n bags, which is what ± would be if every bag were decided independently and nothing else varied. Measured: ±, mean of all rows.',
    ],
  };
}
