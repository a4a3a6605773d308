import { mean, ranksOf, spearman } from '../../stats/index.js';
import { entropyText, fixed, NONE, pPhrase, significant } from '../format.js';
import type { ReadingSection } from '../reading.js';
import { FLAT } from '../reading-attention.js';
import { metricOf, type Summary } from '../summary.js';
import type { ReportTable } from '../tables.js';
import type { Portrayed } from './types.js';

/** How still a setting's attention stands, in four numbers, each a mean over the test bags and its runs. */
export interface StabilityRow {
  readonly cell: string;
  readonly label: string;
  readonly runs: number;
  /** Mean divergence between epochs over the whole training, nats: the area under its curve by epochs. */
  readonly jsdArea: number | null;
  /** Spearman's ρ of the tiles' weights in consecutive epochs, over the last ten. */
  readonly betweenEpochs: number | null;
  /** The same between runs of one split with different seeds, at the last epoch; null with one seed. */
  readonly betweenSeeds: number | null;
}

/** Transitions between epochs that count. */
const LAST = 10;

export function stabilityRow(cell: string, label: string, runs: readonly Portrayed[]): StabilityRow {
  return {
    cell,
    label,
    runs: runs.length,
    jsdArea: mean(runs.flatMap(({ slides }) => slides.flatMap(({ jsd }) => mean(jsd.filter((v) => v !== null)) ?? []))),
    betweenEpochs: mean(runs.flatMap(({ slides }) => slides.flatMap(({ maps }) => consecutive(maps)))),
    betweenSeeds: mean(
      runs.flatMap((run, i) =>
        runs.slice(i + 1).flatMap((other) => (other.split === run.split ? sameBags(run, other) : [])),
      ),
    ),
  };
}

function consecutive(maps: readonly Float32Array[]): number[] {
  const last = maps.slice(-(LAST + 1)).map(ranksOfMap);
  return last.slice(1).flatMap((ranks, t) => correlation(last[t]!, ranks) ?? []);
}

function sameBags(run: Portrayed, other: Portrayed): number[] {
  return run.slides.flatMap(({ id, maps }) => {
    const there = other.slides.find((slide) => slide.id === id)?.maps.at(-1);
    const here = maps.at(-1);
    return here && there ? (correlation(ranksOfMap(here), ranksOfMap(there)) ?? []) : [];
  });
}

const ranksOfMap = (map: Float32Array): number[] => ranksOf(Array.from(map));

/** Pearson's correlation of two lists of ranks; null where one of them is all ties. */
export function correlation(a: readonly number[], b: readonly number[]): number | null {
  const centre = (a.length + 1) / 2;
  let [both, own, other] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    const [x, y] = [a[i]! - centre, b[i]! - centre];
    both += x * y;
    own += x * x;
    other += y * y;
  }
  return own === 0 || other === 0 ? null : both / Math.sqrt(own * other);
}

export const COLUMNS = [
  { field: 'jsdArea', label: 'JSD, mean over all epochs (nats)', text: significant },
  { field: 'betweenEpochs', label: 'rank correlation between epochs', text: (v: number) => fixed(v, 3) },
  { field: 'betweenSeeds', label: 'rank correlation between seeds', text: (v: number) => fixed(v, 3) },
] as const;

export function stabilityTable(rows: readonly StabilityRow[], summary: Summary): ReportTable {
  return {
    title: `Stability of attention: ${summary.results.cohort.title}`,
    columns: [
      { group: '', label: summary.experiment.factor.label, text: true },
      ...COLUMNS.map(({ label }) => ({ group: '', label })),
      { group: '', label: 'entropy / ln N' },
    ],
    rows: rows.map((row, i) => {
      const entropy = entropyOf(summary, row.cell);
      return {
        reference: false,
        cells: [
          { text: row.label, sort: i },
          ...COLUMNS.map(({ field, text }) => ({
            text: row[field] === null ? NONE : text(row[field]!),
            sort: row[field],
          })),
          { text: entropyText(entropy), sort: entropy },
        ],
      };
    }),
    notes: [
      'Rank correlations (Spearman) compare the order of a bag’s tiles and see no difference between flat and concentrated maps: 1 is the same order, 0 nothing in common.',
    ],
  };
}

function entropyOf(summary: Summary, key: string): number | null {
  return summary.cells.find((cell) => cell.key === key)?.attention?.entropy ?? null;
}

export interface Point {
  readonly label: string;
  readonly value: number;
  readonly score: number;
  readonly flat: boolean;
}

export function pointsOf(
  rows: readonly StabilityRow[],
  summary: Summary,
  field: (typeof COLUMNS)[number]['field'],
): Point[] {
  const [metric] = summary.metrics;
  return rows.flatMap((row): Point[] => {
    const cell = summary.cells.find(({ key }) => key === row.cell);
    const score = cell && metric ? metricOf(cell, metric).mean : null;
    const value = row[field];
    if (value === null || score === null || score === undefined) return [];
    return [{ label: row.label, value, score, flat: (entropyOf(summary, row.cell) ?? 0) >= FLAT }];
  });
}

/** Whether stability goes with the score over the models, with and without the flat ones. */
export function stabilityReading(rows: readonly StabilityRow[], summary: Summary): ReadingSection {
  const [metric] = summary.metrics;
  const lines = COLUMNS.flatMap(({ field, label }) => {
    const points = pointsOf(rows, summary, field);
    const of = (list: readonly Point[]) =>
      spearman(
        list.map(({ value }) => value),
        list.map(({ score }) => score),
      );
    const all = of(points);
    if (!all || !metric) return [];
    const pointed = points.filter(({ flat }) => !flat);
    const some = pointed.length < points.length ? of(pointed) : null;
    const text = (c: NonNullable<ReturnType<typeof of>>) =>
      `ρ = ${fixed(c.rho, 2)} over ${c.n} models${c.p === null ? '' : `, exact ${pPhrase(c.p)}`}`;
    return [
      `${label} and ${metric.label}: ${text(all)}${some ? `; without those that are almost flat ${text(some)}` : ''}.`,
    ];
  });
  const closing =
    'A stable model would have a small divergence and large rank correlations. Rank correlation is not lowered by flatness, divergence is.';
  return { heading: 'Does stability predict the score', paragraphs: lines.length === 0 ? [] : [...lines, closing] };
}
