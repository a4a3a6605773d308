import { escapeMarkdown, fencedMarkdown, proseMarkdown } from '../reports/escape.js';
import { markdownTable } from '../reports/page-markdown.js';
import type { ReportTable } from '../reports/tables.js';
import type { BenchContent } from './content.js';

/** The benchmark as a Markdown page, its charts as SVG files beside it. */
export function benchPage(content: BenchContent): string {
  const blocks = [
    `# ${escapeMarkdown(content.title)}`,
    escapeMarkdown(content.lead),
    ...section('What this shows', content.notes.map(proseMarkdown)),
    ...section('Reading', content.reading.length === 0 ? [] : [list(content.reading)]),
    ...section(
      'Charts',
      content.charts.flatMap(({ alt, id, caption }) => [
        `![${escapeMarkdown(alt)}](${id}.svg)`,
        escapeMarkdown(caption),
      ]),
    ),
    ...section('Growth', content.growth.flatMap(table)),
    ...section('Times', content.steps.flatMap(table)),
    ...section('Every measurement', content.details.flatMap(table)),
    ...section('What is measured', [terms(content.measured)]),
    ...section('Machine and code', [terms(content.facts)]),
    '## How to get this again',
    fencedMarkdown(content.command, 'sh'),
    'Times belong to one machine and one hour; the ratios carry further. Files: [interactive page](report.html), [all numbers](results.json), [provenance](provenance.json); each chart is also a Vega-Lite spec (`*.vl.json`).',
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** Nothing for an empty section. */
function section(heading: string, blocks: readonly string[]): string[] {
  return blocks.length === 0 ? [] : [`## ${heading}`, ...blocks];
}

function table(content: ReportTable): string[] {
  const notes = content.notes.length === 0 ? [] : [escapeMarkdown(content.notes.join(' '))];
  return [`**${escapeMarkdown(content.title)}**`, markdownTable(content), ...notes];
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${escapeMarkdown(line)}`).join('\n');
}

function terms(pairs: BenchContent['facts']): string {
  return pairs.map(([name, text]) => `- **${escapeMarkdown(name)}:** ${escapeMarkdown(text)}`).join('\n');
}
