import type { Command } from 'commander';

import { choice, wholeNumber } from './arguments.js';

/** The options by which runs are handed to a cluster. */
export function withSlurmOptions(command: Command): Command {
  return command
    .optionsGroup('Where the runs are computed:')
    .option(
      '--executor <name>',
      'local, or slurm: as job arrays over a shared folder',
      choice('executor', ['local', 'slurm']),
      'local',
    )
    .option('--partition <name>', 'slurm: partition(s)')
    .option('--time <limit>', 'slurm: time limit of a run, e.g. 90 (minutes), 1:30:00, 2-12 (days-hours)')
    .option('--mem <size>', 'slurm: memory of a run, e.g. 4G')
    .option('--account <name>', 'slurm: account')
    .option('--qos <name>', 'slurm: quality of service')
    .option('--array-limit <n>', 'slurm: most runs of an array at once', wholeNumber('--array-limit', 1))
    .option(
      '--retries <n>',
      'slurm: how often a run that ended without a result is submitted again (default: 2)',
      wholeNumber('--retries', 0),
    )
    .option(
      '--sbatch-arg <option>',
      'slurm: a further option of sbatch, e.g. --sbatch-arg=--constraint=avx2; may be repeated',
      (arg: string, before: string[] = []) => [...before, arg],
    )
    .option('--no-wait', 'slurm: submit and leave; the same command without it waits and writes the report')
    .optionsGroup('Options:');
}
