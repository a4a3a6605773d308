import { dirname, resolve } from 'node:path';
import { UserError } from '@asmil/core';
import { shown } from '../files/shown.js';
import { listed } from '../tables/problem.js';
import { type FolderSlide, loadSlide } from './folder-slide.js';
import { readManifest } from './manifest.js';
import type { FolderOptions } from './options.js';
import { scanFolder } from './scan.js';

/** The slides of a folder or file, for who has no need of labels. */
export interface FolderSlides {
  /** In the order of the names. */
  readonly ids: readonly string[];
  /** Whether a `cohort.json` in the folder, or in the one above a file's, says that the features were made up. */
  readonly simulated: boolean;
  /** Throws a `UserError` of one line that names slide and file. */
  load(id: string): Promise<FolderSlide>;
}

/**
 * Finds the slides in a folder of features, or in one file of one or many slides. Nothing is read before `load`. Throws
 * `UserError` where there are none.
 */
export async function openSlides(
  path: string,
  options: Pick<FolderOptions, 'features' | 'tile' | 'nonFinite'> = {},
): Promise<FolderSlides> {
  const problems = new Map<string, string>();
  const scan = await scanFolder(resolve(path), options.features, ({ slide, message }) => {
    if (slide !== undefined) problems.set(slide, message);
  });
  const ids = [...scan.slides.keys()];
  const tops = resolve(path) === scan.dir ? [scan.dir] : [scan.dir, dirname(scan.dir)];
  const manifests = await Promise.all(tops.map(readManifest));
  return {
    ids,
    simulated: manifests.some((manifest) => manifest.simulated),
    async load(id) {
      const problem = problems.get(id);
      if (problem !== undefined) throw new UserError(problem);
      const files = scan.slides.get(id);
      if (!files)
        throw new UserError(`${shown(path)}: no slide ${shown(id)} in it; it has ${listed(ids.map(shown), 3)}`);
      return loadSlide(files, options);
    },
  };
}
