import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { renderSvg } from '../reports/charts/render.js';
import { readEntries } from '../reports/entries.js';

/**
 * What is wrong with a folder of reports, one line each: an experiment without a report, a report that cannot be read or
 * lacks its page, a chart that Vega-Lite does not compile and draw without a warning. Nothing is wrong: no lines.
 */
export async function reportFaults(reportsDir: string, experiments: readonly string[]): Promise<string[]> {
  const entries = existsSync(reportsDir) ? await readEntries(reportsDir) : [];
  const there = new Set(entries.flatMap((entry) => ('broken' in entry ? [] : [entry.experiment])));
  const faults = experiments.filter((id) => !there.has(id)).map((id) => `${id}: no report`);
  for (const entry of entries) {
    const { folder } = entry;
    if ('broken' in entry) {
      faults.push(`${folder}: its results.json or provenance.json cannot be read`);
      continue;
    }
    const files = await readdir(join(reportsDir, folder));
    for (const page of ['index.md', 'report.html']) if (!files.includes(page)) faults.push(`${folder}: no ${page}`);
    const charts = files.filter((name) => name.endsWith('.vl.json'));
    if (charts.length === 0) faults.push(`${folder}: no chart`);
    for (const chart of charts)
      faults.push(...(await chartFaults(join(reportsDir, folder, chart), `${folder}/${chart}`)));
  }
  return faults;
}

async function chartFaults(path: string, name: string): Promise<string[]> {
  try {
    const spec = JSON.parse(await readFile(path, 'utf8')) as TopLevelSpec;
    const { svg, warnings } = await renderSvg(spec);
    const holes = /NaN|undefined|Infinity/.test(svg) ? [`${name}: draws what is no number`] : [];
    return [...warnings.map((warning) => `${name}: ${warning}`), ...holes];
  } catch (error) {
    return [`${name}: does not compile: ${(error as Error).message.split('\n')[0]}`];
  }
}
