import { type QueuedTask, standing } from './client.js';
import type { ArrayList } from './list.js';
import type { Ticket, Wanted } from './submit.js';

/** `array/index`: what names a task on both sides. */
export const taskKey = ({ array, index }: { readonly array: string; readonly index: number }): string =>
  `${array}/${index}`;

/** Slurm's tasks by their key. */
export const byKey = (tasks: readonly QueuedTask[]): Map<string, QueuedTask> =>
  new Map(tasks.map((task) => [taskKey(task), task]));

/**
 * Runs that an earlier command has put into the queue, and that are still there: they are waited for and not submitted
 * twice. A task that keeps less than is wanted now, or would pass over a stored run, does not count.
 */
export function adopt(
  wanted: readonly Wanted[],
  lists: readonly ArrayList[],
  tasks: ReadonlyMap<string, QueuedTask>,
): Ticket[] {
  const bySignature = new Map(wanted.map((each) => [each.run.signature, each]));
  const found = new Map<string, Ticket>();
  for (const list of lists) {
    for (const [index, listed] of list.tasks.entries()) {
      const want = bySignature.get(listed.run.signature);
      const task = tasks.get(taskKey({ array: list.name, index }));
      if (!want || !task || standing(task) === 'ended' || found.has(want.run.signature)) continue;
      const { weights, portrait } = want.kept;
      const enough = (!weights || listed.kept.weights) && (!portrait || listed.kept.portrait);
      if (!enough || (want.force && !listed.force)) continue;
      const job = task.job.split('_')[0]!;
      found.set(want.run.signature, { ...want, array: list.name, index, job, attempt: listed.attempt });
    }
  }
  return [...found.values()];
}
