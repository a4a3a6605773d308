import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { everyExperiment } from '../definitions/index.js';
import { findRoot } from '../runner/root.js';
import { abortOnSignal, endWithReader } from '../runner/signals.js';
import { reportFaults } from '../site/check.js';
import { main } from './main.js';

/*
 * `pnpm reports:ci`: every experiment with the quick preset into a folder of its own, the site of them, and a look whether a
 * report is missing or a chart does not compile. Exit code 1 if so. Stopped, it goes on where it was.
 */
endWithReader();
const { reports } = new Command('reports:ci')
  .description('Runs every experiment with the quick preset and checks that every report and chart is there.')
  .option('--reports <dir>', 'folder of the reports', join(findRoot(), 'reports-ci'))
  .parse()
  .opts<{ reports: string }>();
const dir = resolve(reports);
const terminal = { out: process.stdout, err: process.stderr };
const args = ['all', '--preset', 'quick', '--reports', dir, '--store', join(dir, '.runs')];
const code = await main(args, { terminal, signal: abortOnSignal() });
const faults = await reportFaults(
  dir,
  everyExperiment.map(({ id }) => id),
);
for (const fault of faults) console.error(fault);
console.log(`${everyExperiment.length} experiments, ${faults.length} faults; site: ${join(dir, 'index.html')}`);
process.exitCode = code || (faults.length > 0 ? 1 : 0);
