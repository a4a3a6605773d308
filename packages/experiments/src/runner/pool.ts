import type { ChildProcess } from 'node:child_process';
import { UserError } from '@asmil/core/errors';
import type { Executor, JobHost } from './executor.js';
import { forkWorker } from './fork.js';
import type { PlannedRun } from './plan.js';
import type { FromWorker, ToWorker } from './protocol.js';

export interface PoolOptions extends Omit<JobHost, 'force' | 'stored' | 'onStored' | 'onQueued' | 'say'> {
  /** Upper limit; never more than there are jobs. */
  readonly workers: number;
}

interface Worker {
  readonly child: ChildProcess;
  job?: PlannedRun;
  ready: boolean;
  /** Last words on stderr. */
  words: string;
}

/** How long a worker may take to end of itself. */
const GRACE_MS = 1000;

/** Computes on worker processes of this machine. */
export const localExecutor =
  (workers: number): Executor =>
  async (jobs, host) => {
    await runPool(jobs, { ...host, workers });
    return 0;
  };

/**
 * Runs the jobs in their order on worker processes, each after the stage that it starts from. Resolves when all are done or failed, or, after an abort, when all
 * workers have ended. Rejects if no worker can be started or a result cannot be stored.
 */
export function runPool(jobs: readonly PlannedRun[], options: PoolOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const queue = [...jobs];
    /** Stages that are not stored yet; jobs that start from them wait. */
    const open = new Set(jobs.map(({ signature }) => signature));
    const waits = ({ after }: PlannedRun): boolean => after !== undefined && open.has(after.signature);
    const idle = new Set<Worker>();
    const died = new Map<string, number>();
    const workers = new Set<Worker>();
    const storing = new Set<Promise<void>>();
    let startFailures = 0;
    let stopping = false;
    let failure: { error: unknown } | undefined;

    const settle = (): void => {
      if (workers.size > 0) return;
      options.signal.removeEventListener('abort', stop);
      void Promise.allSettled(storing).then(() => (failure ? reject(failure.error) : resolve()));
    };

    function stop(): void {
      stopping = true;
      for (const { child } of workers) end(child);
      settle();
    }

    function fail(error: unknown): void {
      failure ??= { error };
      stop();
    }

    function start(): void {
      const worker: Worker = { child: forkWorker(), ready: false, words: '' };
      workers.add(worker);
      const { child } = worker;
      child.stderr?.on('data', (data: Buffer) => {
        worker.words = (worker.words + data.toString('utf8')).slice(-4000);
      });
      child.on('message', (message: FromWorker) => onMessage(worker, message));
      child.on('error', (error) => {
        if (child.pid !== undefined) return; // a message that could not be sent: `exit` follows
        workers.delete(worker);
        fail(new UserError(`cannot start a worker process: ${error.message}; try fewer with --workers N`));
      });
      child.on('exit', (code, signal) => onExit(worker, code, signal));
      tell(worker, { type: 'init', engine: options.engine });
    }

    async function next(worker: Worker): Promise<void> {
      worker.job = undefined;
      while (!stopping) {
        const at = queue.findIndex((job) => !waits(job));
        if (at < 0 && queue.length > 0) {
          idle.add(worker);
          return;
        }
        const [job] = queue.splice(at, 1);
        if (!job) return end(worker.child);
        if (await options.skip(job)) {
          settled(job);
          continue;
        }
        const pretrained = await options.weightsOf(job);
        if (stopping) return;
        if (job.after && pretrained === undefined) {
          options.onFailed(job, { message: 'its first stage has no weights (it failed or diverged)' });
          settled(job);
          continue;
        }
        worker.job = job;
        options.onStart(job);
        const { signature, spec, folder } = job;
        const { weights: checkpoint, portrait } = options.kept(job);
        return tell(worker, { type: 'job', signature, spec, folder, checkpoint, portrait, pretrained });
      }
    }

    /** A job is stored or has failed: those that waited for it can go on. */
    function settled(job: PlannedRun): void {
      open.delete(job.signature);
      for (const worker of [...idle]) {
        idle.delete(worker);
        next(worker).catch(fail);
      }
    }

    function onMessage(worker: Worker, message: FromWorker): void {
      if (stopping) return;
      const { job } = worker;
      if (message.type === 'ready') {
        worker.ready = true;
        options.onEngine(message.engine);
        next(worker).catch(fail);
      } else if (message.type === 'unfit') {
        fail(withStack(new UserError(message.message), message.stack));
      } else if (!job || job.signature !== message.signature) {
        return;
      } else if (message.type === 'epoch') {
        options.onEpoch(job, message);
      } else if (message.type === 'failed') {
        options.onFailed(job, message);
        settled(job);
        next(worker).catch(fail);
      } else {
        const stored = options.onDone(job, message).catch(fail);
        storing.add(stored);
        void stored.then(() => {
          storing.delete(stored);
          settled(job);
        });
        next(worker).catch(fail);
      }
    }

    function onExit(worker: Worker, code: number | null, signal: string | null): void {
      workers.delete(worker);
      idle.delete(worker);
      const { job } = worker;
      if (stopping) {
        settle();
        return;
      }
      const how = describeEnd(code, signal, worker.words);
      if (job) {
        const times = (died.get(job.signature) ?? 0) + 1;
        died.set(job.signature, times);
        if (times < 2) {
          queue.unshift(job);
          options.onRetry(job, `its worker was ended by ${how}; trying once more`);
        } else {
          options.onFailed(job, { message: `its worker was ended twice, last by ${how}` });
          settled(job);
        }
      } else if (!worker.ready && ++startFailures > 1) {
        fail(new UserError(`worker processes end before they are ready, last by ${how}; try --workers 1`));
        return;
      }
      if (queue.length > 0 && workers.size < options.workers) start();
      settle();
    }

    options.signal.addEventListener('abort', stop, { once: true });
    if (options.signal.aborted || jobs.length === 0) return stop();
    for (let i = 0; i < Math.min(options.workers, jobs.length); i++) start();
  });
}

function tell({ child }: Worker, message: ToWorker): void {
  if (child.connected) child.send(message, () => {}); // a worker that has just died is seen by its `exit`
}

/** Asks the process to end and makes it, if it does not listen. */
function end(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  child.once('exit', () => clearTimeout(timer));
}

function describeEnd(code: number | null, signal: string | null, words: string): string {
  const line = words.split('\n').filter((text) => /error|fatal|memory|abort/i.test(text))[0];
  const last = line ? `: ${line.trim().slice(0, 160)}` : '';
  if (signal === 'SIGKILL') return `${signal} (often: out of memory; try fewer with --workers N)${last}`;
  return `${signal ?? `exit code ${code}`}${last}`;
}

function withStack(error: Error, stack: string | undefined): Error {
  if (stack) error.stack = stack;
  return error;
}
