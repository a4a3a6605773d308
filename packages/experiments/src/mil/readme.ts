import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelCards, withCards } from '@asmil/baselines';
import { UserError } from '@asmil/core';

/** Files with parts that are made from the registry, below the repository's root. */
export const READMES = ['README.md', 'packages/baselines/README.md'] as const;

/** Writes the generated parts of the READMEs anew; returns the files that changed. */
export async function updateReadmes(root: string): Promise<readonly string[]> {
  const cards = modelCards();
  const changed: string[] = [];
  for (const path of READMES) {
    const file = join(root, path);
    const before = await readFile(file, 'utf8').catch(() => {
      throw new UserError(`${path}: no such file here; run the command in the root of the repository`, 2);
    });
    const after = withCards(before, cards);
    if (after === before) continue;
    await writeFile(file, after);
    changed.push(path);
  }
  return changed;
}
