import { join } from 'node:path';
import type { BrokenEntry, ReportEntry } from './entries.js';
import { escapeMarkdown } from './escape.js';
import { writeFileAtomic } from './write-file.js';

/** Writes `README.md` in the folder of the reports: every report by name, one that cannot be read as such. */
export async function writeReadme(reportsDir: string, entries: readonly (ReportEntry | BrokenEntry)[]): Promise<void> {
  await writeFileAtomic(join(reportsDir, 'README.md'), reportIndex(entries));
}

function reportIndex(entries: readonly (ReportEntry | BrokenEntry)[]): string {
  const head = '| report | cohort | preset | engine | date | headline |\n| :-- | :-- | :-- | :-- | :-- | :-- |';
  const rows = entries.map(row);
  return `# Reports

Each folder holds one table or figure of the paper, measured again: the page, the charts and every number behind them.
[\`index.html\`](index.html) shows them with pictures and a search, from a clone or a download.

${rows.length === 0 ? 'No report has been written yet.' : `${head}\n${rows.join('\n')}`}

Headline: mean ± std of the setting that the others are compared with. Simulated cohorts are named so.
`;
}

function row(entry: ReportEntry | BrokenEntry): string {
  if ('broken' in entry) {
    return `| ${escapeMarkdown(entry.folder)} | its results.json or provenance.json cannot be read; write the report again | | | | |`;
  }
  const { folder, title, data, preset, partial, engine, date, headline } = entry;
  const link = `${folder.split('/').map(encodeURIComponent).join('/')}/index.md`;
  const cells = [data, preset + partial, engine, date, headline].map(escapeMarkdown);
  return `| ${[`[${escapeMarkdown(title)}](${link})`, ...cells].join(' | ')} |`;
}
