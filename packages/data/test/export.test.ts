import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cohort } from '@asmil/core';
import { afterAll, describe, expect, test } from 'vitest';
import { runData } from '../src/cli/program.js';
import { openCohort } from '../src/cohorts.js';
import { asapXml } from '../src/export/asap.js';
import { exportCohort } from '../src/export/export-cohort.js';
import { readSlide } from '../src/features/read-slide.js';
import { openFolder } from '../src/folder/open-folder.js';
import { isSlideCohort } from '../src/slide-cohort.js';
import { place, refusal } from './features/fixtures.js';

const top = mkdtempSync(join(tmpdir(), 'asmil-export-'));
afterAll(() => rmSync(top, { recursive: true }));

async function sameBags(cohort: Cohort, dir: string): Promise<void> {
  const back = await openFolder(dir);
  const split = cohort.splits(0)[0]!;
  expect(back).toMatchObject({ simulated: true, title: cohort.title, classes: cohort.classes, dim: cohort.dim });
  expect(back.tile).toEqual(cohort.tile); // micrometres too
  const groups = new Map(cohort.bags.map(({ id, group, n }) => [id, { group, n }]));
  for (const { id, group, n } of back.bags) {
    expect([id, { group, n }]).toEqual([id, groups.get(id)]);
    const { features: was, ...before } = await cohort.load(id, split);
    const { features: is, ...after } = await back.load(id, back.splits(0)[0]!);
    expect(after).toEqual(before); // coordinates and labels of tiles too
    expect(Buffer.from(is.buffer).equals(Buffer.from(was.buffer))).toBe(true); // the same bits
  }
}

