import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@asmil/core/errors';
import { ablationEma } from '../../src/definitions/ablation-ema.js';
import type { JobHost } from '../../src/runner/executor.js';
import { allRuns, type Plan, type PlannedRun, planRuns } from '../../src/runner/plan.js';
import { nameOf } from '../../src/runner/tracker.js';
import type { QueuedTask, SlurmClient } from '../../src/slurm/client.js';
import { slurmExecutor } from '../../src/slurm/executor.js';
import { folderOf, stateOf } from '../../src/slurm/folder.js';
import type { SlurmOptions } from '../../src/slurm/options.js';
import { type TaskState, writeState } from '../../src/slurm/state.js';
import { findCohort } from '../fakes/cohort.js';
import { deps } from '../fakes/wiring.js';

/** A plan of the fake cohort with these momenta as cells, one seed each; `stage`: each run starts from an earlier one. */
export function planOf(cells: readonly string[], { stage = false, seeds = [1] } = {}): Plan {
  if (stage) process.env.FAKE_STAGE = 'yes';
  try {
    return planRuns(
      {
        ...{ experiment: ablationEma, preset: ablationEma.presets.quick, engine: 'wasm', seeds, splitSeed: 0 },
        ...{ cohort: findCohort('bracs-sim').cohort, cohortOptions: { scale: 'quick', encoder: 'vit-s' } },
        only: cells,
      },
      deps,
    );
  } finally {
    delete process.env.FAKE_STAGE;
  }
}

/** Slurm as a list of tasks whose states the test sets. */
export class MadeUpSlurm implements SlurmClient {
  readonly submitted: string[][] = [];
  readonly queue: QueuedTask[] = [];
  size = 1001;
  /** What is answered to the next submission, or to every question about the queue. */
  refuses: string | undefined;
  silent: string | undefined;

  async maxArraySize(): Promise<number> {
    return this.size;
  }

  async submit(args: readonly string[]): Promise<string> {
    if (this.refuses) throw new UserError(this.refuses);
    this.submitted.push([...args]);
    const job = String(this.submitted.length);
    const [array, last] = [optionOf(args, 'job-name')!, optionOf(args, 'array')!];
    const count = Number(/^0-(\d+)/.exec(last)![1]) + 1;
    for (let index = 0; index < count; index++) {
      this.queue.push({ array, index, job: `${job}_${index}`, state: 'PENDING', node: '', reason: 'Priority' });
    }
    return job;
  }

  async tasks(names: readonly string[]): Promise<QueuedTask[]> {
    if (names.length === 0) return [];
    if (this.silent) throw new UserError(this.silent);
    return this.queue.filter(({ array }) => names.includes(array));
  }

  set(job: string, state: string, node = 'n1', reason = 'None'): void {
    const at = this.queue.findIndex((task) => task.job === job);
    this.queue[at] = { ...this.queue[at]!, state, node, reason };
  }

  forget(job: string): void {
    this.queue.splice(
      this.queue.findIndex((task) => task.job === job),
      1,
    );
  }
}

export const optionOf = (args: readonly string[], name: string): string | undefined =>
  args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);

export const OPTIONS: SlurmOptions = { retries: 2, sbatchArgs: [], wait: true };

/** A store in a temp folder, made-up Slurm, and the executor on both; `told` is what it said of the runs, in order. */
export function site(plan: Plan) {
  const store = mkdtempSync(join(tmpdir(), 'asmil-slurm-'));
  const client = new MadeUpSlurm();
  const stored = new Set<string>();
  const told: string[] = [];
  const controller = new AbortController();
  const host: JobHost = {
    engine: 'wasm',
    signal: controller.signal,
    kept: () => ({ weights: false, portrait: false }),
    weightsOf: async () => undefined,
    force: () => false,
    stored: async ({ signature }) => stored.has(signature),
    skip: async () => false,
    onEngine: ({ version }) => told.push(`engine ${version}`),
    onStart: () => {},
    onEpoch: (run, { epoch }) => told.push(`${cellOf(run)} epoch ${epoch}`),
    onQueued: () => {},
    onDone: async () => {},
    onStored: async (run) => void told.push(`${cellOf(run)} stored`),
    onFailed: (run, { message }) => told.push(`${cellOf(run)} failed: ${message}`),
    onRetry: (run, why) => told.push(`${cellOf(run)}: ${why}`),
    say: (line) => told.push(line),
  };
  const start = (options: Partial<SlurmOptions> = {}, other: Partial<JobHost> = {}): Promise<number> =>
    slurmExecutor({
      ...{ experiment: 'ablation-ema', store, root: '/suite', client, pollMs: 5 },
      options: { ...OPTIONS, ...options },
      follow: 'pnpm exp status ablation-ema',
    })(
      allRuns(plan).filter((run) => other.force?.(run) || !stored.has(run.signature)),
      { ...host, ...other },
    );
  const arrayOf = (job: string): string => client.queue.find((task) => task.job === job)!.array;
  return {
    ...{ store, client, stored, told, controller, start },
    /** What a task tells of itself. */
    async tell(job: string, phase: TaskState['phase'], more: Partial<TaskState> = {}): Promise<void> {
      const [array, index] = [arrayOf(job), Number(job.split('_')[1])];
      const now = new Date().toISOString();
      const state = { format: 1 as const, signature: 's', phase, job, node: 'n1', started: now, updated: now, ...more };
      await writeState(stateOf(folderOf(store, array), index), state);
    },
    /** The task ends well: it has stored its run. */
    async finish(job: string): Promise<void> {
      const { run } = this.list(job).tasks[Number(job.split('_')[1])]!;
      this.keep(run.signature);
      await this.tell(job, 'done', { engine: { name: 'wasm', version: '1.0', device: 'test', threads: 1 } });
      client.set(job, 'COMPLETED');
    },
    keep(signature: string): void {
      stored.add(signature);
      mkdirSync(join(store, signature.slice(0, 2), signature), { recursive: true });
    },
    log(job: string): string {
      const path = join(folderOf(store, arrayOf(job)), 'logs', `${job}.log`);
      writeFileSync(path, 'what it printed\n');
      return path;
    },
    list: (job: string) =>
      JSON.parse(readFileSync(join(folderOf(store, arrayOf(job)), 'list.json'), 'utf8')) as {
        tasks: { run: { signature: string; cell: string }; attempt: number; stage?: unknown }[];
      },
    arrays: () => (existsSync(join(store, 'slurm')) ? readdirSync(join(store, 'slurm')) : []),
    remove: () => rmSync(store, { recursive: true, force: true }),
  };
}

const cellOf = (run: PlannedRun): string => nameOf(run).split(' · ')[0]!;
