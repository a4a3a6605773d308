import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { UserError } from '@asmil/core';
import { walk } from '../folder/walk.js';
import { IMAGE_ENDING, nameFault } from '../tables/slide-name.js';

/** A slide to be read, and the name that its features get. */
export interface SlidePath {
  readonly id: string;
  readonly path: string;
}

/**
 * The slides that paths stand for: files as they are, and of folders all files below them that have the ending of a slide
 * image. A slide is named after its file. Throws `UserError` for a folder without slides, and where two would have one name.
 */
export async function findSlides(paths: readonly string[]): Promise<SlidePath[]> {
  const files: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined); // a file that is not there is told when it is read
    if (!found?.isDirectory()) {
      files.push(path);
      continue;
    }
    const below = (await walk(path)).filter(({ name }) => IMAGE_ENDING.test(name));
    if (below.length === 0)
      throw new UserError(`${path}: no slides in this folder, expected files that end in .svs, .tif or .tiff`);
    files.push(...below.map((file) => file.path));
  }
  const byName = new Map<string, string>();
  for (const path of new Set(files)) {
    const name = basename(path);
    const bare = name.replace(IMAGE_ENDING, '');
    const id = bare === name ? basename(path, extname(path)) : bare;
    const fault = nameFault(id);
    if (fault) throw new UserError(`${path}: ${fault}`);
    const other = byName.get(id);
    if (other !== undefined)
      throw new UserError(
        `${other} and ${path} would both be called ${id}: rename one, or give each an --out of its own`,
      );
    byName.set(id, path);
  }
  return [...byName].map(([id, path]) => ({ id, path }));
}
