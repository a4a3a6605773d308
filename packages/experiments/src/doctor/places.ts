import { existsSync, readdirSync, statfsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { cacheDir } from '@asmil/core';
import { checkWritable } from '../store/folder.js';
import type { Finding } from './types.js';

/** Below this a run or a download may not fit. */
const LITTLE_SPACE = 2e9;

/** The home folder as `~`: what is printed is shown to others. */
export function withoutHome(text: string, home = homedir()): string {
  return home.length > 1 ? text.replaceAll(home, '~') : text;
}

/** Folders that are written to: whether they can be, and the room on their disks. */
export function examinePlaces(root: string): Finding[] {
  const store = join(root, '.runs');
  return [
    examine('cache', cacheDir(), 'ASMIL_CACHE', ''),
    examine('run store', store, '--store DIR', `, ${storedRuns(store)} runs`),
    examine('reports', join(root, 'reports'), '--out DIR', ''),
  ];
}

function examine(what: string, dir: string, option: string, more: string): Finding {
  const shown = withoutHome(dir);
  try {
    checkWritable(dir, option);
  } catch (error) {
    return { state: 'bad', what, found: shown, how: withoutHome((error as Error).message) };
  }
  const free = freeSpace(dir);
  const found = `${shown}${more}, ${(free / 1e9).toFixed(1)} GB free`;
  if (free >= LITTLE_SPACE) return { state: 'ok', what, found };
  return { state: 'bad', what, found, how: `make room, or take a folder on another disk with ${option}` };
}

function freeSpace(dir: string): number {
  let parent = resolve(dir);
  while (!existsSync(parent)) parent = dirname(parent);
  const { bavail, bsize } = statfsSync(parent);
  return bavail * bsize;
}

/** Folders of two hex digits hold the runs. */
function storedRuns(store: string): number {
  if (!existsSync(store)) return 0;
  const folders = readdirSync(store).filter((name) => /^[0-9a-f]{2}$/.test(name));
  const runs = folders.flatMap((name) => readdirSync(join(store, name)));
  return runs.filter((name) => /^[0-9a-f]{16}$/.test(name)).length;
}
