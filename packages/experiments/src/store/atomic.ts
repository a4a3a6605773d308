import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tempName } from '@asmil/core/temp-name';
import { makeFolders } from './folder.js';

/** Writes a file and forces it to the disk. */
async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {
    // Some systems (Windows) cannot sync a folder; the rename is atomic there all the same.
  }
}

/** A file's text, or what writes it (and forces it to the disk), or makes its text once the files before it are there. */
export type FileContent = string | ((path: string) => Promise<string> | Promise<void>);

/**
 * Puts a folder of files in place in one step: written beside it, forced to the disk, renamed. If the folder is there
 * already, `replace` decides whether the new one or the first one stays. Returns whether the new one was put in place.
 */
export async function placeFolder(
  target: string,
  files: Readonly<Record<string, FileContent>>,
  replace: boolean,
): Promise<boolean> {
  const parent = join(target, '..');
  const temp = join(parent, tempName());
  makeFolders(temp);
  try {
    for (const [name, content] of Object.entries(files)) {
      const text = typeof content === 'string' ? content : await content(join(temp, name));
      if (typeof text === 'string') await writeSynced(join(temp, name), text);
    }
    await syncFolder(temp);
    const placed = await putInPlace(temp, target, replace);
    await syncFolder(parent);
    return placed;
  } finally {
    await rm(temp, { recursive: true, force: true }).catch(() => {});
  }
}

/** How often a folder is replaced again when another command has put its own there in between. */
const TRIES = 5;

/**
 * The rename alone decides who was first: on a shared file system a look at the folder may show what it was a minute ago.
 */
async function putInPlace(temp: string, target: string, replace: boolean): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    if (replace) await moveAway(target);
    try {
      await rename(temp, target);
      return true;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      // NFS sends a request again when its answer was lost; the second one finds the work done.
      if (code === 'ENOENT' && !existsSync(temp) && existsSync(target)) return true;
      if (!['ENOTEMPTY', 'EEXIST'].includes(code)) {
        if (code === 'EPERM' && !replace && existsSync(target)) return false; // Windows
        throw error;
      }
      if (!replace || attempt === TRIES) return false;
    }
  }
}

async function moveAway(target: string): Promise<void> {
  const old = join(target, '..', tempName());
  try {
    await rename(target, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // A file that another process still reads may keep the folder alive on NFS; it is cleared away later.
  await rm(old, { recursive: true, force: true }).catch(() => {});
}

/** Puts a file in place in one step, whatever stands there; readers see the old text or the new one. */
export async function placeFile(path: string, text: string): Promise<void> {
  const temp = join(path, '..', tempName());
  try {
    await writeSynced(temp, text);
    await rename(temp, path);
  } catch (error) {
    await rm(temp, { force: true }).catch(() => {});
    throw error;
  }
}
