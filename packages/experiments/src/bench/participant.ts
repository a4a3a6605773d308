import type { CaseFacts, Timed } from './types.js';

/** One engine with one case, in a process of its own. Every call throws an Error with one line if the process fails. */
export interface Participant {
  readonly engine: string;
  /** Milliseconds of each of `reps` repetitions; the first call warms up. */
  times(what: Timed, reps: number): Promise<number[]>;
  /** What the process has to say at its end; it ends with this. */
  finish(): Promise<CaseFacts>;
  /** Ends the process at once. */
  kill(): void;
}
