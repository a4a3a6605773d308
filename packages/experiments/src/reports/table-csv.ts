import { stringify } from 'csv-stringify/sync';
import type { ReportTable } from './tables.js';

/** A table of a report as CSV: numbers as they sort, text otherwise. */
export function tableCsv({ columns, rows }: ReportTable): string {
  const head = columns.map(({ label, alone, group }) => alone ?? (group === '' ? label : `${group}: ${label}`));
  return stringify([
    head,
    ...rows.map(({ cells }) => cells.map(({ text, sort }, i) => (columns[i]!.text ? text : (sort ?? '')))),
  ]);
}
