import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Temp folders of other hosts (a shared file system) and of earlier boots are removed when they are older than this. */
const FOREIGN_AGE_MS = 24 * 3600 * 1000;
const TEMP = /^\.tmp-(.+)-(\d+)-[0-9a-f]{8}$/;

/**
 * Where a process number means this process: the host's name, and a hash of it with the boot and the process namespace, for
 * cloned machines and containers that share a name.
 */
function hereTag(): string {
  const of = (read: () => string): string => {
    try {
      return read();
    } catch {
      return ''; // not Linux
    }
  };
  const boot = of(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const space = of(() => readlinkSync('/proc/self/ns/pid'));
  const hash = createHash('sha256')
    .update(JSON.stringify([hostname(), boot, space]))
    .digest('hex');
  return `${hostname().replace(/[^A-Za-z0-9]/g, '_')}.${hash.slice(0, 8)}`;
}

const HERE = hereTag();

/** Name of a temp folder or file that tells whose it is. */
export const tempName = (pid: number = process.pid): string => `.tmp-${HERE}-${pid}-${randomBytes(4).toString('hex')}`;

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

/** Removes the temp folders below `parent` whose process is gone; of other hosts, those that are old. */
export async function cleanTemp(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const [, host, pid] = TEMP.exec(name) ?? [];
    if (!host || !pid) continue;
    const path = join(parent, name);
    const dead = host === HERE ? !isAlive(Number(pid)) : await isOld(path);
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
