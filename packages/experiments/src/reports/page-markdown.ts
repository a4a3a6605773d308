import { escapeMarkdown, fencedMarkdown, proseMarkdown } from './escape.js';
import type { ReportPage } from './page.js';
import type { ReportTable } from './tables.js';

/** The report as Markdown for GitHub: charts as SVG files beside it. Ends with a newline. */
export function markdownPage(page: ReportPage): string {
  const { tables, charts } = page.leading ?? { tables: 1, charts: 1 };
  const blocks = [
    `# ${escapeMarkdown(page.title)}`,
    `${page.simulated ? '**Simulated cohort.** ' : ''}${escapeMarkdown(page.source)}. ${escapeMarkdown(page.question)}`,
    ...(page.partial ? [`> **Partial report.** ${escapeMarkdown(page.partial)}`] : []),
    ...section('What this shows', page.notes.map(proseMarkdown)),
    ...section('Results', page.tables.slice(0, tables).flatMap(tableBlocks)),
    ...page.charts.slice(0, charts).flatMap(chartBlocks),
    ...section(
      'Reading',
      page.reading.flatMap((part) => [`### ${escapeMarkdown(part.heading)}`, ...part.paragraphs.map(escapeMarkdown)]),
    ),
    ...section('Further charts', page.charts.slice(charts).flatMap(chartBlocks)),
    ...section(page.detailHeading, page.tables.slice(tables).flatMap(tableBlocks)),
    ...section(
      'Diverged runs',
      page.diverged.length === 0
        ? []
        : ['Their scores are in no mean above.', page.diverged.map((line) => `- ${escapeMarkdown(line)}`).join('\n')],
    ),
    ...section(page.factsHeading ?? 'Cohort and protocol', [
      page.facts.map((fact) => `- **${escapeMarkdown(fact.name)}:** ${escapeMarkdown(fact.value)}`).join('\n'),
    ]),
    ...section('How to get this again', [
      fencedMarkdown(page.command, 'sh'),
      'Files: [interactive page](report.html), [table as CSV](results.csv), [all results](results.json), [provenance](provenance.json); each chart is also a Vega-Lite spec (`*.vl.json`).',
    ]),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** A table with its title above and its notes below. */
export function markdownTable(table: ReportTable): string {
  const header = table.columns.map(({ label, alone }) => escapeMarkdown(alone ?? label));
  const rows = table.rows.map((row) =>
    row.cells.map((cell) => (cell.best ? `**${escapeMarkdown(cell.text)}**` : escapeMarkdown(cell.text))),
  );
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(table.columns.map((column) => (column.text ? ':--' : '--:'))), ...rows.map(line)].join(
    '\n',
  );
}

function tableBlocks(table: ReportTable): string[] {
  const notes = table.notes.length === 0 ? [] : [escapeMarkdown(table.notes.join(' '))];
  return [`**${escapeMarkdown(table.title)}**`, markdownTable(table), ...notes];
}

function chartBlocks(chart: ReportPage['charts'][number]): string[] {
  return [`![${escapeMarkdown(chart.alt)}](${chart.id}.svg)`, escapeMarkdown(chart.caption)];
}

/** Nothing for an empty section. */
function section(heading: string, blocks: readonly string[]): string[] {
  return blocks.length === 0 ? [] : [`## ${heading}`, ...blocks];
}
