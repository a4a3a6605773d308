import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../temp-name.js';
import { checkStopped } from './process.js';

/** A lock whose holder has not touched it for this long is taken over, whoever holds it. Milliseconds. */
const SILENT = 120_000;
const HEARTBEAT = 10_000;

/**
 * Runs `work` while holding the lock file `.lock` in a folder; a second process waits. The lock of a process that has
 * died on this host is taken over at once, one from another host (a shared home folder) after two silent minutes.
 * `waiting` is called once, with words, when there is something to wait for.
 */
export async function withLock<T>(
  dir: string,
  waiting: (line: string) => void,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, '.lock');
  const mine = `${hostname()} ${process.pid} ${Date.now()}`;
  for (let told = false; !take(file, mine); ) {
    checkStopped(signal);
    const other = holder(file);
    if (isDead(file, other)) {
      clear(file, other);
      continue;
    }
    if (!told) waiting('Another set-up of the native engine is running; waiting for it.');
    told = true;
    await sleep(250);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    if (holder(file) === mine) utimesSync(file, now, now);
  }, HEARTBEAT);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (holder(file) === mine) rmSync(file, { force: true });
  }
}

function take(file: string, mine: string): boolean {
  try {
    writeFileSync(file, mine, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function holder(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Removes a dead holder's lock. Should a third process have been faster and hold it by now, it gets it back. */
function clear(file: string, dead: string): void {
  const aside = `${file}-${process.pid}`;
  try {
    renameSync(file, aside);
    if (holder(aside) !== dead) linkSync(aside, file);
  } catch {
    // gone already, or taken again: the next look decides
  }
  rmSync(aside, { force: true });
}

function isDead(file: string, content: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) return false;
  if (Date.now() - stat.mtimeMs > SILENT) return true;
  const [host, pid] = content.split(' ');
  if (host !== hostname() || !pid || Number(pid) === process.pid) return false;
  return !isAlive(Number(pid));
}
