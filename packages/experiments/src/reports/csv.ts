import { stringify } from 'csv-stringify/sync';
import { metricOf, type Summary } from './summary.js';
import { cohortTitle } from './wording.js';

type Value = string | number | null;

/**
 * The table as CSV, one row a setting: the cohort, n, then for every metric mean, std, the paired comparison with the
 * reference and the last epoch, then attention, then the paper's values by data set. Empty where there is no number.
 */
export function resultsCsv(summary: Summary): string {
  const { results, metrics, datasets } = summary;
  const factors = [...new Set(summary.cells.flatMap((cell) => Object.keys(cell.factors)))];
  const rows = summary.cells.map((cell) => {
    const row: Record<string, Value> = {
      experiment: results.experiment,
      cohort: cohortTitle(results.cohort),
      simulated: String(results.cohort.simulated),
      cell: cell.key,
      label: cell.label,
      reference: String(cell.reference),
    };
    for (const factor of factors) row[`factor_${factor}`] = cell.factors[factor] ?? null;
    row.n = cell.finished.length;
    row.diverged = cell.diverged.length;
    for (const metric of metrics) {
      const { id } = metric;
      const own = metricOf(cell, metric);
      row[`${id}_n`] = own.n;
      row[`${id}_mean`] = own.mean;
      row[`${id}_std`] = own.std;
      row[`${id}_difference`] = own.comparison?.mean ?? null;
      row[`${id}_ci95_low`] = own.comparison?.ci95?.[0] ?? null;
      row[`${id}_ci95_high`] = own.comparison?.ci95?.[1] ?? null;
      row[`${id}_p`] = own.comparison?.p ?? null;
      row[`${id}_p_holm`] = own.comparison?.pHolm ?? null;
      row[`${id}_last_mean`] = own.last.mean;
      row[`${id}_last_std`] = own.last.std;
    }
    row.jsd = cell.attention?.jsd ?? null;
    row.entropy = cell.attention?.entropy ?? null;
    row.instance_mass = cell.attention?.instanceMass ?? null;
    row.largest_weight_n = cell.attention?.peak ?? null;
    row.half_mass_share = cell.attention?.halfMass ?? null;
    row.instance_auc = cell.attention?.instanceAuc ?? null;
    for (const dataset of datasets) {
      for (const metric of metrics) {
        const value = metricOf(cell, metric).paper[dataset];
        row[`paper_${dataset}_${metric.id}_mean`] = value?.mean ?? null;
        row[`paper_${dataset}_${metric.id}_std`] = value?.std ?? null;
      }
    }
    return row;
  });
  return stringify(rows, {
    header: true,
    cast: { number: (value) => String(Number(value.toPrecision(6))), string: harmless },
  });
}

/** A spreadsheet takes a text that begins like a formula for one; an apostrophe in front stops it. */
function harmless(text: string): string {
  return /^[=@+\t\r]/.test(text) ? `'${text}` : text;
}
