import { spawn } from 'node:child_process';
import { UserError } from '@asmil/core/errors';

/** A task of an array as squeue tells of it. */
export interface QueuedTask {
  /** Name of the array's job. */
  readonly array: string;
  readonly index: number;
  /** `123_4`. */
  readonly job: string;
  /** Slurm's word: PENDING, RUNNING, NODE_FAIL, … */
  readonly state: string;
  /** Empty while it waits. */
  readonly node: string;
  readonly reason: string;
}

/** What is asked of Slurm. Every call throws `UserError` with the words of Slurm where it refuses or does not answer. */
export interface SlurmClient {
  /** Most tasks that an array can have. */
  maxArraySize(): Promise<number>;
  /** Submits a job by the arguments of sbatch; returns its number. */
  submit(args: readonly string[]): Promise<string>;
  /** The tasks of jobs of these names that wait, run, or have ended a short while ago. */
  tasks(names: readonly string[]): Promise<QueuedTask[]>;
}

/** A controller that hangs must not hang the command. */
const PATIENCE_MS = 60_000;

/** The commands of Slurm that are on this machine. Arguments never pass through a shell. */
export const slurmCommands: SlurmClient = {
  async maxArraySize() {
    const found = /^MaxArraySize\s*=\s*(\d+)/m.exec(await ask('scontrol', ['show', 'config']))?.[1];
    return Number(found ?? 1001); // Slurm's default
  },
  async submit(args) {
    const text = await ask('sbatch', args);
    const job = /^(\d+)(;.*)?$/m.exec(text)?.[1]; // `123`, or `123;cluster`
    if (job === undefined) throw new UserError(`sbatch: expected the number of a job and got "${oneLine(text)}"`);
    return job;
  },
  async tasks(names) {
    if (names.length === 0) return [];
    const columns = '--format=%j|%K|%F|%T|%N|%r';
    return parseTasks(
      await ask('squeue', ['--noheader', '--array', '--states=all', `--name=${names.join(',')}`, columns]),
    );
  },
};

/** Lines of squeue: name, index, number of the array's job, state, node, reason. */
export function parseTasks(text: string): QueuedTask[] {
  return text.split('\n').flatMap((line) => {
    const [array, index, job, state, node, ...reason] = line.trim().split('|');
    if (!array || !state || !/^\d+$/.test(index ?? '')) return [];
    return [{ array, index: Number(index), job: `${job}_${index}`, state, node: node ?? '', reason: reason.join('|') }];
  });
}

const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, '; ');

function ask(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    // A group of its own: Ctrl-C must not end sbatch between its question and the answer.
    const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], timeout: PATIENCE_MS });
    let out = '';
    let err = '';
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString('utf8');
    });
    child.stderr.on('data', (data: Buffer) => {
      err += data.toString('utf8');
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? 'is not on this machine' : `cannot be started (${error.message})`;
      reject(new UserError(`${command} ${why}: --executor slurm works where the commands of Slurm are installed`));
    });
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(out);
      const words = oneLine(err.replaceAll(new RegExp(`^${command}: (error|fatal): `, 'gm'), ''));
      reject(new UserError(`${command}: ${words || `ended by ${signal ?? `exit code ${code}`}`}`));
    });
  });
}

/** States in which a task has ended for good. */
const ENDED = [
  ...['BOOT_FAIL', 'CANCELLED', 'COMPLETED', 'DEADLINE', 'FAILED', 'NODE_FAIL', 'OUT_OF_MEMORY', 'PREEMPTED'],
  ...['REVOKED', 'TIMEOUT'],
];
/** States of a task that is on a node. */
const RUNNING = ['RUNNING', 'COMPLETING', 'SUSPENDED', 'SIGNALING', 'STAGE_OUT', 'STOPPED', 'RESIZING'];

/** Where a task stands, of Slurm's two dozen states. */
export function standing({ state }: Pick<QueuedTask, 'state'>): 'queued' | 'running' | 'ended' {
  if (ENDED.includes(state)) return 'ended';
  return RUNNING.includes(state) ? 'running' : 'queued';
}
