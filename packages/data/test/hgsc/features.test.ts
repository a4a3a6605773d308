import { describe, expect, test } from 'vitest';
import { allFeatures, FEATURE_NAMES, quantile, tileFeatures } from '../../src/hgsc/features.js';
import { TISSUE_CLASSES, type TissueClass } from '../../src/hgsc/grid.js';
import { NEIGHBOURHOOD_NAMES, neighbourhoodFeatures } from '../../src/hgsc/neighbourhood.js';
import { measureNuclei } from '../../src/hgsc/nuclei.js';
import { emptyMask, fillPolygon, type Mask } from '../../src/hgsc/raster.js';
import { columnMoments, standardised } from '../../src/hgsc/standardise.js';
import { buildTileTable, nucleiByTile, unionMask } from '../../src/hgsc/tiles.js';

const box = (cx: number, cy: number, w: number, h: number): Float64Array =>
  Float64Array.of(
    ...[cx - w / 2, cy - h / 2],
    ...[cx - w / 2, cy + h / 2],
    ...[cx + w / 2, cy + h / 2],
    ...[cx + w / 2, cy - h / 2],
    ...[cx - w / 2, cy - h / 2],
  );

/**
 * A slide of 3 × 2 tiles: three rectangles in a row in tile 0 (areas 72, 128, 800; the middle one stands), one nucleus in
 * tile 1, none elsewhere; tumour over half of tile 1 and stroma over the whole of tile 2.
 */
const grid = { cols: 3, rows: 2 };
const outlines = [box(50, 100, 12, 6), box(80, 100, 8, 16), box(140, 100, 40, 20), box(400, 100, 30, 10)];
const nuclei = measureNuclei(outlines.length, (i) => outlines[i]!);
const byTile = nucleiByTile(nuclei, grid);
const masks = Object.fromEntries(TISSUE_CLASSES.map((c) => [c, emptyMask(grid)])) as Record<TissueClass, Mask>;
fillPolygon(masks.tumor, [box(256 + 64, 128, 128, 256)]);
fillPolygon(masks.stroma, [box(512 + 128, 128, 256, 256)]);
const table = buildTileTable(grid, byTile, masks, unionMask(Object.values(masks), grid));
const features = allFeatures(nuclei, byTile, table.tissueTiles);
const value = (row: number, name: string): number => {
  expect(FEATURE_NAMES).toContain(name);
  return features[row * FEATURE_NAMES.length + FEATURE_NAMES.indexOf(name)]!;
};

test('tile table', () => {
  expect(Array.from(table.count)).toEqual([3, 1, 0, 0, 0, 0]);
  expect(Array.from(table.cover.tumor)).toEqual([0, 128, 0, 0, 0, 0]);
  expect(Array.from(table.tissue)).toEqual([0, 128, 256, 0, 0, 0]);
  expect(Array.from(table.tissueTiles)).toEqual([0, 1, 2]);
});

