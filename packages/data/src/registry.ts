import type { Cohort } from '@asmil/core';
import type { EncoderName } from './sim/encoder-names.js';

/** How much of a cohort: sizes follow the preset. Real cohorts of modest size ignore it. */
export type Scale = 'quick' | 'standard' | 'paper';

export interface CohortOptions {
  readonly scale: Scale;
  /** Simulated cohorts only: whose features to imitate. Default `vit-s`. */
  readonly encoder?: EncoderName;
}

/** One cohort that `--data NAME` can name. */
export interface CohortEntry {
  readonly name: string;
  /** One line for `pnpm data list`. */
  readonly summary: string;
  readonly simulated: boolean;
  /** Whether lesions are outlined on its bags: `open` gives a `SlideCohort`. */
  readonly outlined?: boolean;
  /** Whether the files are here; `how` says what brings them, as one sentence with the command. */
  available(): Promise<{ ready: true } | { ready: false; how: string }>;
  /**
   * Brings the files into the per-user cache and verifies their checksums. Absent where nothing is fetched.
   * `from`: a file given by the user in the place of the download. Throws `UserError`.
   */
  fetch?(options: { from?: string; progress: (line: string) => void }): Promise<void>;
  /** Throws `UserError` if the files are missing or damaged. */
  open(options: CohortOptions): Promise<Cohort>;
}
