import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fakeExperiment, fakeProvenance, fakeResults } from '../../test/fake-results.js';
import { writeReport } from './index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asmil-current-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a report that says all of it already is left as it is, and drawn anew for new results, commits or notes', async () => {
  const outDir = join(folder, 'report');
  const assetsDir = join(folder, 'assets');
  const results = fakeResults({ seeds: 2, epochs: 3 });
  const write = async (created: string, commit: string, given = results): Promise<string> => {
    const provenance = { ...fakeProvenance(), created, commit };
    const { markdownTable } = await writeReport({
      experiment: fakeExperiment(),
      results: given,
      provenance,
      outDir,
      assetsDir,
    });
    expect(markdownTable).toContain('macro F1');
    return (JSON.parse(await readFile(join(outDir, 'provenance.json'), 'utf8')) as { created: string }).created;
  };
  expect(await write('t1', 'a')).toBe('t1');
  expect(await write('t2', 'a')).toBe('t1');
  expect(await write('t3', 'b')).toBe('t3');
  expect(await write('t4', 'b-dirty')).toBe('t4');
  expect(await write('t5', 'b-dirty')).toBe('t5');
  expect(await write('t6', 'b')).toBe('t6');
  const notes = join(outDir, 'notes.md');
  await writeFile(notes, 'Seen.');
  const later = new Date(Date.now() + 5000);
  await utimes(notes, later, later);
  expect(await write('t7', 'b')).toBe('t7');
  await utimes(notes, new Date(0), new Date(0));
  expect(await write('t8', 'b')).toBe('t7');
  expect(await write('t9', 'b', { ...results, runs: results.runs.slice(1) })).toBe('t9');
});
