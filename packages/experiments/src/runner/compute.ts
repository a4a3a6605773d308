import { hostname } from 'node:os';
import type { NewRun, RunStore, StoredRun } from '../store/store.js';
import type { RunRecord } from '../types.js';
import { checkpointOf } from './checkpoint.js';
import type { Deps, EngineInfo } from './deps.js';
import { allRuns, type PlannedRun, type Work } from './plan.js';
import { runPool } from './pool.js';
import type { Progress } from './progress.js';
import type { JobResult } from './protocol.js';
import { nameOf, Tracker } from './tracker.js';

export interface ComputeOptions {
  readonly deps: Pick<Deps, 'saveCheckpoint'>;
  readonly store: RunStore;
  readonly progress: Progress;
  readonly workers: number;
  readonly force: boolean;
  readonly checkpoints: boolean;
  readonly signal: AbortSignal;
  /** Prints the stack trace of a run that failed. */
  readonly debug: boolean;
}

export interface Computed {
  /** Undefined if no worker had to start. */
  readonly engine: EngineInfo | undefined;
  /** One line for each run that failed. */
  readonly failures: readonly string[];
}

/** The runs of a plan that the store holds already. */
export async function storedRuns(plan: Work, store: RunStore): Promise<Map<string, StoredRun>> {
  const found = new Map<string, StoredRun>();
  for (const { signature } of allRuns(plan)) {
    const run = await store.read(signature);
    if (run) found.set(signature, run);
  }
  return found;
}

/** Whether a stored run has all that is asked for. One that diverged before its first evaluation has no weights to keep. */
function isComplete({ record, checkpoint }: StoredRun, weights: boolean): boolean {
  return !weights || checkpoint !== undefined || record.result.selectedEpoch === 0;
}

/** Whether a run's weights are to be kept: on request, and where a later stage starts from them. */
function keepsWeights(plan: Work, signature: string, checkpoints: boolean): boolean {
  return checkpoints || plan.stages.some((stage) => stage.signature === signature);
}

/** Signatures of the stored runs that need no computing. */
export function completeRuns(
  plan: Work,
  stored: ReadonlyMap<string, StoredRun>,
  checkpoints: boolean,
): ReadonlySet<string> {
  const complete = [...stored].filter(([key, run]) => isComplete(run, keepsWeights(plan, key, checkpoints)));
  return new Set(complete.map(([key]) => key));
}

/** What has to run: all that is not known, but a stage only if something that starts from it has to, or it is a run itself. */
function missingRuns(plan: Work, known: ReadonlySet<string>): PlannedRun[] {
  const own = new Set(plan.runs.map(({ signature }) => signature));
  const missing = allRuns(plan).filter(({ signature }) => !known.has(signature));
  const needed = new Set<string>();
  for (const run of missing)
    if (own.has(run.signature)) for (let s = run.after; s; s = s.after) needed.add(s.signature);
  return missing.filter(({ signature }) => own.has(signature) || needed.has(signature));
}

/** Computes and stores what is missing of a plan. Returns early, with what is stored kept, after an abort. */
export async function compute(plan: Work, stored: ReadonlySet<string>, options: ComputeOptions): Promise<Computed> {
  const { store, progress, force, checkpoints } = options;
  const known = force ? new Set<string>() : stored;
  const missing = missingRuns(plan, known);
  if (missing.length === 0) return { engine: undefined, failures: [] };

  const tracker = new Tracker(plan, known);
  const failures: string[] = [];
  let engine: EngineInfo | undefined;
  progress.watch(tracker);
  try {
    await runPool(missing, {
      engine: plan.engine,
      keepsWeights: ({ signature }) => keepsWeights(plan, signature, checkpoints),
      async weightsOf({ after }) {
        return after && (await store.read(after.signature))?.checkpoint;
      },
      workers: options.workers,
      signal: options.signal,
      async skip(run) {
        const found = force ? undefined : await store.read(run.signature);
        const there = found !== undefined && isComplete(found, keepsWeights(plan, run.signature, checkpoints));
        if (there) {
          tracker.found(run);
          progress.changed('run');
        }
        return there;
      },
      onEngine: (info) => {
        engine ??= info;
      },
      onStart: (run) => {
        tracker.start(run);
        progress.changed('epoch');
      },
      onEpoch: (run, news) => {
        tracker.epoch(run, news);
        progress.changed('epoch');
      },
      async onDone(run, result) {
        // A run that is there without its checkpoint is replaced as a whole, so that scores and weights are of one training.
        await store.write(newRun(run, result, options.deps), {
          replace: force || keepsWeights(plan, run.signature, checkpoints),
        });
        tracker.finish(run);
        const at = result.result.diverged;
        if (at) progress.line(`${nameOf(run)}: diverged at epoch ${at.epoch} (loss ${at.value}); kept as a result`);
        progress.changed('run');
      },
      onRetry: (run, how) => {
        tracker.running.delete(run.signature);
        progress.line(`${nameOf(run)}: its worker was ended by ${how}; trying once more`);
      },
      onFailed: (run, { message, stack }) => {
        const line = `failed: ${nameOf(run)}: ${message}`;
        tracker.fail(run, message);
        failures.push(line);
        progress.line(line);
        if (options.debug && stack) progress.line(stack);
        progress.changed('run');
      },
    });
  } finally {
    progress.close();
  }
  return { engine, failures };
}

function newRun(run: PlannedRun, job: JobResult, deps: Pick<Deps, 'saveCheckpoint'>): NewRun {
  const { split, result, started, wallSeconds, weights } = job;
  const { bags, ...rest } = result;
  const record: RunRecord = { signature: run.signature, spec: run.spec, split, result: rest };
  const timing = { wallSeconds, started, host: hostname() };
  if (!weights) return { record, bags, timing };
  const checkpoint = checkpointOf(run.cohort, record, weights);
  return { record, bags, timing, checkpoint: (path) => deps.saveCheckpoint(path, checkpoint) };
}
