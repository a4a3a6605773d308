import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { openCohort } from '../cohorts.js';
import { exportCohort } from '../export/export-cohort.js';
import type { CohortOptions } from '../registry.js';
import type { Streams } from './streams.js';
import { exportText } from './text.js';
import { wholeNumber } from './whole-number.js';

interface ExportCommand extends CohortOptions {
  readonly out: string;
  readonly slides?: number;
  readonly splitSeed: number;
  readonly json?: boolean;
}

/** Adds `data export`. */
export function addExport(common: (command: Command) => Command, program: Command, streams: Streams): void {
  common(program.command('export').description('writes a simulated cohort as files like those of your own features'))
    .argument('<name>', 'a simulated cohort of `data list`')
    .requiredOption('--out <dir>', 'folder to write to')
    .addOption(new Option('--format <format>', 'form of the files').choices(['clam-h5']).default('clam-h5'))
    .addOption(new Option('--scale <scale>', 'how much of it').choices(['quick', 'standard', 'paper']).default('quick'))
    .addOption(new Option('--encoder <encoder>', 'features of simulated cohorts').choices(['vit-s', 'resnet18']))
    .option('--slides <n>', 'how many slides (default: all)', wholeNumber)
    .option('--split-seed <seed>', 'whose splits', wholeNumber, 0)
    .action(async (name: string, { scale, encoder, out, slides, splitSeed, json }: ExportCommand) => {
      const cohort = await openCohort(name, { scale, encoder });
      const progress = (done: number, all: number, id: string) =>
        streams.status?.(`slide ${done + 1} of ${all}: ${id}`);
      const work = exportCohort(cohort, resolve(out), { splitSeed, slides, progress });
      const written = await work.finally(() => streams.status?.(''));
      streams.out(json ? JSON.stringify({ name, out, ...written }, null, 2) : exportText(out, written));
    });
}
