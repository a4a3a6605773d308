import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BagInfo, type Split, UserError } from '@asmil/core';
import { crossValidation } from '../splits.js';
import { bindSplits } from '../tables/bind-splits.js';
import type { ClassOptions } from '../tables/classes.js';
import { type LabelRow, readLabels } from '../tables/labels.js';
import { OFFICIAL, type OfficialCohort, officialCohort } from '../tables/official/index.js';
import type { Report } from '../tables/problem.js';
import { columnSplit, readSplits, type SplitTable } from '../tables/split-table.js';
import type { Manifest } from './manifest.js';
import type { FolderOptions } from './options.js';
import type { Scan } from './scan.js';

/** The tables that go with a folder. */
export interface Tables {
  /** Undefined: the labels stand in the feature files. */
  readonly rows?: readonly LabelRow[];
  readonly classes: ClassOptions;
  /** Where labels and splits come from, for people. */
  readonly labelsFrom: string;
  readonly splitsFrom: string;
  /** Whether patients are told apart from slides. */
  readonly patients: boolean;
  /** The splits of those slides that are there, at least one, or errors told to `report`. */
  splits(bags: readonly BagInfo[], splitSeed: number, report: Report): readonly Split[];
}

/** Folds of cohorts that bring no splits, and the share of the other slides that is held out for validation. */
const FOLDS = 5;
const VALIDATION = 0.2;

/** Reads the tables that the options name, or that lie in the folder under their usual names. */
export async function readTables(
  scan: Scan,
  manifest: Manifest,
  options: FolderOptions,
  report: Report,
): Promise<Tables> {
  const official = options.labels === undefined ? undefined : publicCohort(options.labels);
  const labels = official ? undefined : (options.labels ?? usualLabels(scan));
  const table =
    labels === undefined ? undefined : await readLabels(labels, options.columns ?? {}, report, nameOf(labels));
  const single = options.columns?.patient === '';
  const rows = official ? officialRows(official, options.labels!, single) : table?.rows;
  const { source, splits } = await splitSource(scan, options, official, rows);
  return {
    rows,
    classes: {
      labelMap: options.labelMap,
      classes:
        options.classes ?? (options.labelMap === undefined ? (official?.classes ?? manifest.classes) : undefined),
    },
    labelsFrom: official ? `${options.labels} (public list)` : (table?.name ?? 'the feature files'),
    splitsFrom: source,
    patients: official ? new Set(rows!.map(({ patient }) => patient)).size < rows!.length : (table?.patients ?? false),
    splits: (bags, splitSeed, to) => {
      const tables = splits(splitSeed);
      return tables ? bindSplits(tables, bags, to) : folds(bags, splitSeed);
    },
  };
}

/** The public cohort of a name, or undefined for a path. Throws `UserError` for a word that is neither. */
function publicCohort(name: string): OfficialCohort | undefined {
  if (existsSync(name)) return undefined;
  const found = officialCohort(name);
  if (found || /[./\\]/.test(name)) return found;
  throw new UserError(`${name}: no such file, and no public cohort: ${Object.keys(OFFICIAL).join(', ')}`, 2);
}

const nameOf = (path: string): string => basename(path);

function usualLabels({ dir, index }: Scan): string | undefined {
  const usual = ['dataset.csv', 'labels.csv'].map((name) => join(dir, name)).find((path) => existsSync(path));
  return usual ?? (index.length === 1 ? index[0]!.path : undefined);
}

function officialRows({ rows }: OfficialCohort, name: string, single: boolean): LabelRow[] {
  return rows.map(({ slide, label, patient }) => ({
    slide,
    label: String(label),
    patient: single ? slide : patient,
    where: `the public list ${name}`,
  }));
}

interface SplitSource {
  /** For people. */
  readonly source: string;
  /** Undefined: there are none. */
  splits(splitSeed: number): readonly SplitTable[] | undefined;
}

async function splitSource(
  scan: Scan,
  { splits: wanted }: FolderOptions,
  ofLabels: OfficialCohort | undefined,
  rows: readonly LabelRow[] | undefined,
): Promise<SplitSource> {
  const official = wanted === undefined ? undefined : publicCohort(wanted);
  if (official) return publicSplits(official, `${wanted} (public list)`);
  const usual = join(scan.dir, 'splits');
  const path = wanted ?? (existsSync(usual) ? usual : undefined);
  if (path !== undefined) {
    const tables = await readSplits(path, nameOf(path));
    return { source: nameOf(path), splits: () => tables };
  }
  const column = rows && columnSplit(rows, 'the column split_info of the label table');
  if (column) return { source: 'the column split_info', splits: () => [column] };
  if (ofLabels) return publicSplits(ofLabels, 'the public list of the labels');
  return { source: `${FOLDS}-fold cross-validation by patient, drawn by the split seed`, splits: () => undefined };
}

function publicSplits(official: OfficialCohort, source: string): SplitSource {
  return { source, splits: (seed) => official.splits(seed).map((split) => ({ ...split, source })) };
}

function folds(bags: readonly BagInfo[], splitSeed: number): Split[] {
  const groups = new Set(bags.map(({ group }) => group)).size;
  if (groups < 2)
    throw new UserError(`${bags.length} labelled slides of ${groups} patients, too few to train and test; give more`);
  return crossValidation(bags, { folds: Math.min(FOLDS, groups), splitSeed, val: groups < 3 ? 0 : VALIDATION });
}
