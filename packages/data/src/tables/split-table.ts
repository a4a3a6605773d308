import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { type Split, UserError } from '@asmil/core';
import { z } from 'zod';
import { shown } from '../files/shown.js';
import { type CsvTable, columnOf, readCsvTable } from './csv-table.js';
import type { LabelRow } from './labels.js';
import { listed } from './problem.js';

/** A split as a file gives it: names of slides, whether or not there are such slides. */
export interface SplitTable extends Split {
  /** Names the file in errors. */
  readonly source: string;
}

const SIDES = ['train', 'val', 'test'] as const;

/**
 * Reads the splits of a file, or of a folder of `splits_0.csv`, `splits_1.csv`, … in the order of their numbers. Throws a
 * `UserError` that names the file.
 */
export async function readSplits(path: string, name = path): Promise<SplitTable[]> {
  const entries = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return undefined; // a file
    throw new UserError(
      `${name}: ${error.code === 'ENOENT' ? 'no such file or folder' : `cannot be read (${error.code})`}`,
    );
  });
  if (entries === undefined) return [await readSplitFile(path, name)];
  const files = chooseFiles(entries);
  if (files.length === 0)
    throw new UserError(`${name}: no split files in it, expected splits_0.csv, splits_1.csv, … as CLAM writes them`);
  return Promise.all(files.map((file) => readSplitFile(join(path, file), `${name}/${file}`)));
}

/** CLAM writes a split three times: by names, as True and False, and as counts. */
function chooseFiles(entries: readonly string[]): string[] {
  for (const pattern of [/^splits?_(\d+)\.(?:csv|json)$/i, /^splits?_(\d+)_bool\.csv$/i]) {
    const found = entries.flatMap((entry) => {
      const number = pattern.exec(entry)?.[1];
      return number === undefined ? [] : [{ entry, number: Number(number) }];
    });
    if (found.length > 0) return found.sort((a, b) => a.number - b.number).map(({ entry }) => entry);
  }
  return [];
}

async function readSplitFile(path: string, source: string): Promise<SplitTable> {
  const name = basename(path, extname(path));
  if (path.toLowerCase().endsWith('.json')) return jsonSplit(await readFile(path), name, source);
  return splitOf(await readCsvTable(path, source), name);
}

/**
 * One split of a table: columns train, val and test of names (CLAM; CAMIL's label columns are passed over), or the names in
 * the first column and True or False in the others.
 */
export function splitOf(table: CsvTable, name: string): SplitTable {
  const { name: source, rows } = table;
  const [train, val, test] = SIDES.map((side) => columnOf(table, [side]));
  if (train === undefined || test === undefined)
    throw new UserError(
      `${source}: columns ${listed(table.columns.map(shown), 20)}, expected train, val and test as CLAM writes them`,
    );
  const column = (at: number | undefined): string[] => (at === undefined ? [] : rows.map(({ fields }) => fields[at]!));
  const cells = [train, val, test].flatMap(column).filter((cell) => cell !== '');
  if (cells.length > 0 && cells.every((cell) => /^(true|false)$/i.test(cell))) {
    const marked = (at: number | undefined): string[] =>
      column(at).flatMap((cell, i) => (/^true$/i.test(cell) ? [rows[i]!.fields[0]!] : []));
    return { name: name.replace(/_bool$/, ''), source, train: marked(train), val: marked(val), test: marked(test) };
  }
  if (name.endsWith('_descriptor') || (table.columns[0] === '' && isCounts(table, cells)))
    throw new UserError(`${source}: counts of slides and no names; give the file beside it without _descriptor`);
  const names = (at: number | undefined): string[] => column(at).filter((cell) => cell !== '');
  return { name, source, train: names(train), val: names(val), test: names(test) };
}

/** A table of counts by class: whole numbers beside texts. */
const isCounts = ({ rows }: CsvTable, cells: readonly string[]): boolean =>
  cells.every((cell) => /^\d+$/.test(cell)) && rows.every(({ fields }) => !/^\d*$/.test(fields[0]!));

// Looked at by hand up to the first fault: the schema library notes every one of them.
const Names = z.custom<string[]>(Array.isArray).superRefine((list, context) => {
  const at = Array.isArray(list) ? list.findIndex((name) => typeof name !== 'string') : -1;
  if (at >= 0) context.addIssue({ code: 'custom', path: [at], message: 'expected a name' });
});
const JsonSplit = z.object({ train_names: Names, val_names: Names.optional(), test_names: Names });

/** ACMIL's `split_1.json`. */
function jsonSplit(bytes: Uint8Array, name: string, source: string): SplitTable {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new UserError(`${source}: no JSON, expected {"train_names": […], "val_names": […], "test_names": […]}`);
  }
  const parsed = JsonSplit.safeParse(content);
  if (!parsed.success)
    throw new UserError(
      `${source}: ${shown(parsed.error.issues[0]!.path.join('.') || 'its content')} is not as expected: {"train_names": […], "val_names": […], "test_names": […]}`,
    );
  const { train_names: train, val_names: val = [], test_names: test } = parsed.data;
  return { name, source, train, val, test };
}

/** The split that the column `split_info` (or `split`) of a label table gives: train, val, anything else test. */
export function columnSplit(rows: readonly LabelRow[], source: string): SplitTable | undefined {
  if (rows.length === 0 || rows.some(({ part }) => part === undefined)) return undefined;
  const side = (part: string): (typeof SIDES)[number] =>
    /^train/i.test(part) ? 'train' : /^val/i.test(part) ? 'val' : 'test';
  const names = (wanted: string): string[] =>
    rows.flatMap(({ slide, part }) => (side(part!) === wanted ? [slide] : []));
  return { name: 'column', source, train: names('train'), val: names('val'), test: names('test') };
}
