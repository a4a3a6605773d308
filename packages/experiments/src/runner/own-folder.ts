import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Cohort } from '@asmil/core';
import { UserError } from '@asmil/core/errors';
import type { CohortOptions, FolderCohort, FolderSource } from '@asmil/data';
import { folderWords } from '@asmil/data/folder-options';
import type { Experiment } from '../types.js';
import type { Deps } from './deps.js';
import type { ExperimentRequest } from './request.js';

/** A place that is open, and what of it goes into a run. */
export interface Opened {
  /** The experiment as it is in this place. */
  readonly own: Experiment;
  readonly track?: string;
  readonly cohort: Cohort;
  readonly cohortOptions: CohortOptions;
  readonly folder?: FolderSource;
}

/**
 * The folder of one's own features that a request names, or undefined where `--data` is a cohort of the suite: paths have a
 * dot or a slash, names have neither. Throws `UserError` for options of a folder without one.
 */
export function folderOf({ data, folder }: Pick<ExperimentRequest, 'data' | 'folder'>): FolderSource | undefined {
  if (data === undefined || !/[./\\]/.test(data)) {
    const [given] = folderWords(folder ?? {});
    if (given)
      throw new UserError(`--${given[0]} goes with a folder of your own: --data DIR (./DIR if it is a name alone)`, 2);
    return undefined;
  }
  // Workers are given whole paths; names of public cohorts stay as they are.
  const whole = (path: string | undefined): string | undefined =>
    path !== undefined && existsSync(path) ? resolve(path) : path;
  const options = { ...folder, labels: whole(folder?.labels), splits: whole(folder?.splits) };
  return { path: resolve(data), options };
}

/**
 * Opens a folder as the only place of an experiment. What was left out, and pictures that it cannot give, go to `notes`. Throws
 * `UserError` where the experiment asks for what the folder lacks.
 */
export async function openOwn(
  experiment: Experiment,
  folder: FolderSource,
  { preset, encoder }: Pick<ExperimentRequest, 'preset' | 'encoder'>,
  deps: Pick<Deps, 'openFolder'>,
  notes: string[],
): Promise<Opened> {
  if (encoder !== undefined)
    throw new UserError(`--encoder ${encoder}: the features of a folder are what they are; leave it out`, 2);
  const cohort = await deps.openFolder(folder.path, folder.options);
  if (experiment.localization && !('outlines' in cohort)) throw notOutlined(experiment, cohort.name);
  notes.push(...cohort.warnings, ...pictureNotes(experiment, cohort));
  return { own: experiment, cohort, cohortOptions: { scale: preset }, folder };
}

/** What is said of a cohort whose maps cannot be held against lesions. */
export function notOutlined({ id }: Pick<Experiment, 'id'>, cohort: string): UserError {
  return new UserError(
    `${id} measures where lesions are found, and ${cohort} has no outlines of lesions: choose a cohort that has, such as camelyon16-sim, mnist-slides or hgsc-slide`,
    2,
  );
}

/** Pictures that need places or lesions. */
function pictureNotes({ id, gallery = [] }: Experiment, { name, coords, instanceLabels }: FolderCohort): string[] {
  if (gallery.includes('failures') && !(coords && instanceLabels))
    throw new UserError(
      `${id} compares large and small lesions: ${name} has no ${coords ? 'labels of tiles' : 'coordinates for all slides'}; give them with the features`,
      2,
    );
  if (gallery.length === 0) return [];
  if (gallery.includes('maps') && !coords) return [`${name} has no coordinates for all slides: no maps will be drawn`];
  return instanceLabels ? [] : [`${name} has no labels of tiles: no lesions will be outlined`];
}
