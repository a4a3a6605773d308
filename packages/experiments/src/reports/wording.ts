import type { Results } from '../types.js';
import { count } from './format.js';
import type { CellSummary, Summary } from './summary.js';

/** The cohort as every chart and table names it. */
export function cohortTitle(cohort: Results['cohort']): string {
  return cohort.simulated && !/simulated/i.test(cohort.title) ? `${cohort.title} (simulated)` : cohort.title;
}

/** A setting in a sentence: `m = 0.999` (with spaces that do not break) for a bare number, the label otherwise. */
export function settingName(summary: Summary, cell: Pick<CellSummary, 'label'>): string {
  return Number.isFinite(Number(cell.label))
    ? `${summary.experiment.factor.name}\u00a0=\u00a0${cell.label}`
    : cell.label;
}

/** The size of a result: `quick preset, 7 settings × 5 seeds = 35 runs`. */
export function runsText(results: Results): string {
  const factors = [count(results.cells.length, 'setting')];
  if (results.splits.length > 1) factors.push(count(results.splits.length, 'split'));
  factors.push(count(results.seeds.length, 'seed'));
  return `${results.preset} preset, ${factors.join(' × ')}, ${count(results.runs.length, 'run')}`;
}

/** Whether naming the split of a run would say nothing. */
export function onlySplit(summary: Summary): boolean {
  return summary.results.splits.length === 1;
}

/** What the pairs of a test and the spread of a mean are over. */
export function overText(results: Results): string {
  const seeds = count(results.seeds.length, 'seed');
  const splits = count(results.splits.length, 'split');
  if (results.splits.length === 1) return seeds;
  return results.seeds.length === 1 ? splits : `${splits} × ${seeds}`;
}

/** What ± means in this report, in one sentence. */
export function spreadText(results: Results): string {
  const { seeds, splits } = results;
  if (seeds.length * splits.length === 1) return 'one run a setting, so no ± is given';
  const std = `sample standard deviation (divisor n − 1) over ${overText(results)}`;
  if (splits.length === 1) {
    return `${std} on the same split: the randomness of training, not that of the choice of bags`;
  }
  return `${std}; splits share training bags, so the runs are not independent`;
}

export function selectionText(results: Results): string {
  return results.train.select === 'best'
    ? 'epoch with the largest validation macro F1 + macro AUC (the first of equals); its test scores are reported'
    : 'last epoch, no selection';
}

/** Caveat of the paired test where one value per split and seed enters it; null otherwise. */
export function testCaveat(results: Results): string | null {
  if (results.splits.length === 1) return null;
  return (
    `The test takes all ${overText(results)} as pairs. Splits share training bags, ` +
    'so the pairs are not independent and the p-values are too small.'
  );
}
