import { extname } from 'node:path';
import type { Role } from '../features/arrays.js';
import { FEATURE_ENDINGS } from '../features/open-file.js';
import type { Found } from './walk.js';

/** A folder of files that all have one role. */
export interface RoleFolder {
  readonly role: Role;
  /** Names of the folders from the top down to it. */
  readonly folders: readonly string[];
  /** By the name of the slide. */
  readonly files: ReadonlyMap<string, Found>;
  /** Further files for a slide that is there already: `s001.pt` beside `s001.h5`. */
  readonly twice: readonly (readonly [string, Found])[];
}

/** Roles by the name of a folder (torchmil, TRIDENT, CLAM); any other folder holds features. */
const ROLES: Readonly<Record<string, Role>> = {
  patches: 'coords',
  coords: 'coords',
  labels: 'label',
  inst_labels: 'instanceLabels',
  patch_labels: 'instanceLabels',
};

/** The files of arrays, by folder. CSV files are features only where `csv` says so. */
export function roleFolders(found: readonly Found[], csv: (file: Found) => boolean): RoleFolder[] {
  const byFolder = new Map<string, Found[]>();
  for (const file of found) {
    const ending = extname(file.name).toLowerCase();
    if (!FEATURE_ENDINGS.includes(ending) || (ending === '.csv' && !csv(file))) continue;
    const key = file.folders.join('/');
    const list = byFolder.get(key);
    if (list) list.push(file);
    else byFolder.set(key, [file]);
  }
  return [...byFolder.values()].map((list) => {
    const { folders } = list[0]!;
    const role = ROLES[folders.at(-1) ?? ''] ?? 'features';
    const files = new Map<string, Found>();
    const twice: [string, Found][] = [];
    for (const file of list) {
      const id = slideOf(file, role);
      if (files.has(id)) twice.push([id, file]);
      else files.set(id, file);
    }
    return { role, folders, files, twice };
  });
}

/** The file's name without its ending; TRIDENT's files of coordinates end in `_patches`. */
export function slideOf({ name }: Pick<Found, 'name'>, role: Role): string {
  const file = name.slice(name.lastIndexOf('/') + 1);
  const stem = file.slice(0, file.length - extname(file).length);
  return role === 'coords' ? stem.replace(/_patches$/, '') : stem;
}

/** How many folders two places have in common from the top. */
export function common(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((name, i) => name !== b[i]);
  return at < 0 ? a.length : at;
}
