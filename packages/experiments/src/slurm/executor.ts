import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '@asmil/core/errors';
import type { Executor } from '../runner/executor.js';
import { adopt, byKey } from './adopt.js';
import { clearArrays, folderOf, readArrays } from './folder.js';
import { arraysFor, type Site, submitArray, type Ticket, type Wanted } from './submit.js';
import { Watch } from './watch.js';

export interface SlurmSite extends Omit<Site, 'engine'> {
  /** The command by which a person sees where the runs stand. */
  readonly follow: string;
  /** How often Slurm is asked. */
  readonly pollMs?: number;
}

/** Administrators ask that squeue is not called more often by programs. */
const POLL_MS = 10_000;

/**
 * Computes as Slurm job arrays whose tasks write to the store, which they share. Runs that are in the queue already are waited for; runs that
 * end without a result are submitted again, up to `retries` times. After an abort the jobs go on.
 */
export function slurmExecutor(given: SlurmSite): Executor {
  return async (jobs, host) => {
    const { client, store, options } = given;
    const pollMs = given.pollMs ?? Number(process.env.ASMIL_SLURM_POLL_MS ?? POLL_MS);
    const site: Site = { ...given, engine: host.engine };
    const size = await client.maxArraySize();
    if (size < 1)
      throw new UserError('this Slurm takes no job arrays (MaxArraySize = 0), by which runs are handed to it');
    const lists = await readArrays(store);
    const tasks = byKey(await client.tasks(lists.map(({ name }) => name)));
    await clearArrays(store, lists, new Set([...tasks.values()].map(({ array }) => array)));

    const wanted = jobs.map((run): Wanted => ({ run, kept: host.kept(run), force: host.force(run), attempt: 1 }));
    const adopted = adopt(wanted, lists, tasks);
    const open = new Map(adopted.map((ticket) => [ticket.run.signature, ticket]));
    if (adopted.length > 0) {
      host.say(`${count(adopted.length)} in the queue already (${jobsOf(adopted)}); not submitted again`);
    }
    const queue = arraysFor(
      wanted.filter(({ run }) => !open.has(run.signature)),
      size,
    );
    const watch = new Watch(open, host, { ...site, settleMs: 6 * pollMs });

    let refused: string | undefined;
    /** Submits what waits; a refusal (a limit of jobs a user, say) is final only while nothing of ours could make room. */
    const submit = async (): Promise<void> => {
      while (queue.length > 0 && !host.signal.aborted) {
        try {
          const tickets = await submitArray(queue[0]!, open, site);
          queue.shift();
          refused = undefined;
          for (const ticket of tickets) open.set(ticket.run.signature, ticket);
          host.say(
            `${count(tickets.length)} submitted (${jobsOf(tickets)}; logs in ${folderOf(store, tickets[0]!.array)}/logs)`,
          );
        } catch (error) {
          if (!(error instanceof UserError) || open.size === 0) throw error;
          const waiting = queue.reduce((sum, each) => sum + each.length, 0);
          if (refused !== error.message)
            host.say(`${error.message}: ${count(waiting)} to be submitted when others have ended`);
          refused = error.message;
          return;
        }
      }
    };

    await submit();
    while (options.wait && (open.size > 0 || queue.length > 0) && !host.signal.aborted) {
      await sleep(pollMs, undefined, { signal: host.signal }).catch(() => {});
      if (host.signal.aborted) break;
      queue.push(...arraysFor(await watch.look(), size));
      await submit();
    }
    const waiting = queue.reduce((sum, each) => sum + each.length, 0);
    if (open.size > 0) {
      host.say(
        `${count(open.size)} left to Slurm; see where they stand: ${given.follow}; cancel: scancel ${numbersOf([...open.values()]).join(' ')}`,
      );
    }
    return open.size + waiting;
  };
}

const count = (n: number): string => `${n} run${n === 1 ? '' : 's'}`;

const numbersOf = (tickets: readonly Ticket[]): string[] => [...new Set(tickets.map(({ job }) => job))];

function jobsOf(tickets: readonly Ticket[]): string {
  const numbers = numbersOf(tickets);
  return `job${numbers.length === 1 ? '' : 's'} ${numbers.join(', ')}`;
}
