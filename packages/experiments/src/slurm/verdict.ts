/** What follows from a task that ended without a result. */
export interface Verdict {
  /** Submitting it again would end alike. */
  readonly final: boolean;
  /** `its node failed (NODE_FAIL)`. */
  readonly why: string;
  /** The state may be known before the result is seen on a shared folder. */
  readonly early?: boolean;
}

const WORDS: Readonly<Record<string, Verdict>> = {
  TIMEOUT: { final: true, why: 'the time limit ended it (TIMEOUT); give a longer one with --time' },
  OUT_OF_MEMORY: { final: true, why: 'it needed more memory than it had (OUT_OF_MEMORY); give more with --mem' },
  DEADLINE: { final: true, why: 'its deadline has passed (DEADLINE)' },
  NODE_FAIL: { final: false, why: 'its node failed (NODE_FAIL)' },
  BOOT_FAIL: { final: false, why: 'its node did not start (BOOT_FAIL)' },
  PREEMPTED: { final: false, why: 'other jobs took its place (PREEMPTED)' },
  REVOKED: { final: false, why: 'Slurm took it back (REVOKED)' },
  CANCELLED: { final: false, why: 'it was cancelled (CANCELLED)' },
  COMPLETED: { final: false, why: 'it ended without a result (COMPLETED)', early: true },
  FAILED: { final: false, why: 'it ended without a result (FAILED)', early: true },
};

/** The verdict on Slurm's state of an ended task; undefined: Slurm knows it no more. */
export function verdictOf(state: string | undefined): Verdict {
  if (state === undefined) return { final: false, why: 'it has left the queue without a result', early: true };
  return WORDS[state] ?? { final: false, why: `it ended without a result (${state})` };
}
