import { copyFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { NewRun, RunStore, StoredRun } from '../store/store.js';
import type { RunRecord } from '../types.js';
import { checkpointOf } from './checkpoint.js';
import type { Deps, EngineInfo } from './deps.js';
import { type Kept, keptBy } from './kept.js';
import { allRuns, type PlannedRun, type Work } from './plan.js';
import { runPool } from './pool.js';
import type { Progress } from './progress.js';
import type { JobResult } from './protocol.js';
import { nameOf, Tracker } from './tracker.js';

export interface ComputeOptions {
  readonly deps: Pick<Deps, 'saveCheckpoint' | 'saveArrays'>;
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

/** What has to run: all that is not known, but a stage only if something that starts from it has to, or it is a run itself. */
function missingRuns(plan: Work, known: ReadonlySet<string>): PlannedRun[] {
  const own = new Set(plan.runs.map(({ signature }) => signature));
  const missing = allRuns(plan).filter(({ signature }) => !known.has(signature));
  const needed = new Set<string>();
  for (const run of missing)
    if (own.has(run.signature)) for (let s = run.after; s; s = s.after) needed.add(s.signature);
  return missing.filter(({ signature }) => own.has(signature) || needed.has(signature));
}

/** Whether a stored run has all that is asked for. One that diverged before its first evaluation has nothing to keep. */
function isComplete({ record, checkpoint, portrait }: StoredRun, kept: Kept): boolean {
  if (record.result.selectedEpoch === 0) return true;
  return (!kept.weights || checkpoint !== undefined) && (!kept.portrait || portrait !== undefined);
}

/** Computes and stores what is missing of a plan. Returns early, with what is stored kept, after an abort. */
export async function compute(plan: Work, stored: ReadonlySet<string>, options: ComputeOptions): Promise<Computed> {
  const { store, progress, force, checkpoints } = options;
  const known = force ? new Set<string>() : stored;
  const missing = missingRuns(plan, known);
  if (missing.length === 0) return { engine: undefined, failures: [] };

  const keptOf = keptBy(plan, checkpoints);
  const tracker = new Tracker(plan, known);
  const failures: string[] = [];
  let engine: EngineInfo | undefined;
  progress.watch(tracker);
  try {
    await runPool(missing, {
      engine: plan.engine,
      kept: ({ signature }) => keptOf(signature),
      async weightsOf({ after }) {
        return after && (await store.read(after.signature))?.checkpoint;
      },
      workers: options.workers,
      signal: options.signal,
      async skip(run) {
        const found = force ? undefined : await store.read(run.signature);
        const there = found !== undefined && isComplete(found, keptOf(run.signature));
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
          replace: force || kept.weights || kept.portrait,
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
