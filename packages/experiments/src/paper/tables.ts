import { createRequire } from 'node:module';
import type { PaperValue } from '../types.js';
// The type-only import makes the compiler check the data and copy it beside the output; reading it through `require`
// spares Node 20 its warning about JSON modules.
import type tablesData from './tables.json';

/** One row as printed; `{ mean, std }` where the paper prints mean ± std, null where a cell has no meaning for the row. */
export interface PaperTableRow {
  readonly [column: string]: PaperValue | string | number | boolean | null | undefined;
}

/** A table of the paper: its numbers, with a caption and notes in our own words. */
export interface PaperTable {
  readonly table: number;
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly PaperTableRow[];
  /** Where printed numbers disagree with each other or had to be interpreted. */
  readonly notes: readonly string[];
}

const data: typeof tablesData = createRequire(import.meta.url)('./tables.json');
const tables: readonly PaperTable[] = data;

/** The paper's table of that number (1 to 16). Throws `RangeError` for any other number. */
export function paperTable(number: number): PaperTable {
  const table = tables.find((candidate) => candidate.table === number);
  if (!table) throw new RangeError(`the paper has no Table ${number}: its tables are numbered 1 to ${tables.length}`);
  return table;
}

/**
 * The `mean ± std` of one cell. A plain number, printed without a std, gets `std: null`.
 * Throws `RangeError` where the row holds no number in that column.
 */
export function paperValue(row: PaperTableRow, column: string): PaperValue {
  const value = row[column];
  if (typeof value === 'number') return { mean: value, std: null };
  if (typeof value === 'object' && value !== null) return value;
  throw new RangeError(`column "${column}" of this row of the paper's table holds ${String(value)}, not a number`);
}
