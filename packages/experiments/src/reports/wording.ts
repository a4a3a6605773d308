import type { PaperSource, Results } from '../types.js';
import { LAST_EPOCHS } from './attention.js';
import { count } from './format.js';
import type { Summary } from './summary.js';

/** The cohort as every chart and table names it. */
export function cohortTitle({ title, simulated, caveat }: Results['cohort']): string {
  const named = simulated && !/simulated/i.test(title) ? `${title} (simulated)` : title;
  return caveat && !named.includes(caveat) ? `${named} (${caveat})` : named;
}

/**
 * Whose features a cohort imitates; undefined for features that are what they are. A simulated cohort of digits is asked
 * for with an encoder too, and has no use for it.
 */
export function imitatedEncoder({ name, options }: Results['cohort']): string | undefined {
  return name.endsWith('-sim') ? options.encoder : undefined;
}

/** Whether a cohort's difficulty was set so that plain ABMIL reaches the paper's value. */
export const isCalibrated = ({ name }: Results['cohort']): boolean => name.endsWith('-sim');

/** A setting in a sentence: `m = 0.999` (with spaces that do not break) for a bare number, the label otherwise. */
export function settingName(summary: Summary, cell: { readonly label: string }): string {
  return unbroken(
    Number.isFinite(Number(cell.label)) ? `${summary.experiment.factor.name} = ${cell.label}` : cell.label,
  );
}

/** Spaces around signs and before units that must not stand at the end of a line. */
export function unbroken(text: string): string {
  return text.replace(/ ([=±<×≥]) /g, '\u00a0$1\u00a0').replace(/(\d) (%|nats)/g, '$1\u00a0$2');
}

/** Every split with every seed; in cross-validation the folds of each run with its own seed. */
export function plannedPairs({ splits, seeds, crossValidation }: Results): { split: string; seed: number }[] {
  if (!crossValidation) return splits.flatMap((split) => seeds.map((seed) => ({ split, seed })));
  const folds = splits.length / seeds.length;
  return splits.map((split, i) => ({ split, seed: seeds[Math.floor(i / folds)]! }));
}

/** Runs that a setting has where none is missing. */
export function runsPerSetting(results: Results): number {
  return plannedPairs(results).length;
}

/** `1 run of 10 folds`. */
export function foldsText({ splits, seeds }: Pick<Results, 'splits' | 'seeds'>): string {
  return `${count(seeds.length, 'run')} of ${count(splits.length / seeds.length, 'fold')}`;
}

/** The size of a result: `quick preset, 7 settings × 5 seeds = 35 runs`. */
export function runsText(results: Results): string {
  const factors = [count(results.cells.length, 'setting')];
  if (results.crossValidation) factors.push(foldsText(results));
  else {
    if (results.splits.length > 1) factors.push(count(results.splits.length, 'split'));
    factors.push(count(results.seeds.length, 'seed'));
  }
  const runs = results.runs.length < results.planned ? `${results.runs.length} of ${results.planned} planned` : null;
  return `${results.preset} preset, ${factors.join(' × ')}, ${runs ? `partial: ${runs} runs` : count(results.runs.length, 'run')}`;
}

/** Whether naming the split of a run would say nothing. */
export function onlySplit(summary: Summary): boolean {
  return summary.results.splits.length === 1;
}

/** What the pairs of a test and the spread of a mean are over. */
export function overText(results: Results): string {
  if (results.crossValidation) return foldsText(results);
  const seeds = count(results.seeds.length, 'seed');
  const splits = count(results.splits.length, 'split');
  if (results.splits.length === 1) return seeds;
  return results.seeds.length === 1 ? splits : `${splits} × ${seeds}`;
}

/** Whether a setting has one run, and so no spread. */
export function isSingle({ seeds, splits }: Pick<Results, 'seeds' | 'splits'>): boolean {
  return seeds.length * splits.length === 1;
}

/** What ± means in this report, in one sentence. */
export function spreadText(results: Results): string {
  const { splits } = results;
  if (isSingle(results)) return 'one run a setting, so no ± is given';
  if (results.crossValidation) return foldSpreadText(results);
  const std = `sample standard deviation (divisor n − 1) over ${overText(results)}`;
  if (splits.length === 1) {
    return `${std} on the same split: the randomness of training, not that of the choice of bags`;
  }
  return `${std}; splits share training bags, so the runs are not independent`;
}

/** What ± is over the folds of cross-validation. */
export function foldSpreadText(results: Pick<Results, 'splits' | 'seeds'>): string {
  return `population standard deviation (divisor n) over the folds of ${foldsText(results)}`;
}

/** `the last 10 epochs`, or `all 8 epochs` where there are no more. */
export function lastEpochsText(results: Results): string {
  const { epochs } = results.train;
  return epochs > LAST_EPOCHS ? `the last ${LAST_EPOCHS} epochs` : `all ${count(epochs, 'epoch')}`;
}

/** `at the selected epoch`, or at the last where nothing selects one. */
export function epochText(results: Results): string {
  return results.train.select === 'best' ? 'at the selected epoch' : 'at the last epoch';
}

export function selectionText(results: Results): string {
  if (results.crossValidation?.epoch === 'best on the test fold')
    return 'best epoch on the test fold (optimistic: the bags that are scored choose it), the first of equals';
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

const SOURCES = {
  table: 'Table',
  figure: 'Figure',
  theorem: 'Theorem',
  equation: 'Equation',
  appendix: 'Appendix',
} as const;

/** `Table 10`, `Appendix H`; `our own` for what is not of the paper. */
export function sourceName({ kind, number }: Pick<PaperSource, 'kind' | 'number'>): string {
  return kind === 'own' ? 'our own' : `${SOURCES[kind]}${isSeveral(number) ? 's' : ''} ${number}`;
}

/** Whether a number names several, as `9 and 10` and `14 to 25` do. */
export function isSeveral(number: PaperSource['number']): boolean {
  return / (and|to) /.test(String(number));
}

/** The same as a page's head says it. */
export function sourceText(paper: Pick<PaperSource, 'kind' | 'number'>): string {
  return paper.kind === 'own' ? 'Of our own, not in the paper' : `${sourceName(paper)} of the paper`;
}
