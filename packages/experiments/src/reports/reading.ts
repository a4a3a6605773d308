import { count, fixed, listing, meanStd, pPhrase, signed } from './format.js';
import type { Metric } from './metrics.js';
import { attentionReading } from './reading-attention.js';
import { paperReading } from './reading-paper.js';
import { ALPHA, bestCell, metricOf, type Summary } from './summary.js';
import { overText, settingName, testCaveat } from './wording.js';

/** A heading with paragraphs of plain text; written from the numbers alone. */
export interface ReadingSection {
  readonly heading: string;
  readonly paragraphs: readonly string[];
}

/** What the numbers say, in words, with what they do not say beside it. */
export function readingOf(summary: Summary): ReadingSection[] {
  return [
    { heading: 'Scores', paragraphs: scoreReading(summary) },
    { heading: 'Beside the paper', paragraphs: paperReading(summary) },
    { heading: 'Attention', paragraphs: attentionReading(summary) },
    { heading: 'Limits', paragraphs: limits(summary) },
  ].filter((section) => section.paragraphs.length > 0);
}

function scoreReading(summary: Summary): string[] {
  const caveat = testCaveat(summary.results);
  return [
    ...summary.metrics.map((metric) => `${bestText(summary, metric)} ${noiseText(summary, metric)}`.trim()),
    ...(caveat ? [caveat] : []),
  ];
}

function bestText(summary: Summary, metric: Metric): string {
  const best = bestCell(summary, (cell) => metricOf(cell, metric).mean);
  if (!best) return `No run has a ${metric.label}: it is undefined where the test bags are of one class.`;
  const value = metricOf(best, metric);
  const last = bestCell(summary, (cell) => metricOf(cell, metric).last.mean);
  const also =
    last && last.key !== best.key
      ? ` At the last epoch instead of the selected one it is ${settingName(summary, last)} (${meanStd(metricOf(last, metric).last)}).`
      : '';
  return `Highest mean ${metric.label} here: ${settingName(summary, best)} with ${meanStd(value)} (${count(value.n, 'run')}).${also}`;
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
  const tested = compared.filter(({ comparison }) => comparison.pHolm !== null);
  if (tested.length === 0) {
    return `No test against ${name} is possible with ${count(compared[0]!.comparison.n, 'pair')} of runs a setting: differences cannot be told from noise.`;
  }
  const beyond = tested.filter(({ comparison }) => comparison.pHolm! < ALPHA);
  const within = compared.length - beyond.length;
  const how = `paired t-test over ${overText(summary.results)}, Holm-adjusted over ${count(tested.length, 'setting')}`;
  if (beyond.length === 0) {
    const smallest = Math.min(...tested.map(({ comparison }) => comparison.pHolm!));
    return `No setting differs from ${name} beyond noise (${how}; smallest ${pPhrase(smallest)}).`;
  }
  const clauses = beyond.map(({ cell, comparison }) => {
    const mean = comparison.mean!;
    const [low, high] = comparison.ci95!;
    const interval = `95\u00a0% interval ${signed(low)} to ${signed(high)}`;
    return `${settingName(summary, cell)} is ${mean < 0 ? 'lower' : 'higher'} by ${fixed(Math.abs(mean))} (${interval}, ${pPhrase(comparison.pHolm!)})`;
  });
  const rest = within === 0 ? '' : ` The other ${count(within, 'setting')} cannot be told from it.`;
  return `Against ${name}, beyond noise (${how}): ${listing(clauses)}.${rest}`;
}

function limits(summary: Summary): string[] {
  const { results, cells } = summary;
  const paragraphs: string[] = [];
  if (results.cohort.simulated) {
    paragraphs.push(
      'The cohort is simulated: its features come from a generator, not from tissue. It shows how the settings behave under known conditions; whether slides behave alike is open.',
    );
  }
  if (results.splits.length === 1 && results.seeds.length > 1) {
    paragraphs.push(
      'All runs share one split. The spread is that of training; with other test bags the means move by more than it says.',
    );
  }
  if (results.seeds.length * results.splits.length === 1) {
    paragraphs.push('There is one run a setting. How much a second seed would change is not known.');
  }
  if (results.preset !== 'paper') {
    paragraphs.push(
      `This is the ${results.preset} preset, not the paper's protocol (here ${count(results.train.epochs, 'epoch')}, ${count(results.cohort.bags, 'bag')}).`,
    );
  }
  const planned = cells.length * results.seeds.length * results.splits.length;
  if (results.runs.length < planned) {
    paragraphs.push(`${planned - results.runs.length} of ${count(planned, 'planned run')} are missing.`);
  }
  return paragraphs;
}
