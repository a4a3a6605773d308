import { open } from 'node:fs/promises';
import type { Found } from './walk.js';

/** The first line of a text file, as far as it goes. */
async function firstLine(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
    return buffer
      .toString('utf8', 0, bytesRead)
      .replace(/^\ufeff/, '')
      .split(/\r?\n/)[0]!;
  } finally {
    await handle.close();
  }
}

/** CSV files as DSMIL has them: bags, and the index that lists their paths and labels. */
export interface DsmilFiles {
  readonly bags: ReadonlySet<string>;
  readonly index: readonly Found[];
}

export async function dsmilFiles(found: readonly Found[]): Promise<DsmilFiles> {
  const bags = new Set<string>();
  const index: Found[] = [];
  for (const file of found) {
    if (!file.name.toLowerCase().endsWith('.csv')) continue;
    const line = await firstLine(file.path).catch(() => '');
    if (/^"?0"?,"?label"?$/.test(line)) index.push(file);
    else if (/^"?0"?,"?1"?(,|$)/.test(line)) bags.add(file.path);
  }
  return { bags, index };
}
