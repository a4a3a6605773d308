import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
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

/** Whether a process of this machine is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'; // there, and of another user
  }
}

async function isOld(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info !== undefined && Date.now() - info.mtimeMs > FOREIGN_AGE_MS;
}
