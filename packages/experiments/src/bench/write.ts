import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { prettyJson } from '../reports/canonical-json.js';
import { renderSvg } from '../reports/charts/render.js';
import { readIfThere } from '../reports/read-file.js';
import { sharedScripts } from '../reports/shared-scripts.js';
import { writeFileAtomic } from '../reports/write-file.js';
import type { Provenance } from '../types.js';
import { benchContent } from './content.js';
import { benchPage } from './page.js';
import { benchHtml } from './page-html.js';
import type { BenchResults } from './types.js';

/**
 * Writes `results.json`, `provenance.json`, every chart as `*.vl.json` and `*.svg`, `index.md` and, last, `report.html`,
 * with the chart libraries in `assets` beside the folder. A hand-written `notes.md` in it is shown and left alone. Returns
 * the path of `index.md`. Throws the file system's errors.
 */
export async function writeBenchReport(results: BenchResults, provenance: Provenance, dir: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  const content = benchContent(results, provenance, await readIfThere(join(dir, 'notes.md')));
  await writeFileAtomic(join(dir, 'results.json'), resultsJson(results));
  await writeFileAtomic(join(dir, 'provenance.json'), prettyJson(provenance));
  const svgs = new Map<string, string>();
  for (const { id, spec } of content.charts) {
    const { svg } = await renderSvg(spec);
    svgs.set(id, svg);
    await writeFileAtomic(join(dir, `${id}.vl.json`), `${JSON.stringify(spec)}\n`);
    await writeFileAtomic(join(dir, `${id}.svg`), svg);
  }
  const page = join(dir, 'index.md');
  await writeFileAtomic(page, benchPage(content));
  const scripts = await sharedScripts(join(dirname(dir), 'assets'), dir);
  await writeFileAtomic(join(dir, 'report.html'), benchHtml(content, { svgs, scripts }));
  return page;
}

/** One line a row. */
function resultsJson({ rows, slides, ...rest }: BenchResults): string {
  const head = JSON.stringify(rest).slice(0, -1);
  const lines = (values: readonly object[]): string => `[\n${values.map((row) => JSON.stringify(row)).join(',\n')}\n]`;
  return `${head},"rows":${lines(rows)}${slides ? `,"slides":${lines(slides)}` : ''}}\n`;
}
