import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { UserError } from '@asmil/core';
import { FEATURE_NAMES } from '../features/arrays.js';
import { slideGroups } from '../features/formats/hdf5.js';
import { type FilePlace, formatOf } from '../features/open-file.js';
import type { SlideFiles } from '../features/slide.js';
import { shown } from '../files/shown.js';
import { listed, type Report } from '../tables/problem.js';
import { nameFault } from '../tables/slide-name.js';
import { chooseFeatures } from './choose.js';
import { dsmilFiles } from './dsmil.js';
import { common, type RoleFolder, roleFolders } from './roles.js';
import { type Found, walk } from './walk.js';

/** The slides of a folder, before a number of them has been read. */
export interface Scan {
  /** The folder; that of the file where one file of many slides was given. */
  readonly dir: string;
  /** By name, in the order of the names. */
  readonly slides: ReadonlyMap<string, SlideFiles>;
  /** Tables that were found where no table was named: a DSMIL index. */
  readonly index: readonly Found[];
  /** Remarks for people. */
  readonly notes: readonly string[];
}

/** In folders of a few `.h5` files each may hold many slides. */
const MANY_SLIDES_AMONG = 8;

/**
 * Finds the slides of a folder (or of one file of many slides) by the layouts of CLAM, TRIDENT, torchmil, ACMIL and DSMIL, or
 * just files side by side. A slide that is there twice goes to `report`; the first file counts. Throws `UserError` where the
 * folder holds features of several encoders, or none.
 */
export async function scanFolder(path: string, wanted: string | undefined, report: Report): Promise<Scan> {
  const info = await stat(path).catch(() => undefined);
  if (!info) throw new UserError(`${path}: no such folder`);
  const dir = info.isDirectory() ? path : dirname(path);
  const found = info.isDirectory()
    ? await walk(path)
    : [{ path, name: basename(path), folders: [] }, ...neighbours(path)];
  const dsmil = await dsmilFiles(found);
  const folders = roleFolders(found, (file) => dsmil.bags.has(file.path));
  const { read, leftAside } = chooseFeatures(folders, wanted, shown(path));
  const notes = leftAside.map(
    (folder) => `${folder.folders.join('/')}: left aside, since h5_files has the same slides (${folder.files.size})`,
  );

  const slides = new Map<string, SlideFiles>();
  const add = (id: string, file: Found, files: SlideFiles): void => {
    const fault = nameFault(id);
    const before = slides.get(id);
    if (fault) report({ level: 'error', slide: id, message: `${file.name}: ${fault}; rename it` });
    else if (before)
      report({
        level: 'error',
        slide: id,
        message: `slide ${id}: there twice, in ${before.features.name} and ${file.name}; remove one or give one a name of its own`,
      });
    else slides.set(id, files);
  };
  for (const folder of read) {
    for (const [id, file] of [...folder.files, ...folder.twice]) {
      const groups = await groupsOf(file, folder);
      if (!groups) add(id, file, { id, features: placeOf(file), ...besides(id, folder, folders) });
      else for (const group of groups) add(group, file, { id: group, features: { ...placeOf(file), group } });
    }
  }
  if (slides.size === 0)
    throw new UserError(
      `${shown(path)}: no features in it, expected files that end in ${listed(['.h5', '.pt', '.npy', '.npz', '.safetensors'])}`,
    );
  return { dir, slides: new Map([...slides].sort(([a], [b]) => (a < b ? -1 : 1))), index: dsmil.index, notes };
}

/** Coordinates that CLAM, TRIDENT and torchmil keep in a folder next to that of a file of features. */
function neighbours(path: string): Found[] {
  const top = dirname(dirname(resolve(path)));
  const stem = basename(path, extname(path));
  const places = [
    ...['.h5', '_patches.h5'].map((ending) => ({ folder: 'patches', name: `${stem}${ending}` })),
    ...['.npy', '.h5'].map((ending) => ({ folder: 'coords', name: `${stem}${ending}` })),
  ];
  return places.flatMap(({ folder, name }) => {
    const at = join(top, folder, name);
    return existsSync(at) ? [{ path: at, name: `${folder}/${name}`, folders: [folder] }] : [];
  });
}

const placeOf = ({ path, name }: Found): FilePlace => ({ path, name });

/** The slides of a file of many (ACMIL's form), or undefined for a file of one, or that cannot be opened: told when it is read. */
async function groupsOf(file: Found, folder: RoleFolder): Promise<string[] | undefined> {
  if (formatOf(file.path) !== 'hdf5') return undefined;
  const likely = /(^|\/)([a-z0-9]+_)?patch_feats_pretrain_/i.test(file.name);
  if (!likely && folder.files.size > MANY_SLIDES_AMONG) return undefined;
  const groups = await slideGroups(file.path, file.name, FEATURE_NAMES).catch(() => []);
  return groups.length > 0 ? groups : undefined;
}

/** Files of coordinates and labels that belong to a slide: in the folders that are nearest to that of its features. */
function besides(id: string, folder: RoleFolder, all: readonly RoleFolder[]): Partial<SlideFiles> {
  const out: Partial<Record<'coords' | 'label' | 'instanceLabels', FilePlace>> = {};
  for (const role of ['coords', 'label', 'instanceLabels'] as const) {
    const holding = all.filter((other) => other.role === role && other.files.has(id));
    const near = holding.sort((a, b) => common(b.folders, folder.folders) - common(a.folders, folder.folders))[0];
    if (near) out[role] = placeOf(near.files.get(id)!);
  }
  return out;
}

/** A name for the folder's cohort, told from those of the suite: `own-NAME`, of what fits in a file name. */
export function cohortName(path: string): string {
  const name = formatOf(path) ? basename(path, extname(path)) : basename(path);
  return `own-${name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+|[.-]+$/g, '') || 'folder'}`;
}
