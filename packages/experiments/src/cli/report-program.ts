import { join, resolve } from 'node:path';
import { UserError } from '@asmil/core/errors';
import { Command, CommanderError } from 'commander';
import { experiments } from '../definitions/index.js';
import { INTERRUPTED } from '../runner/command.js';
import { loadDeps } from '../runner/load-deps.js';
import { shown } from '../runner/report-place.js';
import { findRoot } from '../runner/root.js';
import { refreshReports } from '../site/refresh.js';
import { writeReportIndex } from '../site/write.js';
import { makeFolder } from '../store/folder.js';
import type { Surroundings } from './main.js';

interface Options {
  readonly store?: string;
  readonly reports?: string;
  readonly indexOnly: boolean;
  readonly debug: boolean;
}

/**
 * The `report` command: writes every report that the run store is enough for, and the site of all reports. Returns the exit
 * code: 0; 1 if a report could not be written; 2 for a wrong command line; 130 if stopped.
 */
export async function reportMain(args: readonly string[], { terminal, signal }: Surroundings): Promise<number> {
  const debug = args.includes('--debug');
  const { out, err } = terminal;
  let code = 0;
  const program = new Command('report')
    .description('Writes every report that the run store is enough for, and reports/index.html with all of them.')
    .option('--store <dir>', 'folder of the finished runs (default: .runs)')
    .option('--reports <dir>', 'folder of all reports (default: reports)')
    .option('--index-only', 'leave the reports as they are and write the site alone', false)
    .option('--debug', 'show stack traces', false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => out.write(text), outputError: () => {} })
    .action(async (options: Options) => {
      const root = findRoot();
      const reportsDir = resolve(options.reports ?? join(root, 'reports'));
      makeFolder(reportsDir, '--reports DIR');
      if (!options.indexOnly) {
        const store = resolve(options.store ?? join(root, '.runs'));
        const context = { deps: await loadDeps(), terminal, root, signal, debug };
        const { written, left, failed, interrupted } = await refreshReports(
          experiments,
          { storeDir: store, reportsDir },
          context,
        );
        for (const line of left) out.write(`not whole, left as it is: ${line}\n`);
        for (const line of failed) out.write(`failed: ${line}\n`);
        out.write(`${written.length} reports written from the runs in ${store}\n`);
        code = interrupted ? INTERRUPTED : failed.length > 0 ? 1 : 0;
      }
      const { reports } = await writeReportIndex(reportsDir);
      out.write(`site: ${shown(join(reportsDir, 'index.html'))} (${reports} reports)\n`);
    });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // help was shown
    const [line] = (error as Error).message.replace(/^error: /, '').split('\n');
    const expected = error instanceof UserError || error instanceof CommanderError;
    err.write(`${line}${expected || debug ? '' : ' (unexpected; --debug shows where)'}\n`);
    if (debug) err.write(`${(error as Error).stack}\n`);
    return error instanceof UserError ? error.exitCode : error instanceof CommanderError ? 2 : 1;
  }
}
