import { basename, extname } from 'node:path';
import { UserError } from '@asmil/core';
import { shown } from '../files/shown.js';
import { type CsvTable, columnOf, readCsvTable } from './csv-table.js';
import { listed, type Report } from './problem.js';
import { nameFault } from './slide-name.js';

/** One slide of a label table. */
export interface LabelRow {
  readonly slide: string;
  /** As the table has it. */
  readonly label: string;
  /** Slides of one patient stay on one side of a split; the slide itself where the table names no patients. */
  readonly patient: string;
  /** The part of the split that the table gives: `train`, `val`, or anything else for `test`. */
  readonly part?: string;
  /** Where the row stands, for errors: `dataset.csv, line 3`. */
  readonly where: string;
}

export interface LabelTable {
  readonly name: string;
  readonly rows: readonly LabelRow[];
  /** Whether the table names patients. */
  readonly patients: boolean;
}

/** Names of the columns where they are not the usual ones. `patient: ''`: every slide stands alone. */
export interface Columns {
  readonly slide?: string;
  readonly label?: string;
  readonly patient?: string;
}

/** Column names of CLAM, CAMIL, ACMIL and TRIDENT, and of DSMIL, whose column `0` has the paths of its files. */
const USUAL = {
  slide: ['slide_id', 'slide', 'slide_name', 'image_id', 'image', 'wsi', 'filename', '0'],
  label: ['label', 'class', 'diagnosis', 'slide_label'],
  patient: ['case_id', 'patient_id', 'patient', 'case'],
  part: ['split_info', 'split'],
} as const;

/** Reads a label table: one row a slide. Throws `UserError` for a table that cannot be read; rows go to `report`. */
export async function readLabels(path: string, columns: Columns, report: Report, name = path): Promise<LabelTable> {
  return labelsOf(await readCsvTable(path, name), columns, report);
}

/**
 * The rows of a table. A slide that is named twice with one label counts once, which is a warning; with two labels, or with two
 * patients, it is an error and left out.
 */
export function labelsOf(table: CsvTable, columns: Columns, report: Report): LabelTable {
  const { name } = table;
  const slideAt = required(table, 'slide', columns.slide);
  const labelAt = required(table, 'label', columns.label);
  const patientAt = columns.patient === '' ? undefined : optional(table, 'patient', columns.patient);
  const partAt = columnOf(table, USUAL.part);
  const paths = table.columns[slideAt] === '0';

  const rows = new Map<string, LabelRow>();
  const refused = new Set<string>();
  for (const { line, fields } of table.rows) {
    const where = `${name}, line ${line}`;
    const text = fields[slideAt]!;
    const slide = paths ? basename(text, extname(text)) : text;
    const label = fields[labelAt]!;
    const fault = nameFault(slide) ?? (paths ? pathFault(text) : undefined);
    if (fault ?? label === '') {
      report({ level: 'error', slide, message: `${where}: ${fault ?? `slide ${slide} has no label`}; mend the line` });
      continue;
    }
    const patient = patientAt === undefined ? slide : fields[patientAt]!;
    if (patient === '') {
      report({ level: 'error', slide, message: `${where}: slide ${slide} has no patient; mend the line` });
      continue;
    }
    const row = { slide, label, patient, where, ...(partAt === undefined ? {} : { part: fields[partAt]! }) };
    const before = rows.get(slide);
    if (!before) rows.set(slide, row);
    else {
      const clash = difference(before, row);
      if (clash) refused.add(slide);
      const what = clash ? `${clash}, here and in ${before.where}` : `the same as in ${before.where}`;
      const message = `${where}: slide ${slide} is named twice: ${what}; leave one line out`;
      report({ level: clash ? 'error' : 'warning', slide, message });
    }
  }
  for (const slide of refused) rows.delete(slide);
  if (rows.size === 0) report({ level: 'error', message: `${name}: no slide in it, expected one line a slide` });
  return { name, rows: [...rows.values()], patients: patientAt !== undefined };
}

function difference(before: LabelRow, row: LabelRow): string | undefined {
  for (const key of ['label', 'patient', 'part'] as const)
    if (before[key] !== row[key]) return `${key} ${shown(before[key]!)} and ${key} ${shown(row[key]!)}`;
  return undefined;
}

/** Paths of DSMIL's index are looked up below the folder. */
const pathFault = (path: string): string | undefined =>
  path.split(/[/\\]/).includes('..') ? `the path "${shown(path)}", which leads out of the folder` : undefined;

function required(table: CsvTable, what: 'slide' | 'label', named: string | undefined): number {
  const at = optional(table, what, named);
  if (at !== undefined) return at;
  throw new UserError(
    `${table.name}: no column for the ${what} (found ${listed(table.columns.map(shown), 20)}), expected ${USUAL[what][0]}; name it with --columns ${what}=NAME`,
  );
}

function optional(table: CsvTable, what: keyof Columns, named: string | undefined): number | undefined {
  if (named === undefined) return columnOf(table, USUAL[what]);
  const at = columnOf(table, [named]);
  if (at !== undefined) return at;
  const found = listed(table.columns.map(shown), 20);
  throw new UserError(`${table.name}: no column ${shown(named)} for the ${what}, found ${found}`);
}
