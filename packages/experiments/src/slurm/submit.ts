import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineName } from '../runner/deps.js';
import { type PlannedRun, stagesOf } from '../runner/plan.js';
import { placeFile } from '../store/atomic.js';
import { writeError } from '../store/errors.js';
import { makeFolder } from '../store/folder.js';
import type { SlurmClient } from './client.js';
import { folderOf, listOf, logsOf, newName, statesOf } from './folder.js';
import { type ListedTask, writeList } from './list.js';
import type { SlurmOptions } from './options.js';
import { jobScript, sbatchArgs } from './script.js';

/** A run in the queue: its task, and how it goes. */
export interface Ticket extends Omit<ListedTask, 'stage'> {
  readonly array: string;
  readonly index: number;
  /** Number of the array's job. */
  readonly job: string;
}

export type Wanted = Omit<ListedTask, 'stage'>;

/** What all arrays of a command have in common. */
export interface Site {
  readonly experiment: string;
  readonly store: string;
  readonly root: string;
  readonly engine: EngineName;
  readonly options: SlurmOptions;
  readonly client: SlurmClient;
}

/**
 * Runs as arrays of at most `size` tasks, in the order in which they are submitted: stages before the runs that start from them, and apart
 * from runs that nothing waits for.
 */
export function arraysFor(wanted: readonly Wanted[], size: number): Wanted[][] {
  const stages = new Set(wanted.flatMap(({ run }) => stagesOf(run).map(({ signature }) => signature)));
  const groups = new Map<string, Wanted[]>();
  for (const each of wanted) {
    const depth = String(stagesOf(each.run).length).padStart(3, '0');
    const key = `${depth} ${stages.has(each.run.signature) ? 'stage' : 'z'}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.keys()].sort().flatMap((key) => chunks(groups.get(key)!, size));
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}

/**
 * Submits one array. Runs whose stage is in the queue wait until that stage's job has ended, however it ends: a task whose stage is not there
 * computes it. Throws `UserError` with Slurm's words if it refuses.
 */
export async function submitArray(
  wanted: readonly Wanted[],
  open: ReadonlyMap<string, Ticket>,
  site: Site,
): Promise<Ticket[]> {
  const { store, root, engine, options, client } = site;
  const name = newName(site.experiment);
  const folder = folderOf(store, name);
  const stageOf = ({ after }: PlannedRun): Ticket | undefined => after && open.get(after.signature);
  const tasks = wanted.map((each): ListedTask => {
    const stage = stageOf(each.run);
    return { ...each, stage: stage && { array: stage.array, index: stage.index } };
  });
  const script = join(folder, 'job.sh');
  try {
    makeFolder(folder, '--store DIR');
    await Promise.all([statesOf(folder), logsOf(folder)].map((dir) => mkdir(dir)));
    await placeFile(script, jobScript(folder));
    await writeList(listOf(folder), { name, engine, created: new Date().toISOString(), tasks });
  } catch (error) {
    throw writeError(error, folder, '--store DIR');
  }
  const after = [...new Set(wanted.flatMap(({ run }) => stageOf(run)?.job ?? []))];
  try {
    const job = await client.submit(sbatchArgs({ name, folder, script, tasks: tasks.length, after, root }, options));
    return wanted.map((each, index) => ({ ...each, array: name, index, job }));
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}
