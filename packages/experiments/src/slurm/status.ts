import { neededRuns } from '../runner/compute.js';
import { keptBy } from '../runner/kept.js';
import type { PlannedRun, Work } from '../runner/plan.js';
import { isThere } from '../runner/status.js';
import { byKey, taskKey } from './adopt.js';
import { type QueuedTask, type SlurmClient, standing } from './client.js';
import { folderOf, logOf, readArrays, readStates } from './folder.js';
import type { ArrayList } from './list.js';
import type { TaskState } from './state.js';
import { verdictOf } from './verdict.js';

export type RunPhase = 'done' | 'running' | 'queued' | 'failed' | 'missing';

/** Where a run stands, as far as the store and Slurm know; a run that a command on one machine computes right now is missing. */
export interface RunStatus {
  readonly run: PlannedRun;
  readonly phase: RunPhase;
  /** `123_4`. */
  readonly job?: string;
  readonly node?: string;
  /** The last epoch that is known to be finished. */
  readonly epoch?: number;
  /** Why it waits, or why it failed. */
  readonly why?: string;
  readonly log?: string;
}

/** One task of an array that is about a run, as both sides tell of it. */
interface Task {
  readonly array: string;
  readonly index: number;
  readonly slurm: QueuedTask | undefined;
  readonly state: TaskState | undefined;
}

/** A task that has told nothing for so long is taken for ended where Slurm cannot be asked. */
const SILENT_MS = 5 * 60_000;

/** Where the runs of a plan stand, in its order. Slurm that does not answer is told by `say`, and its folders are read all the same. */
export async function statusOfRuns(
  work: Work,
  store: string,
  client: SlurmClient,
  say: (line: string) => void,
): Promise<RunStatus[]> {
  const kept = keptBy(work, false);
  const stored = new Set(
    [...work.runs, ...work.stages]
      .map(({ signature }) => signature)
      .filter((signature) => isThere(store, signature, kept(signature))),
  );
  const runs = neededRuns(work, stored);
  const lists = await readArrays(store);
  const wanted = new Set(runs.map(({ signature }) => signature));
  const relevant = lists.filter(({ tasks }) => tasks.some(({ run }) => wanted.has(run.signature)));
  const tasks = await client
    .tasks(relevant.map(({ name }) => name))
    .then(byKey)
    .catch((error: Error) => void say(`${error.message}; what follows is from the folder of the runs`));
  const told = await tasksOf(relevant, wanted, store, tasks);
  return Promise.all(
    runs.map((run): RunStatus | Promise<RunStatus> => {
      if (stored.has(run.signature)) return { run, phase: 'done' };
      const own = told.get(run.signature) ?? [];
      const live = own.find((task) => isLive(task, tasks !== undefined));
      if (live) return liveStatus(run, live);
      const last = own.find(({ state, slurm }) => state || slurm);
      return last ? failedStatus(run, last, store) : { run, phase: 'missing' };
    }),
  );
}

/** The tasks of each run, by its signature, the newest first. */
async function tasksOf(
  lists: readonly ArrayList[],
  wanted: ReadonlySet<string>,
  store: string,
  slurm: ReadonlyMap<string, QueuedTask> | undefined,
): Promise<Map<string, Task[]>> {
  const found = new Map<string, Task[]>();
  for (const { name: array, tasks } of lists) {
    const own = tasks.map(({ run }, index) => ({ run, index })).filter(({ run }) => wanted.has(run.signature));
    const states = await readStates(
      folderOf(store, array),
      own.map(({ index }) => index),
    );
    for (const { run, index } of own) {
      const task = { array, index, state: states.get(index), slurm: slurm?.get(taskKey({ array, index })) };
      found.set(run.signature, [...(found.get(run.signature) ?? []), task]);
    }
  }
  return found;
}

function isLive({ slurm, state }: Task, answered: boolean): boolean {
  if (slurm) return standing(slurm) !== 'ended';
  return !answered && state?.phase === 'running' && Date.now() - Date.parse(state.updated) < SILENT_MS;
}

function liveStatus(run: PlannedRun, { slurm, state }: Task): RunStatus {
  const job = slurm?.job ?? state?.job;
  if (slurm && standing(slurm) === 'queued') return { run, phase: 'queued', job, why: slurm.reason };
  return { run, phase: 'running', job, node: slurm?.node || state?.node, epoch: state?.epoch?.epoch };
}

async function failedStatus(run: PlannedRun, { array, index, slurm, state }: Task, store: string): Promise<RunStatus> {
  const why = state?.message ?? verdictOf(slurm?.state).why;
  const log = await logOf(folderOf(store, array), index);
  return { run, phase: 'failed', job: slurm?.job ?? state?.job, node: slurm?.node || state?.node, why, log };
}
