import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CostResults } from '../measure/types.js';
import type { Provenance, Results } from '../types.js';
import { meanStd, NONE } from './format.js';
import { LOCALIZATION_METRICS, METRICS } from './metrics.js';
import { unpackPlaces } from './places/file.js';
import { placesTitle } from './places/wording.js';
import { readIfThere } from './read-file.js';
import { unpackResults } from './results-file.js';
import { foldMeanStd, meanStdOf } from './summary.js';
import { cohortTitle } from './wording.js';

/** What a list of reports says of one of them. All of it is plain text. */
export interface ReportEntry {
  /** Where it lies below the folder of reports, with `/` between names. */
  readonly folder: string;
  /** Id of its experiment; null for a benchmark. */
  readonly experiment: string | null;
  readonly title: string;
  /** What it was measured on. */
  readonly data: string;
  /** Null where there is no cohort. */
  readonly simulated: boolean | null;
  readonly preset: string;
  /** ` (partial: 34 of 49 runs)`, or nothing. */
  readonly partial: string;
  readonly engine: string;
  /** ISO date. */
  readonly date: string;
  /** Seven characters of the commit that made it; null outside a checkout. */
  readonly commit: string | null;
  readonly headline: string;
  /** File name of its first chart; null without one. */
  readonly thumbnail: string | null;
}

/** A report that cannot be read. */
export interface BrokenEntry {
  readonly folder: string;
  readonly broken: true;
}

/** Reports lie in folders, or one level deeper where an experiment has several. */
const DEPTH = 2;

/** Every folder that holds a `results.json`, by name; one that cannot be read does not stop the others. */
export async function readEntries(reportsDir: string): Promise<(ReportEntry | BrokenEntry)[]> {
  const folders = (await findReports(reportsDir, '', DEPTH)).sort();
  return Promise.all(folders.map((folder) => readEntry(reportsDir, folder)));
}

async function findReports(root: string, folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  if (folder !== '' && entries.some((entry) => entry.name === 'results.json')) return [folder];
  if (depth === 0) return [];
  const inner = entries.filter((entry) => entry.isDirectory() && entry.name !== 'assets');
  const found = await Promise.all(
    inner.map((entry) => findReports(root, folder === '' ? entry.name : `${folder}/${entry.name}`, depth - 1)),
  );
  return found.flat();
}

async function readEntry(root: string, folder: string): Promise<ReportEntry | BrokenEntry> {
  try {
    const file: unknown = JSON.parse(await readFile(join(root, folder, 'results.json'), 'utf8'));
    const provenance: Provenance = JSON.parse(await readFile(join(root, folder, 'provenance.json'), 'utf8'));
    const page = (await readIfThere(join(root, folder, 'index.md'))) ?? '';
    return {
      folder,
      date: provenance.created.slice(0, 10),
      commit: provenance.commit?.slice(0, 7) ?? null,
      thumbnail: /^!\[.*\]\(([\w.-]+\.svg)\)$/m.exec(page)?.[1] ?? null,
      ...contentOf(file, provenance, /^\*\*Simulated cohort\.\*\*/m.test(page)),
    };
  } catch {
    return { folder, broken: true };
  }
}

type Content = Omit<ReportEntry, 'folder' | 'date' | 'commit' | 'thumbnail'>;

function contentOf(file: unknown, { engine }: Provenance, marked: boolean): Content {
  const kind = (file as { kind?: unknown } | null)?.kind;
  if (kind === 'benchmark') return benchmark(file as { title: string }, engine);
  if (kind === 'cost') return cost(file as CostResults);
  if (kind === 'check') return check(file as CheckFile, engine, marked);
  return trained(kind === 'places' ? unpackPlaces(file).places : [unpackResults(file)]);
}

function trained(all: readonly Results[]): Content {
  const results = all[0]!;
  const runs = all.reduce((sum, each) => sum + each.runs.length, 0);
  const planned = all.reduce((sum, each) => sum + each.planned, 0);
  return {
    experiment: results.experiment,
    title: results.title,
    data: all.length === 1 ? cohortTitle(results.cohort) : placesTitle({ results: { places: all } }),
    simulated: all.some(({ cohort }) => cohort.simulated),
    preset: results.preset,
    partial: runs < planned ? ` (partial: ${runs} of ${planned} runs)` : '',
    engine: results.engine,
    headline: headline(results) + (all.length > 1 ? ` on ${results.cohort.name}` : ''),
  };
}

function cost({ experiment, title, bag, preset, engine, rows, planned }: CostResults): Content {
  return {
    ...{ experiment, title, preset, engine, simulated: null },
    data: `none: a bag of ${bag.n.toLocaleString('en')} made-up instances`,
    partial: rows.length < planned ? ` (partial: ${rows.length} of ${planned} models)` : '',
    headline: `time, memory and work of ${rows.length} models`,
  };
}

interface CheckFile {
  readonly experiment: string;
  readonly title: string;
  readonly preset: string;
}

const check = ({ experiment, title, preset }: CheckFile, engine: string, marked: boolean): Content => ({
  ...{ experiment, title, preset, engine, simulated: marked || null, partial: '' },
  ...{ data: 'see the report', headline: 'trains nothing' },
});

const benchmark = ({ title }: { title: string }, engine: string): Content => ({
  ...{ experiment: null, title, engine, simulated: null, preset: '', partial: '' },
  ...{ data: 'bags of noise', headline: 'speed and memory of every model' },
});

/** `m = 0.999` for the bare number of a single factor, the label itself otherwise. */
function settingLabel(cell: Results['cells'][number]): string {
  const [factor, ...others] = Object.keys(cell.factors);
  return factor && others.length === 0 && Number.isFinite(Number(cell.label))
    ? `${factor} = ${cell.label}`
    : cell.label;
}

/** The reference setting's macro F1 (FROC score where lesions are located, else what the experiment puts first), or the first setting's. */
function headline(results: Results): string {
  const cell = results.cells.find((candidate) => candidate.reference) ?? results.cells[0];
  const located = results.runs.some((run) => run.localization);
  const metric = located
    ? LOCALIZATION_METRICS.find(({ id }) => id === 'froc')!
    : METRICS.find(({ id }) => id === (results.metrics?.[0] ?? 'macroF1'))!;
  if (!cell) return NONE;
  const finished = results.runs.filter((run) => run.cell === cell.key && run.result.status === 'finished');
  const describe = results.crossValidation ? foldMeanStd : meanStdOf;
  const value = describe(finished.flatMap((run) => metric.read(run, 'selected') ?? []));
  return value.mean === null ? NONE : `${metric.label} ${meanStd(value)} (${settingLabel(cell)})`;
}