describe('features of a tile', () => {
  test('there are 60, in their order', () => {
    expect(FEATURE_NAMES).toHaveLength(60);
    expect([0, 1, 2, 46, 47, 53, 59].map((i) => FEATURE_NAMES[i])).toEqual([
      'log1p_n',
      'area_frac',
      'A_mean',
      'd3_q90',
      'A_cv',
      'A_f0',
      'clark_evans',
    ]);
  });

  test('three rectangles by hand', () => {
    expect(value(0, 'log1p_n')).toBeCloseTo(Math.log(4), 14);
    expect(value(0, 'area_frac')).toBeCloseTo(1000 / 65536, 14);
    expect(value(0, 'A_mean')).toBeCloseTo(1000 / 3, 10);
    const std = Math.sqrt((72 ** 2 + 128 ** 2 + 800 ** 2) / 3 - (1000 / 3) ** 2);
    expect(value(0, 'A_std')).toBeCloseTo(std, 9);
    expect(value(0, 'A_q10')).toBeCloseTo(72 + 0.2 * 56, 10);
    expect(value(0, 'A_q50')).toBeCloseTo(128, 10);
    expect(value(0, 'A_q90')).toBeCloseTo(128 + 0.8 * 672, 10);
    expect(value(0, 'A_cv')).toBeCloseTo(std / (1000 / 3), 12);
    expect(value(0, 'P_mean')).toBeCloseTo((36 + 48 + 120) / 3, 10);
    // Neighbours on a line at 50, 80, 140 and 400: nearest 30, 30, 60; third 350, 320, 260.
    expect(value(0, 'd1_mean')).toBeCloseTo(40, 10);
    expect(value(0, 'd3_mean')).toBeCloseTo(310, 10);
    expect(value(0, 'clark_evans')).toBeCloseTo(80 * Math.sqrt(3 / 65536), 12);
    // Two lie, one stands: doubled angles 0, π, 0.
    expect(value(0, 'ori_R')).toBeCloseTo(1 / 3, 12);
    const e = Math.sqrt(3) / 2;
    expect(value(0, 'ori_Rw')).toBeCloseTo((e - e + e) / (3 * e), 12);
    expect(value(0, 'nn_ori')).toBeCloseTo(-1, 12);
    const pairs = Math.log(128 / 72) * 2 + Math.log(800 / 128);
    expect(value(0, 'nn_lnA')).toBeCloseTo(pairs / 3, 12);
    expect([0, 1, 2, 3, 4].map((k) => value(0, `A_f${k}`))).toEqual([1 / 3, 1 / 3, 0, 0, 1 / 3]);
    expect(value(0, 'frac_sol')).toBe(0);
    const logs = [72, 128, 800].map(Math.log);
    const m = (logs[0]! + logs[1]! + logs[2]!) / 3;
    const moment = (p: number): number => logs.reduce((s, v) => s + (v - m) ** p, 0) / 3;
    expect(value(0, 'lnA_skew')).toBeCloseTo(moment(3) / moment(2) ** 1.5, 12);
  });

  test('one nucleus: no spread, quantiles equal to the value, full alignment', () => {
    for (const name of ['A_std', 'd1_std', 'A_cv', 'lnA_skew']) expect(value(1, name)).toBe(0);
    for (const q of ['mean', 'q10', 'q50', 'q90']) expect(value(1, `A_${q}`)).toBeCloseTo(300, 10);
    expect(value(1, 'ori_R')).toBeCloseTo(1, 12);
    expect(value(1, 'ori_Rw')).toBeCloseTo(1, 12);
  });

  test('no nucleus: zeros', () => {
    expect(tileFeatures(nuclei, new Uint32Array(0))).toEqual(new Float64Array(60));
    expect(features.subarray(120, 180)).toEqual(new Float64Array(60));
  });

  test('quantiles interpolate', () => {
    expect(quantile(Float64Array.of(1, 2, 4, 8), 0.5)).toBe(3);
    expect(quantile(Float64Array.of(7), 0.9)).toBe(7);
  });
});

test('neighbourhood: nuclei of up to nine tiles, area over the tissue tiles among them', () => {
  const n9 = neighbourhoodFeatures(nuclei, byTile, grid, table.tissueTiles);
  const at = (row: number, name: string): number => n9[row * 8 + NEIGHBOURHOOD_NAMES.indexOf(name)]!;
  // Tile 0 sees tiles 0 and 1 (two tissue tiles), tile 1 all three, tile 2 tiles 1 and 2.
  expect([0, 1, 2].map((r) => Math.round(Math.exp(at(r, 'n9_log1p_n')) - 1))).toEqual([4, 4, 1]);
  expect(at(0, 'n9_area_frac')).toBeCloseTo(1300 / 65536 / 2, 14);
  expect(at(1, 'n9_area_frac')).toBeCloseTo(1300 / 65536 / 3, 14);
  expect(at(2, 'n9_A_mean')).toBeCloseTo(300, 10);
  expect(at(2, 'n9_A_std')).toBeCloseTo(0, 10);
  expect(at(0, 'n9_ori_R')).toBeCloseTo(2 / 4, 12);
});

test('standardisation uses the listed rows and leaves constant columns at their scale', () => {
  const values = Float64Array.of(1, 5, 3, 5, 100, 7);
  const moments = columnMoments(values, 2, [0, 1]);
  expect(moments).toEqual({ mean: [2, 5], std: [1, 0], min: [1, 5], max: [3, 5] });
  expect(Array.from(standardised(values, 2, [2, 0], moments))).toEqual([98, 2, -1, 0]);
});
