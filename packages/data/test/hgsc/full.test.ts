import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cohort } from '@asmil/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BagCohort } from '../../src/hgsc/bags.js';
import { buildBags } from '../../src/hgsc/bags.js';
import { fetchHgsc, loadSlide, loadTissueFlags, partPath } from '../../src/hgsc/cache.js';
import { bagList } from '../../src/hgsc/checks/verify.js';
import { hgscEntries, openHgsc } from '../../src/hgsc/cohorts.js';
import { TISSUE_CLASSES } from '../../src/hgsc/grid.js';
import { HGSC_FILES, sourcePath } from '../../src/hgsc/source.js';

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/hgsc/${name}`, import.meta.url), 'utf8'));
const sources = [sourcePath('nuclei'), sourcePath('tissue')];
const here = sources.every((path) => existsSync(path));
const reason = here ? '' : ' (skipped: the two files are not in the cache, `pnpm data fetch hgsc-needle` brings them)';

/** The whole recipe on the real files, in a cache folder that holds the two files and one damaged table. */
describe.skipIf(!here)(`the HGSC slide${reason}`, () => {
  const before = process.env.ASMIL_CACHE;
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'asmil-hgsc-'));
    await mkdir(join(root, 'hgsc'));
    for (const [i, file] of Object.values(HGSC_FILES).entries())
      await copyFile(sources[i]!, join(root, 'hgsc', file.as));
    process.env.ASMIL_CACHE = root;
    await writeFile(partPath('tiles'), 'damaged');
    await loadSlide();
  }, 180_000);
  afterAll(async () => {
    if (before === undefined) delete process.env.ASMIL_CACHE;
    else process.env.ASMIL_CACHE = before;
    await rm(root, { recursive: true });
  });

  test('masks and tile table have the published hashes', async () => {
    const checks = fixture('checks.json');
    const sha = (a: Uint8Array | Uint16Array | Uint32Array): string =>
      createHash('sha256')
        .update(new Uint8Array(a.buffer, a.byteOffset, a.byteLength))
        .digest('hex');
    const flags = await loadTissueFlags();
    TISSUE_CLASSES.forEach((c, k) => {
      expect(sha(flags.map((f) => (f >> k) & 1))).toBe(checks.raster.sha256_uint8[c]);
    });
    const { table } = await loadSlide();
    expect(sha(table.count)).toBe(checks.tiles.sha256_count_uint16le);
    expect(sha(table.tissue)).toBe(checks.tiles.sha256_tissue_uint16le);
    expect(sha(table.tissueTiles)).toBe(checks.tiles.sha256_tissue_index_uint32le);
    for (const c of TISSUE_CLASSES) expect(sha(table.cover[c])).toBe(checks.tiles.sha256_cover_uint16le[c]);
    const tissue = Array.from(table.tissueTiles);
    const tumour = table.cover.tumor;
    expect(tissue.filter((t) => tumour[t]! >= 128)).toHaveLength(checks.tiles.tumour_ge128);
    expect(tissue.filter((t) => tumour[t] === 0)).toHaveLength(checks.tiles.tumour_0);
  });

  test('features of the twenty published tiles', async () => {
    const { features, neighbourhood } = await loadSlide();
    for (const tile of fixture('tiles-20.json').tiles) {
      const check = (found: Float64Array, values: number[]) =>
        values.forEach((v, i) => {
          expect(Math.abs(found[tile.tissueRow * values.length + i]! - v)).toBeLessThanOrEqual(
            1e-9 * Math.max(Math.abs(v), 1e-3),
          );
        });
      check(features, tile.features);
      check(neighbourhood, tile.nhood);
    }
  });

  test.each(['needle', 'partial', 'share3', 'natural8'] satisfies BagCohort[])('every bag of %s', async (cohort) => {
    const { table } = await loadSlide();
    expect(bagList(buildBags(cohort, table))).toEqual(fixture(`bags-${cohort}.json`).bags);
  });

  test('needle, fold 0, is standardised with the published values', async () => {
    const cohort = await openHgsc('hgsc-needle');
    const { table, features } = await loadSlide();
    const summary = fixture('bags-summary.json').needle;
    const split = cohort.splits(0)[0]!;
    const bag = await cohort.load(split.test[0]!, split);
    const rowOf = new Map(Array.from(table.tissueTiles, (t, row) => [t, row]));
    for (let i = 0; i < bag.n; i++) {
      const row = rowOf.get(bag.coords![2 * i + 1]! * 185 + bag.coords![2 * i]!)!;
      for (let c = 0; c < 60; c++) {
        const expected = (features[60 * row + c]! - summary.fold0_mean[c]) / summary.fold0_std[c];
        expect(Math.abs(bag.features[60 * i + c]! - Math.fround(expected))).toBeLessThanOrEqual(
          1e-6 * Math.max(1, Math.abs(expected)),
        );
      }
    }
  });

  test('all entries open, and tumour outlines cover what the raster says', async () => {
    for (const entry of hgscEntries) {
      expect(await entry.available()).toEqual({ ready: true });
      const cohort: Cohort = await entry.open({ scale: 'quick' });
      expect(cohort.name).toBe(entry.name);
    }
    const cohort = await openHgsc('hgsc-share3');
    const { table } = await loadSlide();
    for (const bag of buildBags('share3', table).filter((_, i) => i % 60 === 7)) {
      let area = 0;
      for (const { rings } of await cohort.outlines(bag.id)) {
        rings.forEach((ring, r) => {
          let s = 0;
          ring.forEach(([x, y], i) => {
            const [u, v] = ring[(i + 1) % ring.length]!;
            s += x * v - u * y;
          });
          area += (r === 0 ? 1 : -1) * Math.abs(s / 2);
        });
      }
      // Both measure the window of 256 tiles; the raster also counts tiles that are no tissue tiles.
      let samples = 0;
      for (let row = bag.y; row < bag.y + 16; row++)
        for (let col = bag.x; col < bag.x + 16; col++) samples += table.cover.tumor[row * 185 + col]!;
      expect(Math.abs(area - samples / 256)).toBeLessThan(1);
    }
  });

  test('sound tables are not built again, and damaged ones are refused once the files are gone', async () => {
    const lines: string[] = [];
    await fetchHgsc({ progress: (line) => lines.push(line) });
    expect(lines).toEqual([`the HGSC tables are in ${join(root, 'hgsc')} already`]);
    await rm(sourcePath('nuclei'));
    const bytes = await readFile(partPath('tiles'));
    bytes[5000]! ^= 1;
    await writeFile(partPath('tiles'), bytes);
    await expect(openHgsc('hgsc-needle')).rejects.toThrow(/damaged .*delete it and fetch the cohort again/);
    await rm(partPath('tiles'));
    await expect(openHgsc('hgsc-needle')).rejects.toThrow(/not in .*pnpm data fetch hgsc-needle/);
    expect((await hgscEntries[0]!.available()).ready).toBe(false);
  });
});
