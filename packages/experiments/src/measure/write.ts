import { stringify } from 'csv-stringify/sync';
import { type WrittenReport, writePage } from '../reports/write-report.js';
import { costPage } from './page.js';
import type { CostResults, WriteCostReportOptions } from './types.js';

/** Writes the report on cost: the same files as every report. Throws the file system's errors. */
export async function writeCostReport(options: WriteCostReportOptions): Promise<WrittenReport> {
  const { measurement, results, provenance } = options;
  return writePage(options, {
    resultsText: resultsJson(results),
    csv: () => costCsv(results),
    page: (notes) => costPage(measurement, results, provenance, notes),
  });
}

/** One line a row. */
function resultsJson({ rows, ...rest }: CostResults): string {
  return `${JSON.stringify(rest).slice(0, -1)},"rows":[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]}\n`;
}

function costCsv({ rows }: CostResults): string {
  const flat = rows.map(({ factors, step, infer, ...row }) => {
    const times = (name: string, own: object) =>
      Object.fromEntries(Object.entries(own).map(([key, value]) => [`${name}_${key}`, value]));
    return { ...row, ...factors, ...times('step', step), ...times('infer', infer) };
  });
  return stringify(flat, { header: true });
}
