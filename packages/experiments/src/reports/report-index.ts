import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { CostResults } from '../measure/types.js';
import type { Provenance, Results } from '../types.js';
import { escapeMarkdown } from './escape.js';
import { meanStd, NONE } from './format.js';
import { METRICS, scoreOf } from './metrics.js';
import { unpackPlaces } from './places/file.js';
import { placesTitle } from './places/wording.js';
import { unpackResults } from './results-file.js';
import { foldMeanStd, meanStdOf } from './summary.js';
import { cohortTitle } from './wording.js';
import { writeFileAtomic } from './write-file.js';

/** What `pnpm bench` writes: each line follows the table where its report is there. */
const BENCHMARKS: readonly (readonly [folder: string, line: string])[] = [
  [
    'benchmark',
    '[Speed and memory of a training step](benchmark/index.md): what each engine takes, and PyTorch beside them.',
  ],
  [
    'benchmark-scale',
    '[Time and memory of large bags and of many slides](benchmark-scale/index.md): how both grow, for every model.',
  ],
];

/** Reports lie in folders, or one level deeper where an experiment has several. */
const DEPTH = 2;

/** Folders that hold no table or figure of the paper: the shared scripts, and what `pnpm bench` writes. */
const OTHERS = new Set(['assets', ...BENCHMARKS.map(([folder]) => folder)]);

/**
 * Writes `README.md` in the folder of the reports: every folder that holds a `results.json`, by name. A folder that
 * cannot be read is listed as such and does not stop the others. Returns the file and how many reports it lists.
 */
export async function writeReportIndex(reportsDir: string): Promise<{ file: string; reports: number }> {
  const folders = (await findReports(reportsDir, '', DEPTH)).sort();
  const rows = await Promise.all(folders.map((folder) => indexRow(reportsDir, folder)));
  const head = '| report | cohort | preset | engine | date | headline |\n| :-- | :-- | :-- | :-- | :-- | :-- |';
  const benchmarks = BENCHMARKS.flatMap(([folder, line]) =>
    existsSync(join(reportsDir, folder, 'index.md')) ? [line] : [],
  );
  const text = `# Reports

Each folder holds one table or figure of the paper, measured again: the page, the charts and every number behind them.

${rows.length === 0 ? 'No report has been written yet.' : `${head}\n${rows.join('\n')}`}

Headline: mean ± std of the setting that the others are compared with. Simulated cohorts are named so.
${benchmarks.map((line) => `\n${line}\n`).join('')}`;
  const file = join(reportsDir, 'README.md');
  await writeFileAtomic(file, text);
  return { file, reports: rows.length };
}

async function findReports(root: string, folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  if (folder !== '' && entries.some((entry) => entry.name === 'results.json')) return [folder];
  if (depth === 0) return [];
  const inner = entries.filter((entry) => entry.isDirectory() && !OTHERS.has(entry.name));
  const found = await Promise.all(
    inner.map((entry) => findReports(root, folder === '' ? entry.name : `${folder}/${entry.name}`, depth - 1)),
  );
  return found.flat();
}

async function indexRow(root: string, folder: string): Promise<string> {
  const link = `${folder.split('/').map(encodeURIComponent).join('/')}/index.md`;
  try {
    const file: unknown = JSON.parse(await readFile(join(root, folder, 'results.json'), 'utf8'));
    const provenance: Provenance = JSON.parse(await readFile(join(root, folder, 'provenance.json'), 'utf8'));
    if (isCost(file)) return costRow(file, link, provenance);
    if (isCheck(file)) return checkRow(file, link, provenance);
    const all = placesOf(file) ?? [unpackResults(file)];
    const results = all[0]!;
    const cells = [
      `[${escapeMarkdown(results.title)}](${link})`,
      escapeMarkdown(all.length === 1 ? cohortTitle(results.cohort) : placesTitle({ results: { places: all } })),
      escapeMarkdown(results.preset) + partialMark(all),
      escapeMarkdown(results.engine),
      escapeMarkdown(provenance.created.slice(0, 10)),
      escapeMarkdown(headline(results) + (all.length > 1 ? ` on ${results.cohort.name}` : '')),
    ];
    return `| ${cells.join(' | ')} |`;
  } catch {
    return `| ${escapeMarkdown(folder)} | its results.json or provenance.json cannot be read; write the report again | | | | |`;
  }
}

const isCost = (file: unknown): file is CostResults => (file as { kind?: unknown } | null)?.kind === 'cost';

/** The line of a report that measured: no cohort, and how many models in place of a score. */
function costRow(
  { title, bag, preset, engine, rows, planned }: CostResults,
  link: string,
  { created }: Provenance,
): string {
  const missing = rows.length < planned ? ` (partial: ${rows.length} of ${planned} models)` : '';
  const cells = [
    `[${escapeMarkdown(title)}](${link})`,
    `none: a bag of ${bag.n.toLocaleString('en')} made-up instances`,
    escapeMarkdown(preset) + missing,
    escapeMarkdown(engine),
    escapeMarkdown(created.slice(0, 10)),
    `time, memory and work of ${rows.length} models`,
  ];
  return `| ${cells.join(' | ')} |`;
}

interface CheckFile {
  readonly kind: 'check';
  readonly title: string;
  readonly preset: string;
}

const isCheck = (file: unknown): file is CheckFile => (file as { kind?: unknown } | null)?.kind === 'check';

/** The line of a report that trained nothing. */
function checkRow({ title, preset }: CheckFile, link: string, { created }: Provenance): string {
  const cells = [`[${escapeMarkdown(title)}](${link})`, 'see the report', escapeMarkdown(preset), 'wasm'];
  return `| ${[...cells, escapeMarkdown(created.slice(0, 10)), 'trains nothing'].join(' | ')} |`;
}

/** The results of every place of a report on several; null for a report on one cohort. */
function placesOf(file: unknown): Results[] | null {
  if ((file as { kind?: unknown } | null)?.kind !== 'places') return null;
  return [...unpackPlaces(file).places];
}

/** ` (partial: 34 of 49 runs)` where runs are missing. */
function partialMark(all: readonly Results[]): string {
  const runs = all.reduce((sum, each) => sum + each.runs.length, 0);
  const planned = all.reduce((sum, each) => sum + each.planned, 0);
  return runs < planned ? ` (partial: ${runs} of ${planned} runs)` : '';
}

/** `m = 0.999` for the bare number of a single factor, the label itself otherwise. */
function settingLabel(cell: Results['cells'][number]): string {
  const [factor, ...others] = Object.keys(cell.factors);
  return factor && others.length === 0 && Number.isFinite(Number(cell.label))
    ? `${factor} = ${cell.label}`
    : cell.label;
}

/** The reference setting's macro F1 or the metric that the experiment puts first, or the first setting's where none is the reference. */
function headline(results: Results): string {
  const cell = results.cells.find((candidate) => candidate.reference) ?? results.cells[0];
  const metric = METRICS.find((candidate) => candidate.id === (results.metrics?.[0] ?? 'macroF1'))!;
  if (!cell) return NONE;
  const finished = results.runs.filter((run) => run.cell === cell.key && run.result.status === 'finished');
  const value = (results.crossValidation ? foldMeanStd : meanStdOf)(
    finished.flatMap((run) => scoreOf(run.result.selected, metric) ?? []),
  );
  return value.mean === null ? NONE : `${metric.label} ${meanStd(value)} (${settingLabel(cell)})`;
}
