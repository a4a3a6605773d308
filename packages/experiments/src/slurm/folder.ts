import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArrayList, readList } from './list.js';
import { readState, type TaskState } from './state.js';

/*
 * The folder of an array, in the store that it works for:
 *
 *   slurm/ablation-ema-mh2k4c1-9f3c2b/
 *     list.json        what its tasks compute
 *     job.sh           what Slurm runs
 *     state/4.json     what task 4 tells of itself
 *     logs/123_4.log   what task 4 of job 123 printed
 */

export const arraysOf = (store: string): string => join(store, 'slurm');
export const folderOf = (store: string, array: string): string => join(arraysOf(store), array);
export const listOf = (folder: string): string => join(folder, 'list.json');
export const statesOf = (folder: string): string => join(folder, 'state');
export const stateOf = (folder: string, index: number): string => join(statesOf(folder), `${index}.json`);
export const logsOf = (folder: string): string => join(folder, 'logs');

/** A name that no other array has; later ones sort behind earlier ones of an experiment. */
export const newName = (experiment: string): string =>
  `${experiment}-${Date.now().toString(36)}-${randomBytes(3).toString('hex')}`;

/** The arrays of a store, the newest first; what cannot be read is passed over. */
export async function readArrays(store: string): Promise<ArrayList[]> {
  const lists: ArrayList[] = [];
  for (const name of await readdir(arraysOf(store)).catch(() => [])) {
    const list = await readList(listOf(folderOf(store, name))).catch(() => undefined);
    if (list?.name === name) lists.push(list);
  }
  return lists.sort((a, b) => (a.created < b.created ? 1 : -1));
}

/**
 * What the tasks of an array tell of themselves, by index. The folder is listed first: a listing asks the server, while a
 * look at a file may be answered from what a shared file system remembers.
 */
export async function readStates(folder: string, wanted: readonly number[]): Promise<Map<number, TaskState>> {
  const there = new Set(await readdir(statesOf(folder)).catch(() => []));
  const states = new Map<number, TaskState>();
  for (const index of wanted) {
    const state = there.has(`${index}.json`) ? await readState(stateOf(folder, index)) : undefined;
    if (state) states.set(index, state);
  }
  return states;
}

/** Path of what a task printed, if it has started: the latest, where the array's job was submitted anew. */
export async function logOf(folder: string, index: number): Promise<string | undefined> {
  const logs = await readdir(logsOf(folder)).catch(() => []);
  const own = logs
    .filter((name) => name.endsWith(`_${index}.log`))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  return own.length > 0 ? join(logsOf(folder), own.at(-1)!) : undefined;
}

/** An array may be listed for so long before its job is in the queue. */
const YOUNG_MS = 3600 * 1000;

/** Removes the folders of arrays that are out of the queue and whose runs are all stored. */
export async function clearArrays(
  store: string,
  lists: readonly ArrayList[],
  live: ReadonlySet<string>,
): Promise<void> {
  for (const { name, created, tasks } of lists) {
    if (live.has(name) || Date.now() - Date.parse(created) < YOUNG_MS) continue;
    const stored = tasks.every(({ run }) => existsSync(join(store, run.signature.slice(0, 2), run.signature)));
    if (stored) await rm(folderOf(store, name), { recursive: true, force: true }).catch(() => {});
  }
}
