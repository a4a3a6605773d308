import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Temp folders of other hosts (a shared file system) are removed when they are older than this. */
const FOREIGN_AGE_MS = 24 * 3600 * 1000;
const TEMP = /^\.tmp-(.+)-(\d+)-[0-9a-f]{8}$/;

const safeHost = (): string => hostname().replace(/[^A-Za-z0-9]/g, '_');

/** Name of a temp folder that tells whose it is. */
export const tempName = (): string => `.tmp-${safeHost()}-${process.pid}-${randomBytes(4).toString('hex')}`;

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

/** A file's text, or what writes it (and forces it to the disk). */
export type FileContent = string | ((path: string) => Promise<void>);

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
  await mkdir(temp, { recursive: true });
  try {
    for (const [name, content] of Object.entries(files)) {
      if (typeof content === 'string') await writeSynced(join(temp, name), content);
      else await content(join(temp, name));
    }
    await syncFolder(temp);
    if (replace && existsSync(target)) {
      const old = join(parent, tempName());
      await rename(target, old).catch(unlessOther('ENOENT'));
      await rename(temp, target).catch(unlessOther('ENOTEMPTY', 'EEXIST')); // another command has just replaced it
      await rm(old, { recursive: true, force: true });
    } else if (existsSync(target)) {
      return false;
    } else {
      await rename(temp, target);
    }
    await syncFolder(parent);
    return true;
  } catch (error) {
    if (!replace && existsSync(target)) return false; // another command was first
    throw error;
  } finally {
    await rm(temp, { recursive: true, force: true }).catch(() => {});
  }
}

/** Passes over the errors by which a command that does the same at the same time shows. */
const unlessOther =
  (...codes: string[]) =>
  (error: NodeJS.ErrnoException): void => {
    if (!codes.includes(error.code ?? '')) throw error;
  };

/** Removes the temp folders below `parent` whose process is gone. */
export async function cleanTemp(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const [, host, pid] = TEMP.exec(name) ?? [];
    if (!host || !pid) continue;
    const path = join(parent, name);
    const dead = host === safeHost() ? !isAlive(Number(pid)) : await isOld(path);
    if (dead) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isOld(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info !== undefined && Date.now() - info.mtimeMs > FOREIGN_AGE_MS;
}
