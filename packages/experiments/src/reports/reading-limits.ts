import { mean, testMean } from '../stats/index.js';
import { count, fixed, listing } from './format.js';
import { METRICS } from './metrics.js';
import { metricOf, type Summary } from './summary.js';
import { isSingle, settingName } from './wording.js';

/** What the numbers cannot show, each limit with its size where it has one. */
export function limitsReading(summary: Summary): string[] {
  const { results } = summary;
  const paragraphs: string[] = [];
  if (results.cohort.simulated) {
    paragraphs.push(
      'The cohort is simulated: its bags are made by a program, not from tissue. It shows how the settings behave under known conditions; whether slides behave alike is open.',
    );
  }
  const size = testSizeText(summary);
  if (size) paragraphs.push(size);
  if (results.splits.length === 1 && results.seeds.length > 1) {
    paragraphs.push(
      'All runs share one split. The spread is that of training; with other test bags the means move by more than it says.',
    );
  }
  if (isSingle(results)) {
    paragraphs.push('There is one run a setting. How much a second seed would change is not known.');
  }
  if (results.preset !== 'paper') {
    paragraphs.push(
      `This is the ${results.preset} preset, not the paper's protocol (here ${count(results.train.epochs, 'epoch')}, ${count(results.cohort.bags, 'bag')}).`,
    );
  }
  return paragraphs;
}

/** How coarse a test set is, and how wide the intervals are: differences below that cannot be seen. */
function testSizeText(summary: Summary): string | null {
  const sizes = summary.cells.flatMap((cell) => cell.finished.flatMap((run) => run.result.selected?.n ?? []));
  if (sizes.length === 0) return null;
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const bags = least === most ? count(least, 'bag') : `${least} to ${most} bags`;
  const sets = summary.results.splits.length === 1 ? 'The test set holds' : 'The test set of a split holds';
  const step = 1 / least;
  const coarse = summary.experiment.localization
    ? `${sets} ${bags}.`
    : `${sets} ${bags}: one bag decided otherwise moves accuracy by ${fixed(step, step < 0.01 ? 4 : 3)} and macro F1 by about as much.`;
  const widths = summary.metrics.flatMap((metric) => {
    const each = summary.cells.flatMap((cell) => {
      const ci = metricOf(cell, metric).comparison?.ci95;
      return ci && ci[1] > ci[0] ? [(ci[1] - ci[0]) / 2] : [];
    });
    if (each.length === 0) return [];
    const [narrow, wide] = [fixed(Math.min(...each)), fixed(Math.max(...each))];
    return [`±${narrow}${narrow === wide ? '' : ` to ±${wide}`} in ${metric.label}`];
  });
  if (widths.length === 0 || !summary.reference) return coarse;
  const name = settingName(summary, summary.reference);
  return `${coarse} The 95\u00a0% intervals of the differences to ${name} are ${listing(widths)}: true differences smaller than that are likely to go unseen.`;
}

/** Runs whose scores are those of a model without any skill, and scores that do not carry over to the test bags. */
export function chanceReading(summary: Summary): string[] {
  return [oneClassText(summary), aucText(summary), gapText(summary)].filter((text) => text !== null);
}

/** Runs in which no class but one is ever decided rightly. */
function oneClassText(summary: Summary): string | null {
  const classes = summary.results.cohort.classes.length;
  const each = summary.cells.map((cell) => {
    const stuck = cell.finished.filter((run) => {
      const scores = run.result.selected;
      // A fold whose bags are all of one class has no AUC, and says nothing of the others.
      return scores !== null && scores.macroAuc !== null && isOneClass(scores.macroF1, scores.accuracy, classes);
    });
    return { cell, stuck: stuck.length, runs: cell.finished.length };
  });
  const affected = each.filter(({ stuck }) => stuck > 0);
  if (affected.length === 0) return null;
  const meaning =
    'their macro F1 is what a model scores that gives every test bag the same class, which is chance level';
  if (each.every(({ stuck, runs }) => stuck === runs)) {
    return `Every run recognises one class only: ${meaning}. The settings cannot be compared by F1 here.`;
  }
  const parts = affected.map(({ cell, stuck, runs }) => `${settingName(summary, cell)} (${stuck} of ${runs})`);
  return `Some runs recognise one class only: ${meaning}. They are: ${listing(parts)}. A mean over such runs and others says how often training succeeds, not how well.`;
}

/**
 * With one class alone recognised, its F1 is 2a / (1 + a) for an accuracy of a and every other F1 is 0. Stored scores have
 * six digits.
 */
function isOneClass(macroF1: number, accuracy: number, classes: number): boolean {
  return classes > 1 && Math.abs(macroF1 - (2 * accuracy) / (1 + accuracy) / classes) < 1e-5;
}

/** Two values give an interval that covers nearly everything. */
const LEAST_RUNS = 3;

function aucText(summary: Summary): string | null {
  const metric = METRICS.find(({ id }) => id === 'macroAuc')!;
  const each = summary.cells.map((cell) => {
    const { n, mean: own, ci95 } = testMean(cell.finished.flatMap((run) => metric.read(run, 'selected') ?? []));
    return { name: settingName(summary, cell), n, own, ci95 };
  });
  const means = each.flatMap(({ own }) => own ?? []);
  if (means.length > 0 && means.every((own) => own <= 0.5)) {
    const range = [...new Set([fixed(Math.min(...means)), fixed(Math.max(...means))])].join(' to ');
    return `Mean macro AUC is not above chance (0.5) with any setting (${range}): nothing was learnt that carries over to the test bags, so the settings cannot be compared by these scores.`;
  }
  const names = each.flatMap(({ name, n, ci95 }) => (n >= LEAST_RUNS && ci95 !== null && ci95[0] <= 0.5 ? [name] : []));
  if (names.length === 0) return null;
  const which = names.length === summary.cells.length && names.length > 1 ? 'every setting' : listing(names);
  return `Macro AUC cannot be told from chance (0.5) with ${which}: the 95\u00a0% interval of the mean reaches down to it.`;
}

/** From this mean difference on, validation and test bags are told to disagree. */
const GAP = 0.1;

function gapText(summary: Summary): string | null {
  const pairs = summary.cells.flatMap((cell) =>
    cell.finished.flatMap(({ result }) => {
      const val = result.epochs[result.selectedEpoch - 1]?.val;
      return val && result.selected ? [{ val: val.macroF1, test: result.selected.macroF1 }] : [];
    }),
  );
  const val = mean(pairs.map((pair) => pair.val));
  const test = mean(pairs.map((pair) => pair.test));
  if (val === null || test === null || val - test < GAP) return null;
  return `At the reported epochs the mean macro F1 over all runs is ${fixed(val)} on validation bags and ${fixed(test)} on test bags. The epoch is chosen by the former, which favours them, but hardly by so much: the test bags may be harder or of another kind.`;
}
