import { UserError } from '@asmil/core';
import { shown } from '../files/shown.js';
import type { RoleFolder } from './roles.js';

/** Folders of features that are read, and those that hold the same slides another time. */
export interface Chosen {
  readonly read: readonly RoleFolder[];
  readonly leftAside: readonly RoleFolder[];
}

/**
 * Which of the folders of features to read. CLAM keeps every slide twice, in `h5_files` with coordinates and in `pt_files`
 * without: the first are read, and the others where the first lack a slide. Features of several encoders (`features_X`) are a
 * choice that the user makes: throws `UserError` with the names.
 */
export function chooseFeatures(folders: readonly RoleFolder[], wanted: string | undefined, dir: string): Chosen {
  const features = folders.filter(({ role }) => role === 'features');
  const path = (folder: RoleFolder): string => folder.folders.join('/') || '.';
  if (wanted !== undefined) {
    const name = wanted.replace(/^\.\/|\/+$/g, '') || '.';
    const read = features.filter(
      (folder) => path(folder) === name || path(folder).startsWith(`${name}/`) || path(folder).endsWith(`/${name}`),
    );
    if (read.length > 0) return { read: forPair(read).read, leftAside: [] };
    const there = features.map(path).map(shown).slice(0, 10).join(', ');
    throw new UserError(`${dir}: no features in ${shown(wanted)}, found ${there || 'none at all'}`, 2);
  }
  const encoders = features.filter(({ folders: names }) => names.some((name) => /^features_/.test(name)));
  if (encoders.length > 1) {
    const names = encoders.map(path).map(shown);
    throw new UserError(
      `${dir}: features of ${names.length} encoders or sizes (${names.slice(0, 10).join(', ')}): choose one with --features ${names[0]}`,
      2,
    );
  }
  return forPair(features);
}

function forPair(features: readonly RoleFolder[]): Chosen {
  const beside = (folder: RoleFolder): RoleFolder | undefined =>
    folder.folders.at(-1) === 'pt_files'
      ? features.find(({ folders }) => folders.join('/') === [...folder.folders.slice(0, -1), 'h5_files'].join('/'))
      : undefined;
  const read: RoleFolder[] = [];
  const leftAside: RoleFolder[] = [];
  for (const folder of features) {
    const other = beside(folder);
    if (!other) {
      read.push(folder);
      continue;
    }
    const alone = new Map([...folder.files].filter(([id]) => !other.files.has(id)));
    if (alone.size < folder.files.size)
      leftAside.push({ ...folder, files: new Map([...folder.files].filter(([id]) => other.files.has(id))) });
    if (alone.size > 0) read.push({ ...folder, files: alone });
  }
  return { read, leftAside };
}
