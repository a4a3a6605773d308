import type { PaperValue } from '../types.js';
import { sameDataset } from './charts/paper-series.js';
import { count, listing, meanStd, NONE, signed } from './format.js';
import type { Metric } from './metrics.js';
import type { ReadingSection } from './reading.js';
import { type CellSummary, metricOf, type Summary } from './summary.js';
import type { ReportTable } from './tables.js';
import { isCalibrated } from './wording.js';

/*
 * The rule by which a single value agrees with the paper's: its difference to the setting it is compared with has the sign
 * of the paper's, and its mean lies inside the paper's mean ± std. The setting that the others are compared with has no
 * difference, nor has a difference that prints as 0.000; there the interval alone decides.
 */
export const VALUE_RULE =
  'rule: it agrees if its difference to the setting it is compared with has the sign of the paper’s and its mean lies inside the paper’s mean ± std; where there is no difference the interval alone decides';

const NO_DIRECTION = 0.0005;

export type ValueVerdict = 'agrees' | 'same sign only' | 'inside ± only' | 'neither';

/** One number of the paper beside the one here. */
export interface ValueAgreement {
  readonly cell: CellSummary;
  readonly metric: Metric;
  readonly dataset: string;
  readonly paper: PaperValue;
  /** Differences to the setting it is compared with; null where there is none, or one has no direction. */
  readonly differences: { readonly here: number; readonly there: number } | null;
  readonly sameSign: boolean | null;
  /** Null where the paper prints no std. */
  readonly inside: boolean | null;
  readonly verdict: ValueVerdict;
}

/** Every value that the paper prints for a setting of this report, in the order of the settings. */
export function valueAgreements(summary: Summary): ValueAgreement[] {
  return summary.cells.flatMap((cell) =>
    summary.metrics.flatMap((metric) =>
      summary.datasets.flatMap((dataset): ValueAgreement[] => {
        const { mean, paper, comparison } = metricOf(cell, metric);
        const value = paper[dataset];
        if (mean === null || !value) return [];
        const base = baselineOf(summary, cell);
        const other = base && metricOf(base, metric).paper[dataset];
        const here = comparison?.mean ?? null;
        const there = other ? value.mean - other.mean : null;
        const directed = here !== null && there !== null && [here, there].every((d) => Math.abs(d) >= NO_DIRECTION);
        const sameSign = directed ? here > 0 === there > 0 : null;
        const inside = value.std === null ? null : Math.abs(mean - value.mean) <= value.std;
        const differences = directed ? { here, there } : null;
        return [
          { cell, metric, dataset, paper: value, differences, sameSign, inside, verdict: verdict(sameSign, inside) },
        ];
      }),
    ),
  );
}

function baselineOf({ results, cells, reference }: Summary, cell: CellSummary): CellSummary | null {
  const key = results.cells.find((each) => each.key === cell.key)?.baseline;
  if (key !== undefined) return cells.find((each) => each.key === key) ?? null;
  return cell.reference ? null : reference;
}

function verdict(sameSign: boolean | null, inside: boolean | null): ValueVerdict {
  if ((sameSign ?? true) && (inside ?? true)) return sameSign === null && inside === null ? 'neither' : 'agrees';
  if (sameSign === true) return 'same sign only';
  return inside === true ? 'inside ± only' : 'neither';
}

const WORDS: Readonly<Record<ValueVerdict, string>> = {
  agrees: 'agrees',
  'same sign only': 'same sign, outside the paper’s ±',
  'inside ± only': 'inside the paper’s ±, other sign',
  neither: 'does not agree',
};

/** A row for every value; null where the paper has none. `place` says of which cohort, where there are several. */
export function agreementTable(summary: Summary, place?: string): ReportTable | null {
  const values = valueAgreements(summary);
  if (values.length === 0) return null;
  return {
    title: `Value by value beside the paper${place === undefined ? '' : `: ${place}`}`,
    columns: [
      { group: '', label: summary.experiment.factor.label, text: true },
      { group: '', label: 'score' },
      { group: '', label: 'here' },
      { group: '', label: 'paper' },
      { group: '', label: 'Δ here' },
      { group: '', label: 'Δ paper' },
      { group: '', label: 'agreement' },
    ],
    rows: values.map(({ cell, metric, dataset, paper, differences, verdict: said }, i) => {
      const own = metricOf(cell, metric);
      const of = summary.datasets.length > 1 ? `${metric.label}, ${dataset}` : metric.label;
      return {
        reference: cell.reference,
        cells: [
          { text: cell.label, sort: i },
          { text: of, sort: of },
          { text: meanStd(own), sort: own.mean },
          { text: meanStd(paper), sort: paper.mean },
          { text: differences ? signed(differences.here) : NONE, sort: differences?.here ?? null },
          { text: differences ? signed(differences.there) : NONE, sort: differences?.there ?? null },
          { text: WORDS[said], sort: said },
        ],
      };
    }),
    notes: [`A value’s ${VALUE_RULE}. Δ: difference to the setting it is compared with${otherCohort(summary)}.`],
  };
}

function otherCohort(summary: Summary): string {
  const other = summary.datasets.filter((dataset) => !sameDataset(summary, dataset));
  return other.length > 0 ? `; the paper’s values are of another cohort (${listing(other)})` : '';
}

/** How many values agree, in one sentence; null where the paper has none. */
export function agreementReading(summaries: readonly Summary[]): ReadingSection | null {
  const values = summaries.flatMap(valueAgreements);
  if (values.length === 0) return null;
  const of = (said: ValueVerdict): number => values.filter((each) => each.verdict === said).length;
  const parts = [
    count(of('agrees'), 'agrees', 'agree'),
    `${count(of('same sign only'), 'has its sign but lies', 'have its sign but lie')} outside its ± interval`,
    `${count(of('inside ± only'), 'lies', 'lie')} inside the interval with the other sign`,
    `${count(of('neither'), 'does', 'do')} neither`,
  ];
  const simulated = summaries.some(({ results }) => isCalibrated(results.cohort))
    ? ' Heights on simulated cohorts were set by calibration on plain ABMIL, so the sign says more than the interval.'
    : '';
  return {
    heading: 'Value by value',
    paragraphs: [
      `Of ${count(values.length, 'value')} that the paper prints for these settings ${listing(parts)} (${VALUE_RULE}). The table “Value by value” has each.${simulated}`,
    ],
  };
}
