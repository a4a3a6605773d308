import { join } from 'node:path';
import { readEntries } from '../reports/entries.js';
import { writeReadme } from '../reports/report-index.js';
import { sharedScripts } from '../reports/shared-scripts.js';
import { writeFileAtomic } from '../reports/write-file.js';
import { groupsOf } from './groups.js';
import { sitePage } from './page.js';

/**
 * Writes the lists of all reports into their folder: `README.md` and the front page `index.html`. Returns how many reports
 * there are.
 */
export async function writeReportIndex(reportsDir: string): Promise<{ reports: number }> {
  const entries = await readEntries(reportsDir);
  await sharedScripts(join(reportsDir, 'assets'), reportsDir); // not kept under version control
  await writeReadme(reportsDir, entries);
  await writeFileAtomic(join(reportsDir, 'index.html'), sitePage(groupsOf(entries)));
  return { reports: entries.length };
}
