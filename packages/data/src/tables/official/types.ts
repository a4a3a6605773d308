import type { Split } from '@asmil/core';

/** Labels and splits of a public cohort, by the names of its slides. */
export interface OfficialCohort {
  readonly classes: readonly string[];
  readonly rows: readonly OfficialRow[];
  /** Splits that are drawn follow the seed; published ones do not. */
  splits(splitSeed: number): readonly Split[];
}

export interface OfficialRow {
  readonly slide: string;
  /** Index of its class. */
  readonly label: number;
  readonly patient: string;
}

export const row = (slide: string, label: number, patient = slide): OfficialRow => ({ slide, label, patient });

/** Whole numbers out of a text. */
export const numberList = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);
