import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Provenance } from '../types.js';

/**
 * Whether the report in a folder already says all of this: the same results, drawn by the same commit of the suite, with
 * the notes as they are now. Drawing takes seconds, and a new time stamp alone is no reason for it. A checkout with changes
 * is never current: the change may be in the report's own code.
 */
export async function isCurrent(outDir: string, resultsText: string, provenance: Provenance): Promise<boolean> {
  const { commit, suite } = provenance;
  if (commit === null || commit.endsWith('-dirty')) return false;
  try {
    if ((await readFile(join(outDir, 'results.json'), 'utf8')) !== resultsText) return false;
    const before = JSON.parse(await readFile(join(outDir, 'provenance.json'), 'utf8')) as Partial<Provenance>;
    if (before.commit !== commit || before.suite !== suite) return false;
    const page = await changedAt(join(outDir, 'report.html'));
    const notes = await changedAt(join(outDir, 'notes.md')).catch(() => 0);
    return notes <= page;
  } catch {
    return false; // missing or damaged: to be written
  }
}

async function changedAt(path: string): Promise<number> {
  return (await stat(path)).mtimeMs;
}
