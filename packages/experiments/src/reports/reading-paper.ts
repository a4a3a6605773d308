import { type RankCorrelation, spearman } from '../stats/index.js';
import { sameDataset } from './charts/paper-series.js';
import { capital, count, fixed, listing, meanStd, pPhrase, signed } from './format.js';
import type { Metric } from './metrics.js';
import { claimReading } from './reading-claim.js';
import { ALPHA, bestCells, beyondNoise, type CellSummary, metricOf, type Summary } from './summary.js';
import { settingName } from './wording.js';

/** Differences that print as 0.000 have no direction. */
const NO_DIRECTION = 0.0005;

/** Whether order and direction agree with the paper's own numbers, and where they do not. */
export function paperReading(summary: Summary): string[] {
  if (summary.datasets.length === 0) return claimReading(summary);
  const other = summary.datasets.filter((dataset) => !sameDataset(summary, dataset));
  const paragraphs: string[] = [];
  if (other.length > 0) {
    paragraphs.push(
      `The paper's numbers come from ${other.length === 1 ? 'another cohort' : 'other cohorts'} than this one (${listing(other)}): heights cannot be compared, only order and direction.`,
    );
  }
  for (const metric of summary.metrics) {
    for (const dataset of summary.datasets) {
      const text = orderText(summary, metric, dataset);
      if (text) paragraphs.push(text);
    }
    const direction = directionText(summary, metric);
    if (direction) paragraphs.push(direction);
  }
  return paragraphs;
}

function orderText(summary: Summary, metric: Metric, dataset: string): string | null {
  const both = summary.cells.flatMap((cell) => {
    const own = metricOf(cell, metric);
    const paper = own.paper[dataset];
    return own.mean === null || !paper ? [] : [{ cell, here: own.mean, there: paper.mean }];
  });
  if (both.length < 2) return null;
  const keys = new Set(both.map(({ cell }) => cell.key));
  const shared = { ...summary, cells: summary.cells.filter((cell) => keys.has(cell.key)) };
  const here = bestCells(shared, (cell) => metricOf(cell, metric).mean);
  const there = bestCells(shared, (cell) => metricOf(cell, metric).paper[dataset]?.mean);
  const same = there.length === 1 && here.some((cell) => cell.key === there[0]!.key);
  const names = (cells: readonly CellSummary[]): string => listing(cells.map((cell) => settingName(summary, cell)));
  const scored = summary.cells.filter((cell) => metricOf(cell, metric).mean !== null);
  const among = both.length < scored.length ? `of the ${both.length} settings that the paper has, ` : '';
  const height =
    there.length === 1
      ? meanStd(metricOf(there[0]!, metric).paper[dataset])
      : fixed(Math.max(...both.map((pair) => pair.there)));
  const paperBest = `${among}the paper's best ${there.length === 1 ? 'is' : 'are'} ${names(there)} (${height})`;
  let best = `${paperBest}, the best here ${names(here)}`;
  if (same && here.length === 1) best = `${among}the best setting is the same, ${names(there)}`;
  else if (same) best = `${paperBest}, which shares the highest mean here with ${count(here.length - 1, 'other')}`;
  const correlation = spearman(
    both.map((pair) => pair.here),
    both.map((pair) => pair.there),
  );
  const compared = both.some(({ cell }) => (metricOf(cell, metric).comparison?.pHolm ?? null) !== null);
  const noise =
    compared && beyondNoise(summary, metric).length === 0
      ? ' No difference here is beyond noise, so chance alone may have made the order here.'
      : '';
  const start = `${capital(metric.label)} against the paper's ${dataset}: `;
  return `${start}${correlation ? `${agreement(correlation)}; ${best}` : best}.${noise}`;
}

function agreement({ rho, n, p }: RankCorrelation): string {
  const numbers = `Spearman ρ = ${fixed(rho, 2)} over ${n} settings${p === null ? '' : `, exact ${pPhrase(p)}`}`;
  let words = 'the orders have little in common';
  if (rho >= 0.7) words = 'the orders agree';
  else if (rho >= 0.3) words = 'the orders agree in part';
  else if (rho <= -0.3) words = "the order runs against the paper's";
  const chance =
    p !== null && p >= ALPHA && Math.abs(rho) >= 0.3 ? ', though with so few settings chance alone could give it' : '';
  return `${words} (${numbers})${chance}`;
}

function directionText(summary: Summary, metric: Metric): string | null {
  const { reference } = summary;
  if (!reference) return null;
  const name = settingName(summary, reference);
  const opposite: string[] = [];
  const confirmed: string[] = [];
  let comparable = 0;
  for (const cell of summary.cells) {
    const { comparison } = metricOf(cell, metric);
    const here = comparison?.mean ?? null;
    if (here === null || cell.reference) continue;
    const there = paperDifferences(summary, cell, reference, metric);
    if (there.length === 0) continue;
    comparable += 1;
    const against = there.filter(({ difference }) => reversed(here, difference));
    const p = comparison?.pHolm ?? null;
    if (against.length === 0) {
      const directed = there.every(({ difference }) => reversed(here, -difference));
      if (directed && p !== null && p < ALPHA) confirmed.push(`${settingName(summary, cell)} (${signed(here)})`);
      continue;
    }
    const noise = p === null ? 'untested' : `${p < ALPHA ? 'beyond noise' : 'within noise'}, ${pPhrase(p)}`;
    const others = listing(against.map(({ dataset, difference }) => `${signed(difference)} (${dataset})`));
    opposite.push(`${settingName(summary, cell)} is ${signed(here)} here (${noise}), in the paper ${others}`);
  }
  if (comparable === 0) return null;
  const agrees =
    confirmed.length === 0
      ? `No difference to ${name} in ${metric.label} is both beyond noise and in the paper's direction.`
      : `Beyond noise and in the paper's direction, in ${metric.label} against ${name}: ${listing(confirmed)}.`;
  if (opposite.length === 0) return `${agrees} None goes the other way.`;
  return `${agrees} The other way than the paper, in ${metric.label} against ${name}: ${opposite.join('; ')}.`;
}

function paperDifferences(summary: Summary, cell: CellSummary, reference: CellSummary, metric: Metric) {
  return summary.datasets.flatMap((dataset) => {
    const value = metricOf(cell, metric).paper[dataset];
    const base = metricOf(reference, metric).paper[dataset];
    return value && base ? [{ dataset, difference: value.mean - base.mean }] : [];
  });
}

function reversed(here: number, there: number): boolean {
  return Math.abs(here) >= NO_DIRECTION && Math.abs(there) >= NO_DIRECTION && here > 0 !== there > 0;
}
