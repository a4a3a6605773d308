import type { PaperRow, Place } from '../types.js';

/** Which of the paper's data sets a cohort stands for. */
const PAPER_DATASETS: Readonly<Record<string, string>> = {
  bracs: 'BRACS',
  'bracs-sim': 'BRACS',
  camelyon16: 'CAMELYON-16',
  'camelyon16-sim': 'CAMELYON-16',
  camelyon17: 'CAMELYON-17',
  'camelyon17-sim': 'CAMELYON-17',
  ...classicForms('musk1', 'MUSK1'),
  ...classicForms('musk2', 'MUSK2'),
  ...classicForms('fox', 'FOX'),
  ...classicForms('tiger', 'TIGER'),
  ...classicForms('elephant', 'ELEPHANT'),
};

const BACKBONES: Readonly<Record<string, NonNullable<Place['encoder']>>> = {
  'ResNet-18': 'resnet18',
  'PathGen-CLIP': 'pathgen-clip',
  UNI: 'uni',
};

/** A classic set is there cleanly and with the label in the input; which of them the paper used it does not say. */
function classicForms(name: string, dataset: string): Record<string, string> {
  return { [name]: dataset, [`${name}-with-label-column`]: dataset, [`${name}-as-published`]: dataset };
}

/** The paper's data set that this cohort imitates or is, if any. */
export function paperDatasetOf(cohort: string): string | undefined {
  return PAPER_DATASETS[cohort];
}

/** The encoder that the paper's Tables 1 and 8 name so. */
export function paperEncoder(backbone: unknown): NonNullable<Place['encoder']> {
  const name = String(backbone);
  const found = Object.entries(BACKBONES).find(([start]) => name.startsWith(start));
  return found?.[1] ?? 'vit-s';
}

/**
 * The paper's rows to show beside results on `cohort`: those of the data set it stands for. For any other cohort the
 * rows of the experiment's first data set; a row's `dataset` then differs from `paperDatasetOf(cohort)` and is shown as
 * another cohort's. Of rows with several encoders those of `encoder` (`vit-s` for a cohort that has none).
 */
export function paperRowsFor(
  rows: readonly PaperRow[],
  cohort: string,
  encoder: Place['encoder'] = 'vit-s',
): PaperRow[] {
  const seen = rows.filter((row) => row.encoder === undefined || row.encoder === encoder);
  const own = seen.filter((row) => row.dataset === PAPER_DATASETS[cohort]);
  return own.length > 0 ? own : seen.filter((row) => row.dataset === seen[0]?.dataset);
}
