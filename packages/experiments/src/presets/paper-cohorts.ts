import type { PaperRow } from '../types.js';

/** Which of the paper's data sets a cohort stands for. */
const PAPER_DATASETS: Readonly<Record<string, string>> = {
  bracs: 'BRACS',
  'bracs-sim': 'BRACS',
  camelyon16: 'CAMELYON-16',
  'camelyon16-sim': 'CAMELYON-16',
  camelyon17: 'CAMELYON-17',
  'camelyon17-sim': 'CAMELYON-17',
};

/** The paper's data set that this cohort imitates or is, if any. */
export function paperDatasetOf(cohort: string): string | undefined {
  return PAPER_DATASETS[cohort];
}

/**
 * The paper's rows to show beside results on `cohort`: those of the data set it stands for. For any other cohort the
 * rows of the experiment's first data set; a row's `dataset` then differs from `paperDatasetOf(cohort)` and is shown as
 * another cohort's.
 */
export function paperRowsFor(rows: readonly PaperRow[], cohort: string): PaperRow[] {
  const own = rows.filter((row) => row.dataset === PAPER_DATASETS[cohort]);
  return own.length > 0 ? own : rows.filter((row) => row.dataset === rows[0]?.dataset);
}
