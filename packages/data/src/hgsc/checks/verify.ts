import { createHash } from 'node:crypto';
import { UserError } from '@asmil/core';
import type { WindowBag } from '../bags.js';
import { FEATURE_NAMES } from '../features.js';
import { TISSUE_CLASSES, type TissueClass } from '../grid.js';
import { NEIGHBOURHOOD_NAMES } from '../neighbourhood.js';
import type { Nuclei } from '../nuclei.js';
import { countSamples, type Mask } from '../raster.js';
import { columnMoments, type Moments } from '../standardise.js';
import type { TileTable } from '../tiles.js';
import { EXPECTED } from './expected.js';
import { SAMPLE_TILES } from './sample-tiles.js';

/** Relative tolerance of real values. Near zero it is absolute at a thousandth of it: rounding noise is not a difference. */
const TOLERANCE = 1e-9;

function fail(what: string, found: unknown, expected: unknown): never {
  throw new UserError(
    `HGSC build: ${what} is ${found}, expected ${expected}; the files are the right ones, so the computation differs on this machine (Node ${process.version}): please report it`,
  );
}

function same(what: string, found: number | string, expected: number | string): void {
  if (found !== expected) fail(what, found, expected);
}

function close(what: string, found: number, expected: number): void {
  if (!(Math.abs(found - expected) <= TOLERANCE * Math.max(Math.abs(expected), 1e-3))) fail(what, found, expected);
}

function closeMoments(what: string, names: readonly string[], found: Moments, expected: Partial<Moments>): void {
  for (const key of ['mean', 'std', 'min', 'max'] as const) {
    expected[key]?.forEach((value, i) => {
      close(`the ${key} of ${names[i]} over ${what}`, found[key][i]!, value);
    });
  }
}

const sha256 = (data: Uint8Array | Uint16Array | Uint32Array | string): string =>
  createHash('sha256')
    .update(typeof data === 'string' ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');

/** Masks of the six tissue classes and their union. */
export function verifyRaster(masks: Readonly<Record<TissueClass, Mask>>, union: Mask): void {
  for (const c of TISSUE_CLASSES) {
    same(`the number of ${c} samples`, countSamples(masks[c]), EXPECTED.raster.samples[c]);
    same(`the SHA-256 of the ${c} mask`, sha256(masks[c].data), EXPECTED.raster.sha256[c]);
  }
  same('the number of tissue samples', countSamples(union), EXPECTED.raster.union);
}

/** Measures of all nuclei and the classes that the file gives them. */
export function verifyNuclei(nuclei: Nuclei, classNames: readonly string[]): void {
  const { rows, classCounts, moments, first5, nearestIndexSum } = EXPECTED.nuclei;
  same('the number of nuclei', nuclei.count, rows);
  const counts = new Map<string, number>();
  for (const name of classNames) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [name, n] of Object.entries(classCounts)) same(`the number of ${name} nuclei`, counts.get(name) ?? 0, n);
  for (const name of Object.keys(moments) as (keyof typeof moments)[]) {
    const { mean, std, min, max } = moments[name];
    closeMoments('all nuclei', [name], columnMoments(nuclei[name], 1), {
      mean: [mean],
      std: [std],
      min: [min],
      max: [max],
    });
  }
  first5.forEach(({ th, nn, ...values }, i) => {
    close(`theta of nucleus ${i}`, nuclei.theta[i]!, th);
    same(`the nearest neighbour of nucleus ${i}`, nuclei.nearest[i]!, nn);
    for (const [name, v] of Object.entries(values))
      close(`${name} of nucleus ${i}`, nuclei[name as keyof typeof values][i]!, v);
  });
  let sum = 0;
  for (const j of nuclei.nearest) sum += j;
  same('the sum of nearest neighbours', sum, nearestIndexSum);
}

/** Counts, covers and the list of tissue tiles. */
export function verifyTiles(table: TileTable): void {
  same('the SHA-256 of the nuclei counts', sha256(table.count), EXPECTED.tiles.count);
  same('the SHA-256 of the tissue cover', sha256(table.tissue), EXPECTED.tiles.tissue);
  for (const c of TISSUE_CLASSES)
    same(`the SHA-256 of the ${c} cover`, sha256(table.cover[c]), EXPECTED.tiles.cover[c]);
  same('the SHA-256 of the tissue tiles', sha256(table.tissueTiles), EXPECTED.tiles.tissueIndex);
}

/** Features [tiles, 60] and neighbourhood features [tiles, 8]: twenty tiles and every column. */
export function verifyFeatures(table: TileTable, features: Float64Array, neighbourhood: Float64Array): void {
  for (const tile of SAMPLE_TILES) {
    same(`tissue tile ${tile.row}`, table.tissueTiles[tile.row]!, tile.tile);
    same(`the number of nuclei of tile ${tile.tile}`, table.count[tile.tile]!, tile.nuclei);
    tile.features.forEach((v, i) => {
      close(`${FEATURE_NAMES[i]} of tile ${tile.tile}`, features[tile.row * FEATURE_NAMES.length + i]!, v);
    });
    tile.neighbourhood.forEach((v, i) => {
      const at = tile.row * NEIGHBOURHOOD_NAMES.length + i;
      close(`${NEIGHBOURHOOD_NAMES[i]} of tile ${tile.tile}`, neighbourhood[at]!, v);
    });
  }
  const over = 'all tissue tiles';
  closeMoments(over, FEATURE_NAMES, columnMoments(features, FEATURE_NAMES.length), EXPECTED.features);
  const n9 = columnMoments(neighbourhood, NEIGHBOURHOOD_NAMES.length);
  closeMoments(over, NEIGHBOURHOOD_NAMES, n9, EXPECTED.neighbourhood);
}

/** Every bag of a cohort as the published lists write it. */
export function bagList(bags: readonly WindowBag[]): readonly Record<string, unknown>[] {
  return bags.map((b) => ({
    id: b.id,
    block: b.block,
    x: b.x,
    y: b.y,
    label: b.label,
    tiles: b.tiles.length,
    indexSum: b.tiles.reduce((a, t) => a + t, 0),
    ...b.needle,
  }));
}

/** The bags of one cohort against the hash of its list. */
export function verifyBags(cohort: keyof typeof EXPECTED.bagListSha256, bags: readonly WindowBag[]): void {
  same(`the SHA-256 of the ${cohort} bags`, sha256(JSON.stringify(bagList(bags))), EXPECTED.bagListSha256[cohort]);
}

/** Mean and deviation over the distinct training tiles of `needle`, fold 0. */
export function verifyStandardisation(distinctTiles: number, moments: Moments): void {
  const { distinctTiles: expected, mean, std } = EXPECTED.needleFold0;
  same('the number of distinct training tiles of needle, fold 0', distinctTiles, expected);
  closeMoments('the training tiles of needle, fold 0', FEATURE_NAMES, moments, { mean, std });
}
