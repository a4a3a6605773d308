import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UserError } from '@asmil/core';
import { describe, expect, test } from 'vitest';
import { buildBags, nearestTiles } from '../../src/hgsc/bags.js';
import { EXPECTED } from '../../src/hgsc/checks/expected.js';
import { SAMPLE_TILES } from '../../src/hgsc/checks/sample-tiles.js';
import { verifyBags, verifyStandardisation, verifyTiles } from '../../src/hgsc/checks/verify.js';
import { hgscCohort } from '../../src/hgsc/cohorts.js';
import { FEATURE_NAMES } from '../../src/hgsc/features.js';
import { HGSC_GRID, TISSUE_CLASSES } from '../../src/hgsc/grid.js';
import { mulberry32 } from '../../src/hgsc/mulberry32.js';
import { packPolygons } from '../../src/hgsc/outlines.js';
import { selectTissueTiles, type TileTable } from '../../src/hgsc/tiles.js';
import { foldsOf, sideOf, windowsOf } from '../../src/hgsc/windows.js';
import { checkSplit } from '../../src/splits.js';

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/hgsc/${name}`, import.meta.url), 'utf8'));
const COHORTS = ['needle', 'partial', 'share3', 'natural8'] as const;

test('mulberry32', () => {
  expect(mulberry32(1)()).toBe(0.6270739405881613);
  const r = mulberry32(7000);
  expect([r(), r(), r()]).toEqual([0.9902486859355122, 0.6761545646004379, 0.6310859257355332]);
});

describe('windows and folds', () => {
  test('windows keep two tiles from the edge of their block', () => {
    const windows = windowsOf(HGSC_GRID, 16, 7);
    expect(windows[0]).toEqual({ block: 0, x: 2, y: 2 });
    for (const { block, x, y } of windows) {
      const bx = block % 4;
      const by = Math.floor(block / 4);
      expect(x - 48 * bx).toBeGreaterThanOrEqual(2);
      expect(y - 48 * by).toBeGreaterThanOrEqual(2);
      expect(x + 16).toBeLessThanOrEqual(Math.min(48 * bx + 46, 185));
      expect(y + 16).toBeLessThanOrEqual(Math.min(48 * by + 46, 261));
    }
    // Five places a side in a whole block, four in the last column of blocks (41 tiles), two in the last row (21 tiles).
    expect(windows).toHaveLength((3 * 5 + 4) * (5 * 5 + 1));
  });

  test('every block is test exactly once and validation exactly once', () => {
    for (let block = 0; block < 24; block++) {
      const sides = [0, 1, 2, 3, 4].map((f) => sideOf(block, f)).sort();
      expect(sides).toEqual(['test', 'train', 'train', 'train', 'val']);
    }
  });

  test('folds of the published lists hold the published numbers of bags', () => {
    const summary = fixture('bags-summary.json');
    for (const cohort of COHORTS) {
      const bags: { id: string; block: number; label: number }[] = fixture(`bags-${cohort}.json`).bags;
      const label = new Map(bags.map((b) => [b.id, b.label]));
      foldsOf(bags).forEach((split, f) => {
        for (const side of ['train', 'val', 'test'] as const) {
          const counts = summary[cohort].labels.map(
            (_: number, c: number) => split[side].filter((id) => label.get(id) === c).length,
          );
          expect(counts).toEqual(summary[cohort].folds[f][side]);
        }
      });
    }
  });
});

test('the checks of the build are those of the published files', () => {
  const checks = fixture('checks.json');
  const summary = fixture('bags-summary.json');
  expect(EXPECTED.nuclei).toEqual({
    rows: checks.nuclei.rows,
    classCounts: checks.nuclei.class_counts,
    moments: checks.nuclei.moments,
    first5: checks.nuclei.first5,
    nearestIndexSum: checks.nuclei.nearest_index_sum,
  });
  expect(EXPECTED.raster).toEqual({
    samples: checks.raster.samples,
    union: checks.raster.union,
    sha256: checks.raster.sha256_uint8,
  });
  expect(EXPECTED.tiles).toEqual({
    count: checks.tiles.sha256_count_uint16le,
    tissue: checks.tiles.sha256_tissue_uint16le,
    cover: checks.tiles.sha256_cover_uint16le,
    tissueIndex: checks.tiles.sha256_tissue_index_uint32le,
  });
  expect({ names: [...FEATURE_NAMES], ...EXPECTED.features }).toEqual(checks.features);
  expect(EXPECTED.neighbourhood.std).toEqual(checks.features_nhood.std);
  expect(EXPECTED.neighbourhood.mean).toEqual(checks.features_nhood.mean);
  expect(EXPECTED.needleFold0).toEqual({
    distinctTiles: summary.needle.fold0_train_distinct_tiles,
    mean: summary.needle.fold0_mean,
    std: summary.needle.fold0_std,
  });
  for (const cohort of COHORTS) {
    const list = JSON.stringify(fixture(`bags-${cohort}.json`).bags);
    expect(EXPECTED.bagListSha256[cohort]).toBe(createHash('sha256').update(list).digest('hex'));
  }
  const tiles: { tissueRow: number; tile: number; nuclei: number; features: number[]; nhood: number[] }[] =
    fixture('tiles-20.json').tiles;
  expect(SAMPLE_TILES).toEqual(
    tiles.map((t) => ({
      row: t.tissueRow,
      tile: t.tile,
      nuclei: t.nuclei,
      features: t.features,
      neighbourhood: t.nhood,
    })),
  );
});

test('needles are the candidates nearest to the focus, ties by smaller index', () => {
  // In a grid of 10 columns: the focus 55, its four neighbours at distance 1, one at distance √2, one far.
  expect(nearestTiles([45, 54, 55, 56, 65, 66, 99], 55, 1, 10)).toEqual([55]);
  expect(nearestTiles([45, 54, 55, 56, 65, 66, 99], 55, 3, 10)).toEqual([45, 54, 55]);
  expect(nearestTiles([99, 66, 65, 56, 55, 54, 45], 55, 6, 10)).toEqual([45, 54, 55, 56, 65, 66]);
});

/** An artificial slide: tissue everywhere, a lattice of tumour tiles of all degrees, feature c of row r = r^(1 + c/60). */
function artificialTable(): TileTable {
  const n = HGSC_GRID.cols * HGSC_GRID.rows;
  const tissue = new Uint16Array(n).fill(256);
  const tumour = Uint16Array.from({ length: n }, (_, t) => {
    const col = t % HGSC_GRID.cols;
    const row = Math.floor(t / HGSC_GRID.cols);
    // Whole blocks without tumour keep some windows out of the needle cohorts.
    if (col >= 96 || (col + row) % 5 !== 0) return 0;
    return 40 + ((13 * col + 29 * row) % 217);
  });
  const cover = Object.fromEntries(
    TISSUE_CLASSES.map((c) => [c, c === 'tumor' ? tumour : new Uint16Array(n)]),
  ) as unknown as TileTable['cover'];
  const count = new Uint16Array(n);
  return { grid: HGSC_GRID, count, tissue, cover, tissueTiles: selectTissueTiles(count, tissue) };
}

describe('an artificial slide', () => {
  const table = artificialTable();
  const rows = table.tissueTiles.length;
  const features = Float64Array.from({ length: rows * 60 }, (_, i) => Math.floor(i / 60) ** (1 + (i % 60) / 60));
  const neighbourhood = Float64Array.from({ length: rows * 8 }, (_, i) => Math.sin(i));
  const slide = { table, features, neighbourhood };
  const noOutlines = async () => packPolygons([]);

  test.each([
    ['needle', 0.02, 128, 256],
    ['partial', 0.05, 51, 127],
  ] as const)('%s bags: tumour-free tiles plus the right number of needles', (cohort, share, lo, hi) => {
    const bags = buildBags(cohort, table);
    expect(bags.length).toBeGreaterThan(100);
    const blocks = new Set(bags.map((b) => b.block));
    // No tumour, no candidates: only the two left columns of blocks hold bags.
    expect([...blocks].every((b) => b % 4 < 2)).toBe(true);
    for (const bag of bags) {
      const { k, focus, needles } = bag.needle!;
      const negatives = bag.tiles.filter((t) => table.cover.tumor[t] === 0);
      expect(k).toBe(Math.max(1, Math.floor(share * negatives.length + 0.5)));
      expect(needles).toHaveLength(bag.label * k);
      expect(bag.tiles).toEqual([...negatives, ...needles].sort((a, b) => a - b));
      if (bag.label === 1) expect(needles).toContain(focus);
      for (const t of needles) {
        expect(table.cover.tumor[t]).toBeGreaterThanOrEqual(lo);
        expect(table.cover.tumor[t]).toBeLessThanOrEqual(hi);
      }
    }
    for (const block of blocks) {
      const labels = bags.filter((b) => b.block === block).map((b) => b.label);
      const positive = labels.filter((l) => l === 1).length;
      expect(positive).toBe(Math.floor(labels.length / 2));
    }
  });

  test('a build that differs stops at the step that differs', () => {
    expect(() => verifyTiles(table)).toThrow(/HGSC build: the SHA-256 of the nuclei counts is \w+, expected eec34d21/);
    expect(() => verifyBags('needle', buildBags('needle', table))).toThrow(
      /of the needle bags is \w+, expected 0fbec6f4/,
    );
    const { mean, std, distinctTiles } = EXPECTED.needleFold0;
    const moments = { mean, std, min: [], max: [] };
    expect(() => verifyStandardisation(distinctTiles, moments)).not.toThrow();
    const off = { ...moments, mean: mean.with(2, mean[2]! * (1 + 1e-8)) };
    expect(() => verifyStandardisation(distinctTiles, off)).toThrow('the mean of A_mean over the training tiles');
  });

  test('unedited windows are labelled by their tumour', () => {
    const share3 = buildBags('share3', table);
    expect(share3).toHaveLength(windowsOf(HGSC_GRID, 16, 7).length);
    for (const bag of share3) {
      const q = bag.tiles.reduce((s, t) => s + table.cover.tumor[t]!, 0) / (256 * bag.tiles.length);
      expect(bag.label).toBe(q < 0.2 ? 0 : q < 0.5 ? 1 : 2);
    }
    const natural8 = buildBags('natural8', table);
    expect(new Set(natural8.map((b) => b.label))).toEqual(new Set([0, 1]));
    for (const bag of natural8) {
      const p = bag.tiles.filter((t) => table.cover.tumor[t]! >= 128).length / 64;
      expect(bag.label).toBe(p === 0 ? 0 : 1);
      expect(p).toBeLessThanOrEqual(0.2);
    }
  });

  test('a bag is standardised over the distinct tiles of the training bags alone', async () => {
    const cohort = hgscCohort('hgsc-needle', slide, noOutlines);
    const split = cohort.splits(3)[1]!;
    const list = new Map(buildBags('needle', table).map((b) => [b.id, b]));
    const train = [...new Set(split.train.flatMap((id) => [...list.get(id)!.tiles]))];
    const id = split.test.find((i) => list.get(i)!.label === 1)!;
    const bag = await cohort.load(id, split);
    const tiles = list.get(id)!.tiles;
    expect([bag.n, bag.d, bag.label]).toEqual([tiles.length, 60, 1]);
    for (const c of [0, 31, 59]) {
      // All tiles of this slide are tissue tiles, so a tile's index is its row.
      const column = train.map((t) => t ** (1 + c / 60));
      const mean = column.reduce((a, v) => a + v, 0) / column.length;
      const std = Math.sqrt(column.reduce((a, v) => a + (v - mean) ** 2, 0) / column.length);
      expect(bag.features[60 * 7 + c]).toBeCloseTo((tiles[7]! ** (1 + c / 60) - mean) / std, 5);
    }
    expect([bag.coords![14], bag.coords![15]]).toEqual([tiles[7]! % 185, Math.floor(tiles[7]! / 185)]);
    const marked = tiles.filter((_, i) => bag.instanceLabels![i] === 1);
    expect(marked).toEqual(list.get(id)!.needle!.needles);
  });

  test('blocks: needle windows train, whole blocks that they do not touch test', async () => {
    const cohort = hgscCohort('hgsc-blocks', slide, noOutlines);
    const needle = hgscCohort('hgsc-needle', slide, noOutlines);
    const folds = cohort.splits(0);
    expect(folds.map(({ train }) => train)).toEqual(needle.splits(0).map(({ train }) => train));
    const tested = folds.flatMap(({ test }) => test);
    expect(tested).toHaveLength(24); // every tile of this slide is tissue: all of the 4 × 6 blocks
    expect(new Set(tested).size).toBe(24);
    for (const fold of folds) checkSplit(cohort.bags, fold);
    for (const fold of [folds[3]!]) {
      const seen = new Set<string>();
      for (const id of [...fold.train, ...fold.val]) {
        const { coords } = await cohort.load(id, fold);
        for (let i = 0; i < coords!.length; i += 2) seen.add(`${coords![i]},${coords![i + 1]}`);
      }
      for (const id of fold.test) {
        const { coords, n, instanceLabels, label } = await cohort.load(id, fold);
        expect(n).toBeLessThanOrEqual(44 * 44);
        for (let i = 0; i < n; i++) {
          const [x, y] = [coords![2 * i]!, coords![2 * i + 1]!];
          expect(x < 185 && y < 261 && x % 48 >= 2 && x % 48 < 46 && y % 48 >= 2 && y % 48 < 46).toBe(true);
          expect(seen.has(`${x},${y}`)).toBe(false);
          expect(instanceLabels![i]).toBe(Number(table.cover.tumor[y * 185 + x]! >= 128));
        }
        expect(label).toBe(Number(instanceLabels!.includes(1)));
      }
    }
    const [block] = folds[0]!.test;
    const own = await cohort.load(block!, folds[0]!);
    const window = await cohort.load(folds[0]!.train[0]!, folds[0]!);
    const known = await needle.load(folds[0]!.train[0]!, needle.splits(0)[0]!);
    expect(window.features).toEqual(known.features); // both standardised over the training windows
    expect(own.d).toBe(60);
    expect([cohort.truth, needle.truth]).toEqual([undefined, 'tiles']);
    expect(cohort.fingerprint).not.toBe(needle.fingerprint);
  });

  test('groups never stand on two sides, the splits ignore splitSeed, and titles say what the bags are', () => {
    for (const name of ['hgsc-needle', 'hgsc-partial', 'hgsc-share3', 'hgsc-natural8']) {
      const cohort = hgscCohort(name, slide, noOutlines);
      expect(cohort.splits(1)).toEqual(cohort.splits(2));
      expect(cohort.splits(0).map((s) => s.name)).toEqual(['fold0', 'fold1', 'fold2', 'fold3', 'fold4']);
      const group = new Map(cohort.bags.map((b) => [b.id, b.group]));
      for (const s of cohort.splits(0)) {
        const sides = [s.train, s.val, s.test].map((ids) => new Set(ids.map((id) => group.get(id))));
        expect([...sides[0]!].every((g) => !sides[2]!.has(g))).toBe(true);
        expect([...sides[1]!].every((g) => !sides[0]!.has(g) && !sides[2]!.has(g))).toBe(true);
        expect(s.train.length + s.val.length + s.test.length).toBe(cohort.bags.length);
      }
      expect(cohort.title).toContain('one slide of one patient');
      expect(cohort.title.includes('edited windows')).toBe(['hgsc-needle', 'hgsc-partial'].includes(name));
      expect(cohort.provenance).toContain('histolytics 0.3.0 (HautaniemiLab, BSD-3-Clause)');
    }
  });

  test('the whole slide: one bag, standardised over itself or over a split of another cohort', async () => {
    const needle = hgscCohort('hgsc-needle', slide, noOutlines);
    const whole = hgscCohort('hgsc-slide', slide, noOutlines, { neighbourhood: true });
    expect(whole.dim).toBe(68);
    const own = await whole.load('slide', whole.splits(0)[0]!);
    expect(own.n).toBe(rows);
    let mean = 0;
    for (let r = 0; r < rows; r++) mean += own.features[68 * r + 59]! / rows;
    expect(mean).toBeCloseTo(0, 5);
    const plain = hgscCohort('hgsc-slide', slide, noOutlines);
    const split = needle.splits(0)[0]!;
    const bag = await needle.load(split.train[0]!, split);
    const seen = await plain.load('slide', split);
    const row = bag.coords![1]! * 185 + bag.coords![0]!;
    expect(seen.features.subarray(60 * row, 60 * row + 60)).toEqual(bag.features.subarray(0, 60));
    expect(new Set([needle.fingerprint, whole.fingerprint, plain.fingerprint]).size).toBe(3);
  });

  test('an unknown bag is refused in one line', async () => {
    const cohort = hgscCohort('hgsc-needle', slide, noOutlines);
    const split = cohort.splits(0)[0]!;
    for (const id of ['needle-b99-x0-y0', 'toString-1', '']) {
      await expect(cohort.load(id, split)).rejects.toThrow(UserError);
      await expect(cohort.outlines(id)).rejects.toThrow(`no bag '${id}'`);
    }
  });
});
