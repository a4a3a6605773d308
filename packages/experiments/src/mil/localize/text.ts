import { join } from 'node:path';
import { metrics, writeFileWhole } from '@asmil/core';
import { stringify } from 'csv-stringify/sync';
import { DEFAULT_POINTS, DEFAULT_VARIANT } from '../../localization/scores.js';
import { textTable } from '../table.js';
import type { Localized } from './localize.js';

const l = metrics.localization;
type Variant = metrics.localization.FrocVariant;

const VARIANTS = Object.keys(l.FROC_VARIANTS) as Variant[];

const shown = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** Slides in a table, then what they give together. */
export function localizedText(result: Localized): string {
  const { slides, tumourSlides, normalSlides, lesions, itcs, raster, scale, detail } = result;
  const perTarget = detail.perTarget
    ? l.FROC_TARGETS.map((target, i) => `${shown(detail.perTarget![i]!)} at ${target}`).join(', ')
    : '–';
  return [
    textTable(
      ['slide', 'lesions', 'found', 'false positives', 'Dice', 'Dice of tiles', 'specificity'],
      slides.map((s) => [
        s.id,
        s.normal ? 'none' : String(s.lesions),
        ...[s.normal ? '–' : String(s.found), String(s.falsePositives)],
        ...[s.dice, s.diceTile, s.specificity].map(shown),
      ]),
    ),
    '',
    `${count(tumourSlides, 'slide')} with ${count(lesions, 'lesion')}${itcs > 0 ? ` (and ${count(itcs, 'group')} of isolated tumour cells, which do not count)` : ''}, ${normalSlides} without`,
    `Dice ${shown(result.dice)} by pixels, ${shown(result.diceTile)} by tiles, mean over the slides with lesions; specificity ${shown(result.specificity)}, mean over those without`,
    `FROC score ${shown(result.froc[DEFAULT_POINTS][DEFAULT_VARIANT])}; sensitivity at false positives a slide: ${perTarget}`,
    '',
    textTable(
      ['FROC, points by', ...VARIANTS],
      l.POINTS.map((points) => [points, ...VARIANTS.map((variant) => shown(result.froc[points][variant]))]),
    ),
    '',
    `attention scaled by ${scale}; a tile counts from 0.5 on; raster of ${raster.pixelUm.toFixed(2)} µm a pixel (1 / ${raster.downsample} of level 0)`,
  ].join('\n');
}

/** Writes `slides.csv`, `froc.csv` and `localization.json` into a folder; returns their paths. */
export async function writeLocalized(dir: string, result: Localized): Promise<string[]> {
  const csv = (rows: readonly unknown[][]): string => stringify([...rows], { escape_formulas: true });
  const files: [string, string][] = [
    [
      'slides.csv',
      csv([
        ['slide', 'normal', 'lesions', 'found', 'itcs', 'false_positives', 'dice', 'dice_tile', 'specificity'],
        ...result.slides.map((s) => [
          ...[s.id, String(s.normal), s.lesions, s.found, s.itcs, s.falsePositives],
          ...[s.dice, s.diceTile, s.specificity],
        ]),
      ]),
    ],
    [
      'froc.csv',
      csv([
        ['points', ...VARIANTS],
        ...l.POINTS.map((points) => [points, ...VARIANTS.map((v) => result.froc[points][v])]),
      ]),
    ],
    ['localization.json', `${JSON.stringify(result, null, 2)}\n`],
  ];
  for (const [name, content] of files) await writeFileWhole(join(dir, name), content);
  return files.map(([name]) => join(dir, name));
}
