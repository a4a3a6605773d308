/** One thing that was looked at. `how` says how to mend what is not in order. */
export interface Finding {
  readonly state: 'ok' | 'note' | 'bad';
  readonly what: string;
  readonly found: string;
  readonly how?: string;
}

/** Everything that the doctor found, as `--json` prints it. */
export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** Whether nothing stands in the way of a run. */
  readonly healthy: boolean;
}
