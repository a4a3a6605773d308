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

/** Lines that are shorter or longer than the first; the parser makes an error, with its trace, of each. */
const MOST_UNEVEN = 20_000;

/** What the parser knows of a line. */
interface Line {
  readonly lines: number;
  readonly invalid_field_length: number;
}

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
  let records: CsvRow[];
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes); // leaves a byte-order mark out
    const options = { trim: true, relax_column_count: true, skip_empty_lines: true } as const;
    // Of what the parser knows of a line only its number is kept: the rest is many times as large as the line.
    const row = (fields: string[], { lines: line, invalid_field_length: uneven }: Line): CsvRow => {
      if (uneven > MOST_UNEVEN)
        throw new UserError(
          `${name}, line ${line}: more than ${MOST_UNEVEN} lines have not as many fields as the first`,
        );
      return { line, fields };
    };
    records = parse(text, { ...options, on_record: row as never }) as unknown as CsvRow[];
  } catch (error) {
    if (error instanceof UserError) throw error;
    const what = error instanceof TypeError ? 'it is not UTF-8' : shown((error as Error).message);
    throw new UserError(`${name}: no CSV table (${what}); save it as CSV in UTF-8`);
  }
  const [head, ...rest] = records;
  if (!head) throw new UserError(`${name}: an empty table, expected a line of column names`);
  const columns = head.fields;
  if (rest.length * columns.length > Math.max(ALWAYS_GRANTED, bytes.length))
    throw new UserError(
      `${name}: ${columns.length} columns, of which most are empty in its ${rest.length} lines; leave those out`,
    );
  const seen = new Set<string>();
  const twice = columns.find((column) => column !== '' && (seen.has(column) || !seen.add(column)));
  if (twice !== undefined) throw new UserError(`${name}: two columns are called ${shown(twice)}; rename one`);
  const rows = rest.map(({ line, fields }) => {
    if (fields.length > columns.length && fields.slice(columns.length).some((field) => field !== ''))
      throw new UserError(`${name}, line ${line}: ${fields.length} fields, expected ${columns.length}`);
    return { line, fields: columns.map((_, i) => fields[i] ?? '') };
  });
  return { name, columns, rows };
}

/** The place of the first of these columns that a table has, whatever its case. */
export function columnOf({ columns }: CsvTable, names: readonly string[]): number | undefined {
  const lower = columns.map((column) => column.toLowerCase());
  const found = names.map((name) => lower.indexOf(name.toLowerCase())).find((at) => at >= 0);
  return found;
}
