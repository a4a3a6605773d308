import type { EngineInfo, EngineName } from './deps.js';
import type { PlannedRun } from './plan.js';
import type { EpochNews, JobError, JobResult } from './protocol.js';

/** What an executor asks about the jobs that it is given, and what it tells of them. */
export interface JobHost {
  readonly engine: EngineName;
  readonly signal: AbortSignal;
  /** Whether a job keeps the selected epoch's weights, and its attention maps and bag features. */
  kept(job: PlannedRun): { readonly weights: boolean; readonly portrait: boolean };
  /** Path of the weights that a job with an earlier stage starts from, once that stage is stored; undefined if it has none. */
  weightsOf(job: PlannedRun): Promise<string | undefined>;
  /** Whether a job is computed even if it is stored. */
  force(job: PlannedRun): boolean;
  /** Whether the store has all that is wanted of a job. */
  stored(job: PlannedRun): Promise<boolean>;
  /** True if the job needs no computing any more (another command has stored it), which is then told. */
  skip(job: PlannedRun): Promise<boolean>;
  onEngine(info: EngineInfo): void;
  onStart(job: PlannedRun): void;
  onEpoch(job: PlannedRun, news: EpochNews): void;
  /** How many jobs wait for a machine, where others share it. */
  onQueued(count: number): void;
  /** Resolves when the result is stored; a rejection ends the executor. */
  onDone(job: PlannedRun, result: JobResult): Promise<void>;
  /** The process that computed the job has stored it itself. */
  onStored(job: PlannedRun): Promise<void>;
  onFailed(job: PlannedRun, error: JobError): void;
  /** A job that was started ended without a result and is to start once more; `why` says so in a line. */
  onRetry(job: PlannedRun, why: string): void;
  /** A line for the person who waits. */
  say(line: string): void;
}

/**
 * Computes jobs somewhere: worker processes of this machine, or a cluster. Resolves with the number of jobs that it leaves to go on by
 * themselves when all others are done or failed, or after an abort. Rejects if nothing can be computed or stored.
 */
export type Executor = (jobs: readonly PlannedRun[], host: JobHost) => Promise<number>;
