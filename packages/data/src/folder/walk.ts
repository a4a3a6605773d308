import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@asmil/core';
import { shown } from '../files/shown.js';

/** A file below a folder. */
export interface Found {
  readonly path: string;
  /** Path from the folder, with slashes. */
  readonly name: string;
  /** Folders between the two, from the top. */
  readonly folders: readonly string[];
}

const MAX_DEPTH = 10;
const MAX_FILES = 2_000_000;
/** Folders of pictures and of one vector a slide that stand beside features of tiles. */
const PASSED_OVER =
  /^(\..*|masks|stitches|contours(_geojson)?|thumbnails|visualization|slide_features_.*|node_modules)$/;

/**
 * All files below a folder, by name, links followed (a folder that leads back to one above it is visited once). Throws
 * `UserError` for a folder that cannot be read.
 */
export async function walk(top: string): Promise<Found[]> {
  const found: Found[] = [];
  const visited = new Set<string>();
  const visit = async (path: string, folders: readonly string[]): Promise<void> => {
    const real = await realpath(path);
    if (visited.has(real) || folders.length > MAX_DEPTH) return;
    visited.add(real);
    const entries = await readdir(path, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const at = join(path, entry.name);
      const kind = await kindOf(entry, at);
      if (kind === 'file') found.push({ path: at, name: [...folders, entry.name].join('/'), folders });
      if (kind === 'folder' && !PASSED_OVER.test(entry.name)) await visit(at, [...folders, entry.name]);
      if (found.length > MAX_FILES)
        throw new UserError(`${shown(top)}: more than ${MAX_FILES} files; name the folder of the features`);
    }
  };
  try {
    await visit(top, []);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code, path } = error as NodeJS.ErrnoException;
    throw new UserError(`${path ?? top}: ${code === 'ENOENT' ? 'no such folder' : `cannot be read (${code})`}`);
  }
  return found;
}

async function kindOf(entry: Dirent, path: string): Promise<'file' | 'folder' | undefined> {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (!entry.isSymbolicLink()) return undefined; // a pipe or device
  const target = await stat(path).catch(() => undefined); // a link that leads nowhere
  return target?.isFile() ? 'file' : target?.isDirectory() ? 'folder' : undefined;
}
