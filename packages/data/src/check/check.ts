import { resolve } from 'node:path';
import { UserError } from '@asmil/core';
import { AGAINST_NON_FINITE } from '../features/non-finite.js';
import type { SlideHeader } from '../features/slide.js';
import { type Survey, surveySlide } from '../features/survey.js';
import { shown } from '../files/shown.js';
import { absentText, bagsOf, dimOf, matchRows, noLabelText } from '../folder/join.js';
import { readManifest } from '../folder/manifest.js';
import type { FolderOptions } from '../folder/options.js';
import { type Scan, scanFolder } from '../folder/scan.js';
import { readTables, type Tables } from '../folder/tables.js';
import type { Problem, Report } from '../tables/problem.js';

/** What is in a folder of features, and what is wrong with it. */
export interface CheckResult {
  readonly folder: string;
  /** Files of slides: those that were read, and those that could not be. */
  readonly slides: { readonly read: number; readonly unreadable: number; readonly empty: number };
  readonly tiles: { readonly sum: number; readonly min: number; readonly median: number; readonly max: number };
  /** Slides by what they are, the most frequent first. */
  readonly dims: Tally;
  readonly types: Tally;
  readonly formats: Tally;
  /** Slides with coordinates, and with labels of tiles. */
  readonly coords: number;
  readonly instanceLabels: number;
  /** Numbers that are NaN or infinite, and the slides that have some. */
  readonly nonFinite: { readonly numbers: number; readonly slides: number };
  /** Undefined where the labels could not be told. */
  readonly classes?: readonly { readonly name: string; readonly slides: number }[];
  readonly patients?: number;
  /** Slides with a label and no features. */
  readonly absent: readonly string[];
  readonly labelsFrom: string;
  readonly splitsFrom: string;
  readonly splits: readonly {
    readonly name: string;
    readonly train: number;
    readonly val: number;
    readonly test: number;
  }[];
  readonly problems: readonly Problem[];
}

export type Tally = readonly { readonly value: string; readonly slides: number }[];

/** Told before each slide. */
export type CheckProgress = (done: number, all: number, id: string) => void;

/**
 * Reads every slide of a folder from front to back, one at a time, and its tables; what is wrong is collected, and the work goes
 * on. Throws `UserError` only where there is nothing to check: no folder, no features, a choice that the user has to make.
 */
export async function checkFolder(
  path: string,
  options: FolderOptions,
  progress: CheckProgress = () => {},
): Promise<CheckResult> {
  const problems: Problem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const scan = await scanFolder(resolve(path), options.features, report);
  for (const note of scan.notes) report({ level: 'warning', message: note });
  const surveys = await surveyAll(scan, report, progress);
  const headers = surveys.map(({ header }) => header);
  const full = headers.filter(({ n }) => n > 0);
  dimOf(headers, scan, report);
  const placeless = full.filter(({ coords }) => !coords).length;
  if (placeless > 0)
    report({
      level: 'warning',
      message: `${placeless} of ${full.length} slides have no coordinates: no maps, no localisation`,
    });
  const joined = await attempt(() => joinTables(scan, headers, options, report), report);
  const sizes = full.map(({ n }) => n).sort((a, b) => a - b);
  return {
    folder: path,
    slides: {
      read: headers.length,
      unreadable: scan.slides.size - headers.length,
      empty: headers.length - full.length,
    },
    tiles: {
      sum: sizes.reduce((a, b) => a + b, 0),
      min: sizes[0] ?? 0,
      median: sizes[sizes.length >> 1] ?? 0,
      max: sizes.at(-1) ?? 0,
    },
    dims: tally(full.map(({ dim }) => String(dim))),
    types: tally(headers.map(({ type }) => type)),
    formats: tally(headers.map(({ format }) => format)),
    coords: headers.filter(({ coords }) => coords).length,
    instanceLabels: headers.filter(({ instanceLabels }) => instanceLabels).length,
    nonFinite: {
      numbers: surveys.reduce((sum, { nonFinite }) => sum + (nonFinite?.count ?? 0), 0),
      slides: surveys.filter(({ nonFinite }) => nonFinite).length,
    },
    ...(joined ?? { absent: [], labelsFrom: 'unknown', splitsFrom: 'unknown', splits: [] }),
    problems,
  };
}

