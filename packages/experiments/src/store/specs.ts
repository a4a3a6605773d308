import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSpec } from '../types.js';

/**
 * Specifications of the runs in a store, to see what there may be reports of. Nothing is verified, and a run that cannot be
 * read is passed over: who uses a run reads it through the store.
 */
export async function storedSpecs(dir: string): Promise<RunSpec[]> {
  const specs: RunSpec[] = [];
  for (const part of await namesIn(dir)) {
    if (!/^[0-9a-f]{2}$/.test(part)) continue;
    for (const signature of await namesIn(join(dir, part))) {
      if (!/^[0-9a-f]+$/.test(signature)) continue;
      try {
        const file = JSON.parse(await readFile(join(dir, part, signature, 'record.json'), 'utf8'));
        specs.push(file.record.spec as RunSpec);
      } catch {}
    }
  }
  return specs;
}

const namesIn = (dir: string): Promise<string[]> => readdir(dir).catch(() => []);