describe('a simulated cohort as CLAM files', () => {
  test('camelyon17-sim: the same bags, patients and splits come back', async () => {
    const dir = join(top, 'c17');
    const cohort = await openCohort('camelyon17-sim', { scale: 'quick' });
    const written = await exportCohort(cohort, dir, { splitSeed: 0, slides: 24 });
    expect(written).toMatchObject({ slides: 24, splits: 1 });
    await sameBags(cohort, dir);
    const back = await openFolder(dir);
    const there = new Set(back.bags.map(({ id }) => id));
    const [own, [split]] = [back.splits(0), cohort.splits(0)];
    for (const side of ['train', 'val', 'test'] as const)
      expect(own[0]![side]).toEqual(split![side].filter((id) => there.has(id)));
    expect(back.warnings).toEqual([]);
  });

  test('camelyon16-sim: five splits, in both of their forms', async () => {
    const dir = join(top, 'c16');
    const cohort = await openCohort('camelyon16-sim', { scale: 'quick', encoder: 'resnet18' });
    await exportCohort(cohort, dir, { splitSeed: 3, slides: 12 });
    const names = readdirSync(join(dir, 'splits')).sort();
    expect(names).toEqual([0, 1, 2, 3, 4].flatMap((k) => [`splits_${k}.csv`, `splits_${k}_bool.csv`]));
    const both = async (k: number) => {
      const [a, b] = await Promise.all(
        ['', '_bool'].map((form) => openFolder(dir, { splits: join(dir, `splits/splits_${k}${form}.csv`) })),
      );
      expect(a!.splits(0)).toEqual(b!.splits(0));
    };
    for (const k of [0, 4]) await both(k);
    await sameBags(cohort, dir);
  });

  test('the files are as CLAM writes them', async () => {
    const dir = join(top, 'c17');
    const id = readdirSync(join(dir, 'h5_files'))[0]!.replace('.h5', '');
    const features = place(join(dir, 'h5_files', `${id}.h5`));
    const alone = await readSlide({ id, features });
    expect(alone.type).toBe('float32');
    const { attributes, tile, positions } = await readSlide({
      id,
      features,
      coords: place(join(dir, 'patches', `${id}.h5`)),
    });
    expect(positions).toEqual(alone.positions);
    expect(tile).toEqual({ level0: 256, px: 256 });
    const extent = [0, 1].map((axis) => Math.max(...positions!.filter((_, i) => i % 2 === axis)) + 256);
    expect(attributes).toEqual({
      ...{ patch_size: 256, patch_level: 0, downsample: [1, 1] },
      ...{ level_dim: extent, downsampled_level_dim: extent },
    });
    expect(readFileSync(join(dir, 'dataset.csv'), 'utf8')).toMatch(
      /^case_id,slide_id,label\npatient_000,patient_000_node_\d,/,
    );
    expect(readFileSync(join(dir, 'splits/splits_0.csv'), 'utf8')).toMatch(/^,train,val,test\n0,patient_/);
  });

  test('annotations are those of the outlined slides, in pixels', async () => {
    const dir = join(top, 'c17');
    const cohort = await openCohort('camelyon17-sim', { scale: 'quick' });
    if (!isSlideCohort(cohort)) throw new Error('no outlines');
    const files = readdirSync(join(dir, 'annotations'));
    const labels = new Map(cohort.bags.map(({ id, label }) => [id, label]));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(labels.get(file.replace('.xml', ''))).toBeGreaterThan(0);
    const [x, y] = (await cohort.outlines(files[0]!.replace('.xml', '')))[0]!.rings[0]![0]!;
    const xml = readFileSync(join(dir, 'annotations', files[0]!), 'utf8');
    expect(xml).toContain(`<Coordinate Order="0" X="${x * 256}" Y="${y * 256}" />`);
  });

  test('holes are cut out', () => {
    const ring = (at: number): [number, number][] => [
      [at, at],
      [at + 1, at],
      [at, at + 1],
    ];
    const xml = asapXml([{ rings: [ring(0), ring(5)] }, { rings: [ring(9)] }]);
    expect(
      [...xml.matchAll(/<Annotation Name="(.*?)" Type="Polygon" PartOfGroup="(\w+)"/g)].map((m) => m.slice(1)),
    ).toEqual([
      ['Annotation 0', 'Tumor'],
      ['Annotation 1', 'Exclusion'],
      ['Annotation 2', 'Tumor'],
    ]);
    expect(xml.match(/<Coordinate /g)).toHaveLength(9);
    expect(xml).toContain('\t\t\t\t<Coordinate Order="2" X="5" Y="6" />');
    expect(xml.match(/<Group Name="\w+" PartOfGroup="None"/g)).toHaveLength(2);
  });
});

describe('refused', () => {
  test('real data, too few slides, a folder with files in it', async () => {
    const real = { ...(await openCohort('mnist-bags', { scale: 'quick' })), simulated: false };
    expect(await refusal(() => exportCohort(real, join(top, 'x'), { splitSeed: 0 }))).toMatch(
      /mnist-bags is not simulated/,
    );
    const cohort = await openCohort('bracs-sim', { scale: 'quick' });
    expect(await refusal(() => exportCohort(cohort, join(top, 'y'), { splitSeed: 0, slides: 8 }))).toMatch(
      /--slides 8: bracs-sim needs at least 9, one of every class on every side/,
    );
    expect(await refusal(() => exportCohort(cohort, top, { splitSeed: 0 }))).toMatch(/there are files in it/);
  });

  test('on the command line', async () => {
    const run = async (...args: string[]) => {
      const lines: string[] = [];
      const code = await runData(['export', ...args], {
        out: (line) => lines.push(line),
        err: (line) => lines.push(line),
      });
      return [code, lines.join('\n')] as const;
    };
    expect((await run('bracs-sim'))[0]).toBe(2);
    expect((await run('bracs-sim', '--out', join(top, 'z'), '--format', 'zarr'))[0]).toBe(2);
    const [code, text] = await run('bracs-sim', '--out', join(top, 'bracs'), '--slides', '9');
    expect([code, text]).toEqual([
      0,
      expect.stringMatching(/: 9 slides, 1 split, \d annotation files; look at them with pnpm data check /),
    ]);
  });
});
