import type { Cohort, Split } from '@asmil/core';
import { UserError } from '@asmil/core';
import { type EncoderName, findCohort, openCohort, type Scale } from '@asmil/data';
import { unknownName } from '../runner/nearest.js';

/** Options that say which slides. */
export interface SourceFlags {
  /** A cohort of `pnpm data list`. */
  readonly data?: string;
  /** Simulated cohorts: how many slides of how many tiles, and whose features. */
  readonly size?: Scale;
  readonly encoder?: EncoderName;
}

/** Opens what `--data` names; its files are fetched first where they can be. Throws `UserError` in one line. */
export async function openSource(flags: SourceFlags, say: (line: string) => void): Promise<Cohort> {
  if (flags.data === undefined) throw new UserError('which slides? --data NAME is a cohort of `pnpm data list`', 2);
  const entry = findCohort(flags.data);
  const state = await entry.available();
  if (!state.ready) {
    if (!entry.fetch) throw new UserError(`${entry.name} is not here: ${state.how}`);
    say(`${entry.name}: fetching its files first`);
    await entry.fetch({ progress: say });
  }
  return openCohort(entry.name, { scale: flags.size ?? 'quick', ...(flags.encoder ? { encoder: flags.encoder } : {}) });
}

/** The folds that are asked for: all, one by its name, or the first. Throws `UserError` with the nearest name. */
export function chooseFolds(cohort: Cohort, splitSeed: number, wanted: string | undefined): readonly Split[] {
  const folds = cohort.splits(splitSeed);
  if (wanted === 'all') return folds;
  if (wanted === undefined) return folds.slice(0, 1);
  const found = folds.find(({ name }) => name === wanted);
  if (!found) throw unknownName('fold', wanted, [...folds.map(({ name }) => name), 'all']);
  return [found];
}
