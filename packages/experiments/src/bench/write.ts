import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { prettyJson } from '../reports/canonical-json.js';
import { renderSvg } from '../reports/charts/render.js';
import { writeFileAtomic } from '../reports/write-file.js';
import type { Provenance } from '../types.js';
import { benchCharts } from './charts.js';
import { benchPage } from './page.js';
import type { BenchResults } from './types.js';

/**
 * Writes `results.json`, `provenance.json`, every chart as `*.vl.json` and `*.svg`, and `index.md` last. Returns its path.
 * Throws the file system's errors.
 */
export async function writeBenchReport(results: BenchResults, provenance: Provenance, dir: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  await writeFileAtomic(join(dir, 'results.json'), resultsJson(results));
  await writeFileAtomic(join(dir, 'provenance.json'), prettyJson(provenance));
  for (const { id, spec } of benchCharts(results)) {
    await writeFileAtomic(join(dir, `${id}.vl.json`), `${JSON.stringify(spec)}\n`);
    await writeFileAtomic(join(dir, `${id}.svg`), (await renderSvg(spec)).svg);
  }
  const page = join(dir, 'index.md');
  await writeFileAtomic(page, benchPage(results, provenance));
  return page;
}

/** One line a row. */
function resultsJson({ rows, ...rest }: BenchResults): string {
  const head = JSON.stringify(rest).slice(0, -1);
  return `${head},"rows":[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]}\n`;
}
