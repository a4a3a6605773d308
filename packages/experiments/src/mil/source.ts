import { existsSync } from 'node:fs';
import { type Cohort, type Split, UserError } from '@asmil/core';
import {
  cohortEntries,
  type EncoderName,
  type FolderCohort,
  type FolderOptions,
  findCohort,
  openCohort,
  openFolder,
  type Scale,
} from '@asmil/data';
import { folderOptions } from '@asmil/data/folder-options';
import { unknownName } from '../runner/nearest.js';
import { folderOf } from '../runner/own-folder.js';
import { Unusable } from './unusable.js';

/** Options that say which slides. */
export interface SourceFlags extends FolderOptions {
  /** A cohort of `pnpm data list`, or a folder of features. */
  readonly data?: string;
  /** Simulated cohorts: how many slides of how many tiles, and whose features. */
  readonly size?: Scale;
  readonly encoder?: EncoderName;
  /** Stops at the first slide that cannot be used. */
  readonly strict?: boolean;
}

/** What `--data` names: a folder and how it is read, or undefined for a cohort of the suite, whose names come first. */
export function sourceFolder(flags: SourceFlags): { path: string; options: FolderOptions } | undefined {
  const { data } = flags;
  const plain = data !== undefined && !/[./\\]/.test(data);
  const beside = plain && existsSync(data) && !cohortEntries.some(({ name }) => name === data);
  return folderOf({ data: beside ? `./${data}` : data, folder: folderOptions(flags) });
}

/** The slides of a command that cannot be used, by its options. */
export const unusableOf = ({ strict, onBadSlide }: SourceFlags, say: (line: string) => void): Unusable =>
  new Unusable({ strict: strict || onBadSlide === 'error', accepted: onBadSlide === 'skip', say });

/**
 * Opens what `--data` names. Files of a cohort of the suite are fetched first where they can be. Of a folder, slides without
 * a sound label are told to `unusable`; those whose files are damaged fail when they are loaded. Throws `UserError` in one
 * line.
 */
export async function openSource(
  flags: SourceFlags,
  say: (line: string) => void,
  unusable: Unusable,
): Promise<Cohort | FolderCohort> {
  const folder = sourceFolder(flags);
  if (folder) {
    const cohort = await openFolder(folder.path, { ...folder.options, onBadSlide: 'keep' });
    for (const line of cohort.warnings) say(line);
    for (const { message } of cohort.problems) unusable.tell(message);
    return cohort;
  }
  if (flags.data === undefined)
    throw new UserError('which slides? --data is a cohort of `pnpm data list`, or a folder of features', 2);
  const entry = findCohort(flags.data);
  const state = await entry.available();
  if (!state.ready) {
    if (!entry.fetch) throw new UserError(`${entry.name} is not here: ${state.how}`);
    say(`${entry.name}: fetching its files first`);
    await entry.fetch({ progress: say });
  }
  return openCohort(entry.name, { scale: flags.size ?? 'quick', ...(flags.encoder ? { encoder: flags.encoder } : {}) });
}

/** Whether a cohort was read from a person's own files, which may be damaged. */
export const isFolderCohort = (cohort: Cohort): cohort is FolderCohort => 'problems' in cohort;

/** The folds that are asked for: all, one by its name, or the first. Throws `UserError` with the nearest name. */
export function chooseFolds(cohort: Cohort, splitSeed: number, wanted: string | undefined): readonly Split[] {
  const folds = cohort.splits(splitSeed);
  if (wanted === 'all') return folds;
  if (wanted === undefined) return folds.slice(0, 1);
  const found = folds.find(({ name }) => name === wanted);
  if (!found) throw unknownName('fold', wanted, [...folds.map(({ name }) => name), 'all']);
  return [found];
}
