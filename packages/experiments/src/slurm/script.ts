import { execArgs } from '../runner/fork.js';
import { shellWord } from '../runner/shell-word.js';
import { listOf, logsOf } from './folder.js';
import { chosenArgs, type SlurmOptions } from './options.js';

/** The script of an array's job: the same for every task, which takes its run from the list by its number. */
export function jobScript(folder: string): string {
  const { path, execArgv } = execArgs(import.meta.url, './task');
  const words = [process.execPath, ...execArgv, path, listOf(folder)].map(shellWord);
  // exec: signals of Slurm reach the program itself.
  return `#!/bin/sh\nexec ${words.join(' ')} "$SLURM_ARRAY_TASK_ID"\n`;
}

export interface ArrayJob {
  readonly name: string;
  readonly folder: string;
  readonly script: string;
  readonly tasks: number;
  /** Numbers of jobs that have to end before, in whatever way. */
  readonly after: readonly string[];
  /** Folder that the tasks start in. */
  readonly root: string;
}

/** The arguments of sbatch for an array; what a person chose comes last, and so wins. */
export function sbatchArgs({ name, folder, script, tasks, after, root }: ArrayJob, options: SlurmOptions): string[] {
  const limit = options.arrayLimit === undefined ? '' : `%${options.arrayLimit}`;
  return [
    '--parsable',
    `--job-name=${name}`,
    `--array=0-${tasks - 1}${limit}`,
    '--ntasks=1',
    '--cpus-per-task=1',
    '--requeue',
    '--open-mode=append', // a task that is put back into the queue goes on in its log
    `--output=${logsOf(folder).replaceAll('%', '%%')}/%A_%a.log`,
    `--chdir=${root}`,
    ...(after.length > 0 ? [`--dependency=afterany:${after.join(':')}`] : []),
    ...chosenArgs(options),
    script,
  ];
}
