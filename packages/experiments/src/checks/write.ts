import { prettyJson } from '../reports/canonical-json.js';
import { commonFacts, paragraphs, type ReportPage } from '../reports/page.js';
import { tableCsv } from '../reports/table-csv.js';
import { sourceText, unbroken } from '../reports/wording.js';
import { type ReportFolders, type WrittenReport, writePage } from '../reports/write-report.js';
import type { Provenance } from '../types.js';
import type { Check, CheckPage } from './types.js';

export interface WriteCheckReportOptions extends ReportFolders {
  readonly check: Check;
  readonly numbers: unknown;
  readonly preset: string;
}

/** Writes the report of a check: the same files as every report. Throws the file system's errors. */
export async function writeCheckReport(options: WriteCheckReportOptions): Promise<WrittenReport> {
  const { check, numbers, preset, provenance } = options;
  const own = check.page(numbers);
  return writePage(options, {
    resultsText: prettyJson({ format: 1, kind: 'check', experiment: check.id, title: check.title, preset, numbers }),
    csv: () => own.tables.map(tableCsv).join('\n'),
    page: (notes) => checkPage(check, own, provenance, notes),
  });
}

function checkPage(check: Check, own: CheckPage, provenance: Provenance, notes: string | null): ReportPage {
  return {
    title: own.subtitle ? `${check.title}: ${own.subtitle}` : check.title,
    simulated: own.simulated,
    source: sourceText(check.paper),
    question: unbroken(check.question),
    partial: null,
    facts: [...own.facts, ...commonFacts('wasm', provenance).filter(({ name }) => name !== 'Scores')],
    factsHeading: 'How it was computed',
    tables: own.tables,
    leading: { tables: 1, charts: own.charts.length },
    detailHeading: 'In numbers',
    charts: own.charts.map((chart) => ({ ...chart, caption: unbroken(chart.caption) })),
    reading: own.reading.map(({ heading, paragraphs: lines }) => ({ heading, paragraphs: lines.map(unbroken) })),
    diverged: [],
    command: provenance.command,
    notes: paragraphs(notes ?? ''),
  };
}
