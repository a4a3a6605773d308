import type { Cohort } from '@asmil/core';
import type { CohortOptions, Scale } from '@asmil/data';
import type { Chart } from '../reports/charts/theme.js';
import type { Fact } from '../reports/page.js';
import type { ReadingSection } from '../reports/reading.js';
import type { ReportTable } from '../reports/tables.js';
import type { PaperSource, Place } from '../types.js';

/** What a check may use while it computes. */
export interface CheckContext {
  readonly preset: Scale;
  /** Cohorts of the check's places, or the one that was asked for. */
  readonly cohorts: readonly { readonly cohort: Cohort; readonly options: CohortOptions }[];
  /** Tells how far it is. */
  readonly say: (line: string) => void;
}

/** The parts of a page that a check's own numbers make. */
export interface CheckPage {
  /** Marked as simulated. */
  readonly simulated: boolean;
  readonly subtitle?: string;
  readonly facts: readonly Fact[];
  /** The first one is printed by the command. */
  readonly tables: readonly ReportTable[];
  readonly charts: readonly Chart[];
  readonly reading: readonly ReadingSection[];
}

/**
 * An experiment that trains nothing: it computes numbers in this process and shows them. `compute` gives plain JSON, the
 * same whenever it is run; `page` makes everything else from it.
 */
export interface Check<Numbers = unknown> {
  readonly kind: 'check';
  readonly id: string;
  readonly title: string;
  /** What the paper shows with it, in one sentence of our own. */
  readonly question: string;
  readonly paper: Omit<PaperSource, 'rows' | 'claim'>;
  readonly aliases: readonly string[];
  /** Cohorts that it looks at; none: it needs no data. */
  readonly places?: readonly Place[];
  readonly presets: Readonly<Record<Scale, { readonly summary: string }>>;
  compute(context: CheckContext): Promise<Numbers>;
  page(numbers: Numbers): CheckPage;
}
