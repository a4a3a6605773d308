import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobHost } from '../runner/executor.js';
import { byKey, taskKey } from './adopt.js';
import { type QueuedTask, standing } from './client.js';
import { folderOf, logOf, readStates } from './folder.js';
import type { TaskState } from './state.js';
import type { Site, Ticket, Wanted } from './submit.js';
import { type Verdict, verdictOf } from './verdict.js';

interface Seen {
  running: boolean;
  /** When Slurm first said that the task has ended (or knew it no more), ms. */
  endedAt?: number;
}

/** Follows the runs in the queue: tells the host of them, and takes those that are settled out of `open`. */
export class Watch {
  private readonly seen = new Map<string, Seen>();
  private silent = false;

  constructor(
    private readonly open: Map<string, Ticket>,
    private readonly host: JobHost,
    /** `settleMs`: how long a result may take to be seen on a shared folder after its task has ended. */
    private readonly site: Pick<Site, 'store' | 'client' | 'options'> & { readonly settleMs: number },
  ) {}

  /** One look at the queue and the folders. Returns the runs that are to be submitted again. */
  async look(): Promise<Wanted[]> {
    const tasks = await this.ask();
    const again: Wanted[] = [];
    let queued = 0;
    for (const [array, tickets] of this.byArray()) {
      const states = await readStates(
        folderOf(this.site.store, array),
        tickets.map(({ index }) => index),
      );
      for (const ticket of tickets) {
        const task = tasks?.get(taskKey(ticket));
        const retry = await this.follow(ticket, states.get(ticket.index), task, tasks !== undefined);
        if (retry) again.push(retry);
        if (task && standing(task) === 'queued' && this.open.has(ticket.run.signature)) queued++;
      }
    }
    if (tasks) this.host.onQueued(queued);
    return again;
  }

  private async follow(
    ticket: Ticket,
    state: TaskState | undefined,
    task: QueuedTask | undefined,
    answered: boolean,
  ): Promise<Wanted | undefined> {
    const { run } = ticket;
    const seen = this.seenOf(ticket);
    if (state?.phase === 'failed') {
      await this.fail(ticket, state.message ?? 'it ended without a word');
      return;
    }
    const where = task && standing(task);
    if (state?.phase === 'done' || where === 'ended' || (answered && !task)) {
      if (await this.isStored(ticket, state)) {
        if (state?.engine) this.host.onEngine(state.engine);
        this.open.delete(run.signature);
        await this.host.onStored(run);
        return;
      }
    }
    if (where === 'running') {
      seen.running = true;
      if (state?.phase === 'running' && state.epoch) this.host.onEpoch(run, state.epoch);
      else this.host.onStart(run);
    }
    if (where === 'queued' && seen.running) {
      seen.running = false;
      this.host.onRetry(run, `Slurm has put it back into the queue (${task?.reason || 'no reason given'})`);
    }
    if (!answered || where === 'running' || where === 'queued') return;
    return this.ended(ticket, state, verdictOf(task?.state), seen);
  }

  /** A task that has ended without a result that could be seen so far. */
  private async ended(
    ticket: Ticket,
    state: TaskState | undefined,
    verdict: Verdict,
    seen: Seen,
  ): Promise<Wanted | undefined> {
    const { run, kept, force, attempt } = ticket;
    seen.endedAt ??= Date.now();
    const unfit = state?.phase === 'unfit';
    if (verdict.early && !unfit && Date.now() - seen.endedAt < this.site.settleMs) return;
    const why = unfit ? `nothing could be computed on ${state.node}: ${state.message}` : verdict.why;
    if (verdict.final || attempt > this.site.options.retries) {
      await this.fail(ticket, attempt > 1 ? `tried ${attempt} times; last, ${why}` : why);
      return;
    }
    this.open.delete(run.signature);
    this.host.onRetry(run, `${why}; submitting it again`);
    return { run, kept, force, attempt: attempt + 1 };
  }

  private async fail(ticket: Ticket, message: string): Promise<void> {
    this.open.delete(ticket.run.signature);
    const log = await logOf(folderOf(this.site.store, ticket.array), ticket.index);
    this.host.onFailed(ticket.run, { message: log ? `${message} (log: ${log})` : message });
  }

  /** With `force`, what was stored before says nothing: the task's own word is needed. */
  private async isStored({ run, force }: Ticket, state: TaskState | undefined): Promise<boolean> {
    if (force && state?.phase !== 'done') return false;
    await readdir(join(this.site.store, run.signature.slice(0, 2))).catch(() => {}); // see `readStates`
    return this.host.stored(run);
  }

  /** Slurm's tasks; undefined while it does not answer, which is told once. */
  private async ask(): Promise<Map<string, QueuedTask> | undefined> {
    try {
      const names = [...new Set([...this.open.values()].map(({ array }) => array))];
      const tasks = byKey(await this.site.client.tasks(names));
      if (this.silent) this.host.say('Slurm answers again');
      this.silent = false;
      return tasks;
    } catch (error) {
      if (!this.silent) this.host.say(`${(error as Error).message}: the runs go on without it; asking again and again`);
      this.silent = true;
      return undefined;
    }
  }

  private byArray(): Map<string, Ticket[]> {
    const arrays = new Map<string, Ticket[]>();
    for (const ticket of this.open.values()) arrays.set(ticket.array, [...(arrays.get(ticket.array) ?? []), ticket]);
    return arrays;
  }

  private seenOf(ticket: Ticket): Seen {
    const key = taskKey(ticket);
    const seen = this.seen.get(key) ?? { running: false };
    this.seen.set(key, seen);
    return seen;
  }
}
