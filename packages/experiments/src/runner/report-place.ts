import { join, relative, resolve, sep } from 'node:path';
import { writeError } from '../store/errors.js';
import { checkWritable, makeFolder } from '../store/folder.js';
import type { Deps } from './deps.js';
import type { Terminal } from './progress.js';
import type { ExperimentRequest } from './request.js';

/** Where the report of a command goes. */
export interface ReportPlace {
  readonly outDir: string;
  /** The chart libraries, shared by the reports that lie side by side. */
  readonly assetsDir: string;
  /** The folder of all reports, if this one is among them. */
  readonly reportsDir: string | undefined;
}

/** `folder` below the reports, or what `--out` names. Throws `UserError` where nothing can be written. */
export function reportPlace(
  folder: string,
  request: Pick<ExperimentRequest, 'out' | 'reports'>,
  root: string,
): ReportPlace {
  const reportsDir = request.reports ? resolve(request.reports) : join(root, 'reports');
  const outDir = request.out ? resolve(request.out) : join(reportsDir, folder);
  checkWritable(outDir, request.out ? '--out DIR' : '--reports DIR');
  const inReports = outDir.startsWith(reportsDir + sep);
  const assetsDir = join(inReports ? reportsDir : outDir, 'assets');
  return { outDir, assetsDir, reportsDir: inReports ? reportsDir : undefined };
}

/**
 * Writes a report by `write`, brings the lists of all reports up to date, prints the table; `remarks` are said before the
 * last line, which names the page. Throws `UserError` where the files cannot be written.
 */
export async function finishReport(
  { outDir, reportsDir }: ReportPlace,
  write: () => Promise<{ files: readonly string[]; markdownTable: string }>,
  remarks: readonly string[],
  { deps, terminal }: { readonly deps: Pick<Deps, 'writeReportIndex'>; readonly terminal: Terminal },
  say: (line: string) => void,
): Promise<void> {
  makeFolder(outDir, '--out DIR');
  const { files, markdownTable } = await write().catch((error) => {
    throw writeError(error, outDir, '--out DIR');
  });
  if (reportsDir) await deps.writeReportIndex(reportsDir);
  terminal.out.write(`\n${markdownTable.trim()}\n\n`);
  for (const remark of remarks) say(remark);
  const page = files.map((file) => resolve(outDir, file)).find((file) => file.endsWith('.html')) ?? outDir;
  terminal.out.write(`report: ${shown(page)}\n`);
}

/** A path as it is shortest for the person who reads it. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' ? '.' : short.startsWith('..') ? path : short;
}
