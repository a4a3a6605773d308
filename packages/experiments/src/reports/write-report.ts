import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import type { Experiment, Provenance, Results } from '../types.js';
import { canonicalJson, prettyJson } from './canonical-json.js';
import { renderPng, renderSvg } from './charts/index.js';
import { resultsCsv } from './csv.js';
import { isCurrent } from './current.js';
import type { StabilityRow } from './gallery/stability.js';
import type { Gallery } from './gallery/types.js';
import { BROWSER_SCRIPTS, scriptPath } from './library.js';
import { type ReportPage, reportPage } from './page.js';
import { htmlPage } from './page-html.js';
import { markdownPage, markdownTable } from './page-markdown.js';
import { readIfThere } from './read-file.js';
import { packResults } from './results-file.js';
import { sharedScripts } from './shared-scripts.js';
import { summarise } from './summary.js';
import { writeFileAtomic } from './write-file.js';

export interface WriteReportOptions extends ReportFolders {
  readonly experiment: Experiment;
  readonly results: Results;
  readonly gallery?: Gallery | undefined;
  readonly stability?: readonly StabilityRow[] | undefined;
}

/** Where and how a report is written. */
export interface ReportFolders {
  readonly provenance: Provenance;
  /** Folder of this report, made if missing. A hand-written `notes.md` in it is shown and left alone. */
  readonly outDir: string;
  /** Folder that the pages of all reports share for the chart libraries; filled on first use. */
  readonly assetsDir: string;
  /** The libraries stand inside the page instead: one file to send, about 0.8 MB larger. */
  readonly standalone?: boolean;
  /** Bitmaps beside the SVG files, drawn with this machine's fonts. */
  readonly png?: boolean;
}

export interface WrittenReport {
  /** Absolute or as `outDir` was given; the shared libraries are not among them. */
  readonly files: string[];
  /** The table of scores in Markdown. */
  readonly markdownTable: string;
}

/**
 * Writes one report: `index.md`, `report.html`, `results.json`, `results.csv`, `provenance.json` and every chart as
 * `*.vl.json` and `*.svg`. The same input gives the same bytes; nothing is trained. A report that is current already (same
 * results, same commit, no newer notes) is left as it is. Throws the file system's errors.
 */
export async function writeReport(options: WriteReportOptions): Promise<WrittenReport> {
  const { experiment, results, provenance, gallery, stability } = options;
  return writePage(options, {
    resultsText: canonicalJson(packResults(results)),
    csv: () => resultsCsv(summarise(experiment, results)),
    page: (notes) => reportPage({ experiment, results, provenance, notes, gallery, stability }),
  });
}

/** Writes the files of a page; `notes` is the text of `notes.md`, if there is one. */
export async function writePage(
  options: ReportFolders,
  content: { resultsText: string; csv: () => string; page: (notes: string | null) => ReportPage },
): Promise<WrittenReport> {
  const { provenance, outDir, assetsDir } = options;
  const { resultsText } = content;
  await mkdir(outDir, { recursive: true });
  const page = content.page(await readIfThere(join(outDir, 'notes.md')));
  const table = markdownTable(page.tables[0]!);
  if (!options.png && !options.standalone && (await isCurrent(outDir, resultsText, provenance))) {
    return { files: [join(outDir, 'report.html')], markdownTable: table };
  }
  const files: string[] = [];
  const write = async (name: string, content: string | Uint8Array): Promise<void> => {
    const path = join(outDir, name);
    await writeFileAtomic(path, content);
    files.push(path);
  };

  await write('results.json', resultsText);
  await write('results.csv', content.csv());
  await write('provenance.json', prettyJson(provenance));
  const svgs = new Map<string, string>();
  for (const chart of page.charts) {
    const { svg } = await renderSvg(chart.spec);
    svgs.set(chart.id, svg);
    await write(`${chart.id}.vl.json`, `${JSON.stringify(chart.spec)}\n`);
    await write(`${chart.id}.svg`, svg);
    if (options.png) await write(`${chart.id}.png`, await renderPng(svg));
  }
  const scripts = options.standalone ? await sources() : await sharedScripts(assetsDir, outDir);
  await write('index.md', markdownPage(page));
  await write('report.html', htmlPage(page, { svgs, scripts, home: homeOf(outDir, assetsDir, options.standalone) }));
  return { files, markdownTable: table };
}

/** A report that shares its libraries with others stands beside the page of them all. */
function homeOf(outDir: string, assetsDir: string, standalone: boolean | undefined): string | undefined {
  const way = relative(outDir, join(dirname(assetsDir), 'index.html'));
  return !standalone && way.startsWith('..') ? way.split(/[\\/]/).map(encodeURIComponent).join('/') : undefined;
}

async function sources(): Promise<{ source: string }[]> {
  return Promise.all(BROWSER_SCRIPTS.map(async (script) => ({ source: await readFile(scriptPath(script), 'utf8') })));
}
