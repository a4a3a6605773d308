import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '@asmil/core/errors';
import { tempName } from '@asmil/core/temp-name';
import { writeError } from './errors.js';

/** A block of any disk: a full one may still have room for an entry of a folder. */
const BLOCK = Buffer.alloc(4096);

/** Makes a folder of that path with a file of one block in it, and removes it. Throws what the system says. */
export function tryWriting(path: string): void {
  mkdirSync(path);
  try {
    writeFileSync(join(path, 'block'), BLOCK);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Makes sure that `dir` can be made and written, by making and removing a folder in its nearest parent that exists.
 * Throws a `UserError` that names the path and the option that changes it. Hours of computing must not end at a folder
 * that cannot be written.
 */
export function checkWritable(dir: string, option: string): void {
  let parent = resolve(dir);
  while (!exists(parent)) parent = dirname(parent);
  try {
    if (!statSync(parent).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    tryWriting(join(parent, tempName()));
  } catch (error) {
    throw writeError(error, dir, option);
  }
}

/** Makes a folder and its parents. Throws a `UserError` that names the path and the option that changes it. */
export function makeFolder(dir: string, option: string): void {
  try {
    makeFolders(dir);
    if (!statSync(dir).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
  } catch (error) {
    throw writeError(error, dir, option);
  }
}

/**
 * Makes a folder and its parents one by one, and throws what the system says: Node's recursive call never returns on some
 * virtual file systems, and says on a read-only one that there is no such folder.
 */
export function makeFolders(dir: string): void {
  const missing: string[] = [];
  for (let path = resolve(dir); !exists(path); path = dirname(path)) missing.unshift(path);
  for (const path of missing) mkdirOnce(path);
}

/** Another command may make the same folder at the same moment. */
function mkdirOnce(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new UserError(`cannot read ${path}: ${code}; choose another folder`);
  }
}