async function surveyAll(scan: Scan, report: Report, progress: CheckProgress): Promise<Survey[]> {
  const surveys: Survey[] = [];
  const byContent = new Map<string, string>();
  for (const [id, files] of scan.slides) {
    progress(surveys.length, scan.slides.size, id);
    const survey = await attempt(() => surveySlide(files), report, id);
    if (!survey) continue;
    surveys.push(survey);
    const { header, nonFinite, content } = survey;
    const error = (what: string) =>
      report({ level: 'error', slide: id, message: `slide ${id}: ${files.features.name}: ${what}` });
    if (header.n === 0) error('no tiles in it; leave the slide out or extract it again');
    if (nonFinite) error(`${nonFinite.text}; ${AGAINST_NON_FINITE}`);
    const twin = byContent.get(content);
    if (header.n > 0 && twin !== undefined)
      error(`the same features as slide ${twin}; remove one, or extract it again`);
    else byContent.set(content, id);
  }
  return surveys;
}

type Joined = Pick<CheckResult, 'classes' | 'patients' | 'absent' | 'labelsFrom' | 'splitsFrom' | 'splits'>;

async function joinTables(
  scan: Scan,
  headers: readonly SlideHeader[],
  options: FolderOptions,
  report: Report,
): Promise<Joined> {
  const manifest = await readManifest(scan.dir);
  const tables = await readTables(scan, manifest, options, report);
  const { labelsFrom, splitsFrom } = tables;
  const matched = matchRows(scan, tables, report);
  const absent = matched?.absent ?? [];
  if (absent.length > 0) report({ level: 'error', message: absentText(absent, labelsFrom) });
  for (const id of matched?.unlabelled ?? headers.filter(({ label }) => label === undefined).map(({ id }) => id)) {
    const message = noLabelText(id, scan.slides.get(id)!.features.name, labelsFrom);
    report({ level: 'error', slide: id, message });
  }
  warnOfLabels(headers, matched?.rows, report);
  const full = headers.filter(({ n }) => n > 0);
  const found = await attempt(() => bagsOf(full, matched, tables, scan, report), report);
  if (!found || found.bags.length === 0) return { absent, labelsFrom, splitsFrom, splits: [] };
  const { bags, classes } = found;
  const splits = (await attempt(() => checkedSplits(tables, found, report), report)) ?? [];
  return {
    classes: classes.map((name, index) => ({ name, slides: bags.filter(({ label }) => label === index).length })),
    ...(tables.patients ? { patients: new Set(bags.map(({ group }) => group)).size } : {}),
    ...{ absent, labelsFrom, splitsFrom, splits },
  };
}

/** A label that stands in a file and differs from the table's number. */
function warnOfLabels(
  headers: readonly SlideHeader[],
  rows: ReadonlyMap<string, { label: string; where: string }> | undefined,
  report: Report,
): void {
  for (const { id, label } of headers) {
    const row = rows?.get(id);
    if (label === undefined || !row || !/^\d+(\.0*)?$/.test(row.label) || Number(row.label) === label) continue;
    const message = `slide ${id}: the label ${label} stands in its file and ${row.label} in ${row.where}, which counts`;
    report({ level: 'warning', slide: id, message });
  }
}

function checkedSplits(
  tables: Tables,
  { bags, classes }: ReturnType<typeof bagsOf>,
  report: Report,
): CheckResult['splits'] {
  const labelOf = new Map(bags.map(({ id, label }) => [id, label]));
  return tables.splits(bags, 0, report).map(({ name, train, val, test }) => {
    for (const [side, ids] of Object.entries({ train, val, test })) {
      const missing = classes.filter((_, label) => !ids.some((id) => labelOf.get(id) === label));
      if (ids.length > 0 && missing.length > 0)
        report({ level: 'warning', message: `split ${name}: no slide of ${missing.map(shown).join(', ')} in ${side}` });
    }
    return { name, train: train.length, val: val.length, test: test.length };
  });
}

/** The value of some work, or undefined after its `UserError` went to `report`. */
async function attempt<T>(work: () => T | Promise<T>, report: Report, slide?: string): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    report({ level: 'error', message: error.message, slide });
    return undefined;
  }
}

function tally(values: readonly string[]): Tally {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([value, slides]) => ({ value, slides }));
}
