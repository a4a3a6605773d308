import { readFile } from 'node:fs/promises';
import { UserError } from '@asmil/core';
import { parse } from 'csv-parse/sync';
import { plainFile } from '../files/byte-source.js';
import { shown } from '../files/shown.js';

/** A table of texts. Numbers stay texts, so that zeros in front of a name survive. */
export interface CsvTable {
  /** Names the file in errors. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
}

export interface CsvRow {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** Tables of slides have some hundred bytes a line. */
const MAX_BYTES = 2 ** 28;
/** Fields of a table whose lines are shorter than the first. Full lines have a separator for each, at least. */
const ALWAYS_GRANTED = 2 ** 20;

/** Reads a CSV file. Throws a `UserError` that begins with `name`. */
export async function readCsvTable(path: string, name = path): Promise<CsvTable> {
  if ((await plainFile(path, name)) > MAX_BYTES) throw new UserError(`${name}: larger than 256 MiB, expected a table`);
  return parseCsvTable(await readFile(path), name);
}

/**
 * The same for bytes: UTF-8 with or without a byte-order mark, either line end, quotes as in RFC 4180, spaces around fields
 * left out. Empty lines are left out; short lines are filled with empty fields.
 */
export function parseCsvTable(bytes: Uint8Array, name: string): CsvTable {
  let records: { record: string[]; info: { lines: number } }[];
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes); // leaves a byte-order mark out
    const options = { trim: true, relax_column_count: true, skip_empty_lines: true, info: true } as const;
    records = parse(text, options) as unknown as typeof records; // as `info` has it
  } catch (error) {
    const what = error instanceof TypeError ? 'it is not UTF-8' : shown((error as Error).message);
    throw new UserError(`${name}: no CSV table (${what}); save it as CSV in UTF-8`);
  }
  const [head, ...rest] = records;
  if (!head) throw new UserError(`${name}: an empty table, expected a line of column names`);
  const columns = head.record;
  if (rest.length * columns.length > Math.max(ALWAYS_GRANTED, bytes.length))
    throw new UserError(
      `${name}: ${columns.length} columns, of which most are empty in its ${rest.length} lines; leave those out`,
    );
  const seen = new Set<string>();
  const twice = columns.find((column) => column !== '' && (seen.has(column) || !seen.add(column)));
  if (twice !== undefined) throw new UserError(`${name}: two columns are called ${shown(twice)}; rename one`);
  const rows = rest.map(({ record, info }) => {
    if (record.length > columns.length && record.slice(columns.length).some((field) => field !== ''))
      throw new UserError(`${name}, line ${info.lines}: ${record.length} fields, expected ${columns.length}`);
    return { line: info.lines, fields: columns.map((_, i) => record[i] ?? '') };
  });
  return { name, columns, rows };
}

/** The place of the first of these columns that a table has, whatever its case. */
export function columnOf({ columns }: CsvTable, names: readonly string[]): number | undefined {
  const lower = columns.map((column) => column.toLowerCase());
  const found = names.map((name) => lower.indexOf(name.toLowerCase())).find((at) => at >= 0);
  return found;
}
