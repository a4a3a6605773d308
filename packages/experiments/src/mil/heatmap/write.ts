import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileWhole } from '@asmil/core';
import { stringify } from 'csv-stringify/sync';
import { renderPng } from '../../reports/charts/render.js';
import { BROWSER_SCRIPTS, scriptPath } from '../../reports/library.js';
import { heatGeojson } from './geojson.js';
import { type HeatScale, type HeatSlide, heatOf } from './heat.js';
import { overlaySvg, type Thumbnail } from './overlay.js';
import { heatPage } from './page.js';

const NAMES: Readonly<Record<HeatScale, string>> = {
  percentile: 'rank among the tiles',
  minmax: 'attention, smallest to largest',
  weight: 'weight × N / 10',
};

export interface HeatRequest {
  readonly slide: HeatSlide;
  readonly model: string;
  readonly classes: readonly string[];
  readonly probabilities: readonly number[];
  readonly scale: HeatScale;
  readonly thumbnail?: Thumbnail;
  readonly geojson: boolean;
  /** Folder of the files. */
  readonly out: string;
}

/** A slide's name as the name of a file: names inside HDF5 and NumPy files may hold what leads to another folder. */
export const fileStem = (id: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  id.replace(/[/\\\u0000-\u001f]/g, '_').replace(/^\.+$/, (dots) => '_'.repeat(dots.length));

/** Writes `<slide>.png`, `.html`, `.csv` and, asked for, `.geojson`. Returns their paths. */
export async function writeHeatmap(request: HeatRequest): Promise<string[]> {
  const { slide, scale, thumbnail, geojson, out, ...said } = request;
  const heat = heatOf(slide.attention, scale);
  const path = (ending: string): string => join(out, `${fileStem(slide.id)}.${ending}`);
  const scripts = await Promise.all(BROWSER_SCRIPTS.map((script) => readFile(scriptPath(script), 'utf8')));
  const svg = overlaySvg(slide, heat, thumbnail);
  const n = slide.attention.length;
  const rows = Array.from({ length: n }, (_, i) => [
    slide.places[2 * i]!,
    slide.places[2 * i + 1]!,
    slide.attention[i]!,
    heat[i]!,
  ]);
  const files: [string, string | Uint8Array][] = [
    [path('png'), await renderPng(svg, 1)],
    [path('html'), heatPage({ slide, heat, scaleName: NAMES[scale], scripts, ...said })],
    [path('csv'), stringify([['x', 'y', 'attention', 'heat'], ...rows])],
    ...(geojson ? [[path('geojson'), heatGeojson(slide, heat)] as [string, string]] : []),
  ];
  for (const [file, content] of files) await writeFileWhole(file, content);
  return files.map(([file]) => file);
}
