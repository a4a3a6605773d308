import { copyFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { TrainResult } from '@asmil/core';
import type { NewRun, RunStore, StoredRun } from '../store/store.js';
import type { RunRecord } from '../types.js';
import { checkpointOf } from './checkpoint.js';
import type { Deps, EngineInfo } from './deps.js';
import type { Executor } from './executor.js';
import { type Kept, keptBy } from './kept.js';
import { allRuns, type PlannedRun, stagesOf, type Work } from './plan.js';
import type { Progress } from './progress.js';
import type { JobResult } from './protocol.js';
import { nameOf, Tracker } from './tracker.js';

export interface ComputeOptions {
  readonly deps: Pick<Deps, 'saveCheckpoint' | 'saveArrays'>;
  readonly store: RunStore;
  readonly progress: Progress;
  readonly executor: Executor;
  /** Whether a run is computed even if it is stored. */
  readonly force: (signature: string) => boolean;
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
  /** Runs that go on without this command. */
  readonly left: number;
  /** Most runs that were computed at once. */
  readonly atOnce: number;
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

/** Signatures of the stored runs that need no computing. */
export function completeRuns(
  plan: Work,
  stored: ReadonlyMap<string, StoredRun>,
  checkpoints: boolean,
): ReadonlySet<string> {
  const kept = keptBy(plan, checkpoints);
  const complete = [...stored].filter(([key, run]) => isComplete(run, kept(key)));
  return new Set(complete.map(([key]) => key));
}

/** What has to run, known or not: a stage only if something that starts from it is not known, or it is a run itself. */
export function neededRuns(plan: Work, known: ReadonlySet<string>): PlannedRun[] {
  const own = new Set(plan.runs.map(({ signature }) => signature));
  const needed = new Set<string>();
  for (const run of plan.runs)
    if (!known.has(run.signature)) for (const stage of stagesOf(run)) needed.add(stage.signature);
  return allRuns(plan).filter(({ signature }) => own.has(signature) || needed.has(signature));
}

/** Whether a stored run has all that is asked for. One that diverged before its first evaluation has nothing to keep. */
function isComplete({ record, checkpoint, portrait }: StoredRun, kept: Kept): boolean {
  if (record.result.selectedEpoch === 0) return true;
  return (!kept.weights || checkpoint !== undefined) && (!kept.portrait || portrait !== undefined);
}

/** Computes and stores what is missing of a plan. Returns early, with what is stored kept, after an abort. */
export async function compute(plan: Work, stored: ReadonlySet<string>, options: ComputeOptions): Promise<Computed> {
  const { store, progress, force, checkpoints } = options;
  const known = new Set([...stored].filter((signature) => !force(signature)));
  const missing = neededRuns(plan, known).filter(({ signature }) => !known.has(signature));
  if (missing.length === 0) return { engine: undefined, failures: [], left: 0, atOnce: 0 };
  store.checkWritable();

  const keptOf = keptBy(plan, checkpoints);
  const tracker = new Tracker(plan, known);
  const failures: string[] = [];
  let engine: EngineInfo | undefined;
  let left = 0;
  const isThere = async ({ signature }: PlannedRun): Promise<boolean> => {
    const found = await store.read(signature);
    return found !== undefined && isComplete(found, keptOf(signature));
  };
  const finished = (run: PlannedRun, { diverged: at }: Pick<TrainResult, 'diverged'>): void => {
    tracker.finish(run);
    if (at) progress.line(`${nameOf(run)}: diverged at epoch ${at.epoch} (loss ${at.value}); kept as a result`);
    progress.changed('run');
  };
  progress.watch(tracker);
  try {
    left = await options.executor(missing, {
      engine: plan.engine,
      kept: ({ signature }) => keptOf(signature),
      async weightsOf({ after }) {
        return after && (await store.read(after.signature))?.checkpoint;
      },
      signal: options.signal,
      force: ({ signature }) => force(signature),
      stored: isThere,
      async skip(run) {
        const there = !force(run.signature) && (await isThere(run));
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
        // A run that is there without what is asked for is replaced as a whole: scores and weights are of one training.
        const kept = keptOf(run.signature);
        const before = await store.read(run.signature);
        await store.write(withFilesOf(before, newRun(run, result, options.deps)), {
          replace: force(run.signature) || kept.weights || kept.portrait,
        });
        finished(run, result.result);
      },
      async onStored(run) {
        const found = await store.read(run.signature);
        if (found) finished(run, found.record.result);
      },
      onQueued: (count) => {
        tracker.queued = count;
        progress.changed('epoch');
      },
      onRetry: (run, why) => {
        tracker.running.delete(run.signature);
        progress.line(`${nameOf(run)}: ${why}`);
      },
      say: progress.line,
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
  return { engine, failures, left, atOnce: tracker.atOnce };
}

/** The new run with the files that the old one has and the new one does not: equal runs are equal to the bit. */
function withFilesOf(before: StoredRun | undefined, run: NewRun): NewRun {
  const copyOf = (path: string | undefined) => (path === undefined ? undefined : (to: string) => copyFile(path, to));
  return {
    ...run,
    checkpoint: run.checkpoint ?? copyOf(before?.checkpoint),
    portrait: run.portrait ?? copyOf(before?.portrait),
  };
}

function newRun(run: PlannedRun, job: JobResult, deps: ComputeOptions['deps']): NewRun {
  const { split, result, started, wallSeconds, weights, portrait, localization } = job;
  const { bags, ...rest } = result;
  const record: RunRecord = {
    ...{ signature: run.signature, spec: run.spec, split, result: rest },
    ...(localization && { localization }),
  };
  const timing = { wallSeconds, started, host: hostname() };
  const checkpoint = weights && checkpointOf(run.cohort, record, weights);
  return {
    record,
    bags,
    timing,
    ...(checkpoint && { checkpoint: (path: string) => deps.saveCheckpoint(path, checkpoint) }),
    ...(portrait && { portrait: (path: string) => deps.saveArrays(path, portrait) }),
  };
}
