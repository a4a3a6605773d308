import { stringify } from 'csv-stringify/sync';

/** A row of a chart's data; absent and null fields are empty. */
export type ChartRow = Readonly<Record<string, string | number | null | undefined>>;

/**
 * Rows as inline CSV, a third of the same rows as JSON. Types are written beside it, since settings named `0.5` must
 * stay text: a column is a number if every value in it is. Columns without any value are left out.
 */
export function inlineRows(rows: readonly ChartRow[]) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row).filter((key) => row[key] != null)))];
  const parse = Object.fromEntries(
    columns.map((column) => {
      const values = rows.flatMap((row) => row[column] ?? []);
      return [column, values.every((value) => typeof value === 'number') ? 'number' : 'string'];
    }),
  );
  return { values: stringify([...rows], { header: true, columns }), format: { type: 'csv' as const, parse } };
}
