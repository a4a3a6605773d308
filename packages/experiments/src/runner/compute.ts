import { hostname } from 'node:os';
import type { RunStore, StoredRun } from '../store/store.js';
import type { RunRecord } from '../types.js';
import type { EngineInfo } from './deps.js';
import { distinctRuns, type Plan, type PlannedRun } from './plan.js';
import { runPool } from './pool.js';
import type { Progress } from './progress.js';
import type { JobResult } from './protocol.js';
import { nameOf, Tracker } from './tracker.js';

export interface ComputeOptions {
  readonly store: RunStore;
  readonly progress: Progress;
  readonly workers: number;
  readonly force: boolean;
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
export async function storedRuns(plan: Plan, store: RunStore): Promise<Map<string, StoredRun>> {
  const found = new Map<string, StoredRun>();
  for (const { signature } of distinctRuns(plan.runs)) {
    const run = await store.read(signature);
    if (run) found.set(signature, run);
  }
  return found;
}

/** Computes and stores what is missing of a plan. Returns early, with what is stored kept, after an abort. */
export async function compute(plan: Plan, stored: ReadonlySet<string>, options: ComputeOptions): Promise<Computed> {
  const { store, progress, force } = options;
  const known = force ? new Set<string>() : stored;
  const missing = distinctRuns(plan.runs).filter((run) => !known.has(run.signature));
  if (missing.length === 0) return { engine: undefined, failures: [] };

  const tracker = new Tracker(plan, known);
  const failures: string[] = [];
  let engine: EngineInfo | undefined;
  progress.watch(tracker);
  try {
    await runPool(missing, {
      engine: plan.engine,
      workers: options.workers,
      signal: options.signal,
      async skip(run) {
        const there = !force && (await store.read(run.signature)) !== undefined;
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
        await store.write(recordOf(run, result), { replace: force });
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

function recordOf(run: PlannedRun, { split, result, started, wallSeconds }: JobResult) {
  const { bags, ...rest } = result;
  const record: RunRecord = { signature: run.signature, spec: run.spec, split, result: rest };
  return { record, bags, timing: { wallSeconds, started, host: hostname() } };
}
