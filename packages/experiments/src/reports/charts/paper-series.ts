import { paperDatasetOf } from '../../presets/paper-cohorts.js';
import type { Summary } from '../summary.js';

/** More series than this hide each other. */
const MOST = 4;

/**
 * The paper's data sets that a chart shows: the one that the cohort is or imitates (`bracs-sim`: BRACS), or all of
 * them where it resembles none.
 */
export function paperSeries(summary: Summary): readonly string[] {
  const same = summary.datasets.filter((dataset) => resembles(summary, dataset));
  return (same.length > 0 ? same : summary.datasets).slice(0, MOST);
}

/** Whether the paper measured on the very data set that this cohort is: its numbers can then be compared directly. */
export function sameDataset(summary: Summary, dataset: string): boolean {
  const { cohort } = summary.results;
  return !cohort.simulated && paperDatasetOf(cohort.name) === dataset;
}

/** The paper's data set, and that it is another one where it is. */
export function paperSource(summary: Summary, dataset: string): string {
  if (sameDataset(summary, dataset)) return dataset;
  const imitated = summary.results.cohort.simulated && resembles(summary, dataset);
  return `${dataset}: ${imitated ? 'real slides' : 'another cohort'}`;
}

/** How legends name the paper's values. */
export function paperLabel(summary: Summary, dataset: string): string {
  return `the paper (${paperSource(summary, dataset)})`;
}

function resembles(summary: Summary, dataset: string): boolean {
  return plain(summary.results.cohort.name).includes(plain(dataset));
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
