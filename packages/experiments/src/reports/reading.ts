import { count, fixed, listing, meanStd, pPhrase, signed } from './format.js';
import type { Metric } from './metrics.js';
import { attentionReading } from './reading-attention.js';
import { chanceReading, limitsReading } from './reading-limits.js';
import { paperReading } from './reading-paper.js';
import { ALPHA, bestCells, type CellSummary, metricOf, type Summary } from './summary.js';
import { overText, settingName, testCaveat } from './wording.js';

/** A heading with paragraphs of plain text; written from the numbers alone. */
export interface ReadingSection {
  readonly heading: string;
  readonly paragraphs: readonly string[];
}

/** What the numbers say, in words, with what they do not say beside it; `more` of an experiment's own stands before the limits. */
export function readingOf(summary: Summary, more: readonly ReadingSection[] = []): ReadingSection[] {
  return [
    { heading: 'Scores', paragraphs: scoreReading(summary) },
    { heading: 'Beside the paper', paragraphs: paperReading(summary) },
    { heading: 'Attention', paragraphs: attentionReading(summary) },
    ...more,
    { heading: 'Limits', paragraphs: limitsReading(summary) },
  ].filter((section) => section.paragraphs.length > 0);
}

function scoreReading(summary: Summary): string[] {
  const caveat = testCaveat(summary.results);
  return [
    ...summary.metrics.map((metric) => `${bestText(summary, metric)} ${noiseText(summary, metric)}`.trim()),
    ...chanceReading(summary),
    ...(caveat ? [caveat] : []),
  ];
}

function bestText(summary: Summary, metric: Metric): string {
  const best = bestCells(summary, (cell) => metricOf(cell, metric).mean);
  const [first] = best;
  if (!first) return `No run has a ${metric.label}: it is undefined where ${metric.undefinedWhere}.`;
  const last = bestCells(summary, (cell) => metricOf(cell, metric).last.mean);
  const moved = !last.some((cell) => best.includes(cell));
  const also = moved ? ` At the last epoch instead of the selected one it is ${names(summary, last)}.` : '';
  const value = metricOf(first, metric);
  if (best.length === 1) {
    const runs = count(value.n, 'run');
    return `Highest mean ${metric.label} here: ${settingName(summary, first)} with ${meanStd(value)} (${runs}).${also}`;
  }
  if (best.length === summary.cells.length) {
    return `The mean ${metric.label} is ${fixed(value.mean)} with every setting.${also}`;
  }
  return `Highest mean ${metric.label} here: ${fixed(value.mean)}, alike with ${names(summary, best)}.${also}`;
}

function names(summary: Summary, cells: readonly CellSummary[]): string {
  return listing(cells.map((cell) => settingName(summary, cell)));
}

function noiseText(summary: Summary, metric: Metric): string {
  const { reference } = summary;
  if (!reference || summary.cells.length < 2) return '';
  const name = settingName(summary, reference);
  const compared = summary.cells.flatMap((cell) => {
    const { comparison } = metricOf(cell, metric);
    return comparison && comparison.n > 0 ? [{ cell, comparison }] : [];
  });
  if (compared.length === 0) return '';
  const equal = compared.filter(({ comparison }) => comparison.n > 1 && comparison.p === null && comparison.mean === 0);
  const same =
    equal.length === 0
      ? ''
      : ` In every pair of runs the same score as ${name}: ${names(
          summary,
          equal.map(({ cell }) => cell),
        )}.`;
  const tested = compared.filter(({ comparison }) => comparison.pHolm !== null);
  if (tested.length === 0) {
    if (equal.length === compared.length) return same.trim();
    return `No test against ${name} is possible with ${count(compared[0]!.comparison.n, 'pair')} of runs a setting: differences cannot be told from noise.`;
  }
  const beyond = tested.filter(({ comparison }) => comparison.pHolm! < ALPHA);
  const within = compared.length - beyond.length;
  const how = `paired t-test over ${overText(summary.results)}, Holm-adjusted over ${count(tested.length, 'setting')}`;
  if (beyond.length === 0) {
    const smallest = Math.min(...tested.map(({ comparison }) => comparison.pHolm!));
    return `No setting differs from ${name} beyond noise (${how}; smallest ${pPhrase(smallest)}): which setting leads is not a finding.${same}`;
  }
  const clauses = beyond.map(({ cell, comparison }) => {
    const mean = comparison.mean!;
    const [low, high] = comparison.ci95!;
    const interval = `95\u00a0% interval ${signed(low)} to ${signed(high)}`;
    return `${settingName(summary, cell)} is ${mean < 0 ? 'lower' : 'higher'} by ${fixed(Math.abs(mean))} (${interval}, ${pPhrase(comparison.pHolm!)})`;
  });
  const rest =
    within === 0 ? '' : ` The other ${within === 1 ? 'setting' : count(within, 'setting')} cannot be told from it.`;
  return `Against ${name}, beyond noise (${how}): ${listing(clauses)}.${rest}${same}`;
}
