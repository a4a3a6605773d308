import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkFolder } from '../../src/check/check.js';
import { openFolder } from '../../src/folder/open-folder.js';
import type { FolderOptions } from '../../src/folder/options.js';
import { isSlideCohort } from '../../src/slide-cohort.js';
import { checkSplit } from '../../src/splits.js';
import { DIM, featuresOf, HDF5, refusal, WSI } from '../features/fixtures.js';
import { copied, folder, labels, npy, slides } from './toy.js';

const CLASSES = ['normal_tissue', 'tumor_tissue'];
const table = `${WSI}/csv/dataset.csv`;
const skip = { onBadSlide: 'skip', classes: CLASSES } as const;
/** Tiles of four columns, as the fixtures have them, from the corner of the slide. */
const tiles = (n: number): number[] => Array.from({ length: n }, (_, i) => [2 + (i % 4), 4 + Math.floor(i / 4)]).flat();
const bagOf = async (path: string, id: string, options: FolderOptions = {}) => {
  const cohort = await openFolder(path, options);
  return cohort.load(id, cohort.splits(0)[0]!);
};

describe('layouts', () => {
  test.each([
    ['CLAM', `${WSI}/clam`, { ...skip, labels: table }, ['s001', 's002', 's003', 's004', 's005', 's007', 's010']],
    ['TRIDENT', `${WSI}/trident`, { ...skip, labels: table }, ['s001', 's002', 's003', 's004', 's005', 's007', 's010']],
    [
      'ACMIL',
      `${WSI}/acmil/patch_feats_pretrain_natural_supervised.h5`,
      { splits: `${WSI}/acmil/split_1.json` },
      ['s001', 's002', 's003', 's004', 's005', 's007', 's010'],
    ],
    ['torchmil', `${WSI}/torchmil`, {}, ['s001', 's002', 's003', 's004', 's005', 's007', 's010']],
    ['DSMIL', `${WSI}/dsmil`, {}, ['s001', 's002']],
    ['npz', `${WSI}/npz`, {}, ['s001', 's002', 's004']],
  ] as const)('%s', async (layout, path, options, ids) => {
    const cohort = await openFolder(path, options);
    expect(cohort.bags.map(({ id }) => id)).toEqual(ids);
    expect(cohort).toMatchObject({ dim: DIM, simulated: false, coords: layout !== 'DSMIL' });
    expect(cohort.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    const [split] = cohort.splits(0);
    checkSplit(cohort.bags, split!);
    const id = layout === 'DSMIL' ? 's002' : 's001';
    const bag = await cohort.load(id, split!);
    const n = id === 's001' ? 12 : 7;
    expect(bag).toMatchObject({ id, n, d: DIM, label: id === 's001' ? 0 : 1 });
    if (layout === 'DSMIL') expect(bag.coords).toBeUndefined();
    else expect([bag.features, [...bag.coords!]]).toEqual([featuresOf(id), tiles(n)]);
    if (layout === 'torchmil') expect((await cohort.load('s002', split!)).instanceLabels!.join('')).toBe('0001111');
  });

  test("CLAM's .pt files where there are no .h5 files", async () => {
    const dir = folder({
      'pt_files/s001.pt': copied('clam/pt_files/s001.pt'),
      'pt_files/s003.pt': copied('clam/pt_files/s003.pt'),
    });
    cpSync(`${WSI}/clam/patches`, join(dir, 'patches'), { recursive: true });
    const bag = await bagOf(dir, 's003', { labels: table, classes: CLASSES });
    expect([bag.features, [...bag.coords!]]).toEqual([featuresOf('s003'), tiles(70)]);
  });

  test("TRIDENT's .pt files with its files of coordinates", async () => {
    const job = '20x_256px_0px_overlap';
    const dir = folder({
      [`${job}/features_x/s002.pt`]: copied('clam/pt_files/s002.pt'),
      [`${job}/patches/s002_patches.h5`]: copied(`trident/${job}/patches/s002_patches.h5`),
      '10x_512px/patches/s002_patches.h5': copied(`trident/${job}/patches/s003_patches.h5`), // of another job
    });
    const { problems, coords } = await checkFolder(dir, {});
    expect(coords).toBe(1);
    expect(problems.map(({ message }) => message)).toEqual([
      `slide s002: ${job}/features_x/s002.pt: it has no label in the feature files`,
    ]);
    const options = { labels: join(dir, 'l.csv'), splits: join(dir, 's.csv'), classes: ['0', '1'] };
    writeFileSync(options.labels, 'slide_id,label\ns002,1\nx,0\n');
    writeFileSync(options.splits, 'train,test\ns002,s002\n');
    expect(await refusal(() => openFolder(dir, options))).toMatch(/^s\.csv: slide s002 is in train and in test;/);
  });

  test('.pt files stand in for slides that h5_files lacks', async () => {
    const dir = folder({
      'h5_files/s001.h5': copied('clam/h5_files/s001.h5'),
      'pt_files/s001.pt': copied('clam/pt_files/s001.pt'),
      'pt_files/s002.pt': copied('clam/pt_files/s002.pt'),
    });
    const cohort = await openFolder(dir, { labels: table, classes: CLASSES });
    expect(cohort.bags.map(({ id }) => id)).toEqual(['s001', 's002']);
    expect(cohort.warnings).toContain('pt_files: left aside, since h5_files has the same slides (1)');
    expect(cohort.provenance).toMatch(/^Read from \.h5 and \.pt files, labels from dataset\.csv, splits from 5-fold/);
  });

  test('features of two encoders are a choice', async () => {
    const dir = folder({ ...slides(4, 'x/features_a'), ...slides(3, 'x/features_b'), 'labels.csv': labels(4) });
    expect(await refusal(() => openFolder(dir))).toMatch(
      /features of 2 encoders.* \(x\/features_a, x\/features_b\): choose one with --features x\/features_a$/,
    );
    expect((await openFolder(dir, { features: 'features_b' })).bags).toHaveLength(3);
    expect((await openFolder(dir, { features: 'x/features_a/' })).bags).toHaveLength(4);
    expect(await refusal(() => openFolder(dir, { features: 'features_c' }))).toMatch(
      /no features in features_c, found x\/features_a/,
    );
  });
});

describe('tables', () => {
  test('dataset.csv and splits in the folder are taken by themselves', async () => {
    const dir = folder({
      ...slides(6),
      'dataset.csv': labels(6),
      'splits/splits_0.csv': 'train,val,test\na0,a2,a4\na1,a3,a5\n',
      'splits/splits_1.csv': 'train,val,test\na2,a4,a0\na3,a5,a1\n',
      'cohort.json': JSON.stringify({ format: 1, title: 'Toy', classes: ['no', 'yes'], provenance: 'Made up' }),
    });
    const cohort = await openFolder(dir);
    expect(cohort).toMatchObject({ title: 'Toy', classes: ['no', 'yes'], warnings: [] });
    expect(cohort.provenance).toMatch(
      /^Made up\. Read from \.npy files, labels from dataset\.csv, splits from splits;/,
    );
    expect(cohort.splits(7).map(({ name, test }) => [name, test])).toEqual([
      ['splits_0', ['a4', 'a5']],
      ['splits_1', ['a0', 'a1']],
    ]);
    expect(cohort.bags.map(({ label, group, n }) => [label, group, n])).toEqual([
      ...[0, 0, 1, 1, 0, 0].map((label, s) => [label, `p${s >> 1}`, 3]),
    ]);
  });

  test('without splits: five folds that keep patients together, by the split seed', async () => {
    const cohort = await openFolder(folder({ ...slides(20), 'labels.csv': labels(20) }));
    const splits = cohort.splits(0);
    expect(splits).toHaveLength(5);
    for (const split of splits) {
      checkSplit(cohort.bags, split);
      expect(split.val.length).toBeGreaterThan(0);
    }
    expect(splits.flatMap(({ test }) => test).sort()).toEqual(cohort.bags.map(({ id }) => id).sort());
    expect(cohort.splits(1)).not.toEqual(splits);
  });

  test('public cohorts by name', async () => {
    const names = ['normal_001', 'normal_002', 'normal_027', 'tumor_001', 'tumor_015', 'test_001', 'test_003'];
    const dir = folder(Object.fromEntries(names.map((name, s) => [`${name}.npy`, npy(2, 2, (i) => s + i)])));
    const cohort = await openFolder(dir, { labels: 'camelyon16' });
    expect(cohort.classes).toEqual(['normal', 'tumour']);
    expect(cohort.bags.map(({ id, label }) => [id, label])).toContainEqual(['test_001', 1]);
    expect(cohort.splits(0).map(({ name }) => name)).toEqual(['split_1', 'split_2', 'split_3', 'split_4', 'split_5']);
    expect(cohort.splits(0)[0]).toMatchObject({ val: ['tumor_015'], test: ['test_001', 'test_003'] });
    expect(cohort.splits(0)[0]!.train).toEqual(['normal_001', 'normal_002', 'tumor_001']);
    expect(cohort.warnings).toContainEqual(
      expect.stringMatching(/^camelyon16 \(public list\): 392 slides have a label and no/),
    );
  });

  test('the published validation of CAMELYON17 only where patients are not told apart', async () => {
    const names = ['patient_002_node_0', 'patient_002_node_1', 'patient_060_node_0', 'patient_061_node_0'];
    const dir = folder(Object.fromEntries(names.map((name, s) => [`${name}.npy`, npy(2, 2, (i) => s + i)])));
    const options = { labels: 'camelyon17', splits: 'camelyon17-slides' };
    expect(await refusal(() => openFolder(dir, options))).toMatch(/patient patient_002 is in train \(\S+\) and in val/);
    const cohort = await openFolder(dir, { ...options, columns: { patient: '' } });
    expect(cohort.splits(0)[0]).toMatchObject({ train: ['patient_002_node_0'], val: ['patient_002_node_1'] });
  });

  test('the split column of the label table', async () => {
    const cohort = await openFolder(`${WSI}/torchmil`, { labels: `${WSI}/csv/dataset-acmil.csv` });
    expect(cohort.splits(0)).toEqual([
      { name: 'column', train: ['s001', 's002', 's003'], val: ['s004', 's005'], test: ['s007', 's010'] },
    ]);
  });
});

describe('what keeps a folder from being a cohort', () => {
  test.each([
    [
      'a slide that is cut short',
      () => openFolder(`${WSI}/clam`, { labels: table, classes: CLASSES }),
      /^slide s009: h5_files\/s009\.h5: truncated/,
    ],
    [
      'no order of classes',
      () => openFolder(`${WSI}/npz`, { labels: table }),
      /found the labels normal_tissue \(2\), tumor_tissue \(1\): give the classes/,
    ],
    [
      'no public cohort',
      () => openFolder(`${WSI}/npz`, { labels: 'camelyon61' }),
      /^camelyon61: no such file, and no public cohort: camelyon16, camelyon17, /,
    ],
    ['no folder', () => openFolder(`${WSI}/gone`), /gone: no such folder$/],
    ['no features', () => openFolder(`${WSI}/csv`), /csv: no features in it, expected files that end in \.h5, \.pt/],
    [
      'no labels',
      () => openFolder(folder(slides(3))),
      /none of its 3 slides has a label in the feature files; give a table with --labels FILE$/,
    ],
    [
      'another width',
      () => openFolder(folder({ ...slides(4), 'features/a2.npy': npy(3, 5, () => 1), 'labels.csv': labels(4) })),
      /^slide a2: features\/a2\.npy: 5 features a tile, expected 2 as 3 others have;/,
    ],
    [
      'a slide twice',
      () => openFolder(folder({ ...slides(4), ...slides(1, 'more'), 'labels.csv': labels(4) })),
      /^slide a0: there twice, in features\/a0\.npy and more\/a0\.npy;/,
    ],
    [
      'a manifest',
      () => openFolder(folder({ ...slides(4), 'labels.csv': labels(4), 'cohort.json': '{"format":1,"clases":[]}' })),
      /^cohort\.json: content: Unrecognized key: \\?"clases/,
    ],
    [
      'one patient',
      () => openFolder(folder({ ...slides(2), 'labels.csv': 'slide_id,label,patient_id\na0,0,p\na1,1,p\n' })),
      /2 labelled slides of 1 patients, too few/,
    ],
  ])('%s', async (_, open, message) => {
    expect(await refusal(open)).toMatch(message);
  });

  test('skipped slides are warnings', async () => {
    const { warnings } = await openFolder(`${WSI}/clam`, { ...skip, labels: table });
    expect(warnings).toEqual([
      'pt_files: left aside, since h5_files has the same slides (10)',
      'dataset.csv: 1 slide has features and no label: s008',
      'left out: slide s009: h5_files/s009.h5: truncated: 5678 of 9464 bytes; copy the file again',
      'left out, since without tiles: s006',
    ]);
  });

  test('a bag that cannot be one is refused when it is loaded', async () => {
    const path = `${WSI}/torchmil`;
    expect(await refusal(() => bagOf(path, 's007'))).toMatch(
      /^slide s007: features\/s007\.npy: NaN in row 2, column 3, and 2/,
    );
    expect((await bagOf(path, 's007', { nonFinite: 'drop' })).n).toBe(8);
    expect((await bagOf(path, 's007', { nonFinite: 'zero' })).features[2 * DIM + 3]).toBe(0);
    expect(await refusal(() => bagOf(path, 's006'))).toMatch(
      /^slide s006: features\/s006\.npy: it has no label$|no tiles/,
    );
    expect(await refusal(() => bagOf(path, '../s001'))).toBe('own-torchmil: no slide ../s001 in it');
  });
});

describe('coordinates', () => {
  test('off the corner, off the grid, and inferred', async () => {
    const dir = folder({
      'version-3.h5': { from: `${HDF5}/version-3-big-endian.h5` },
      'float64.h5': { from: `${HDF5}/float64.h5` },
    });
    const options = { labels: join(dir, 'labels.csv') };
    writeFileSync(options.labels, 'slide_id,label\nversion-3,0\nfloat64,1\n');
    // (256 i, 512 i): tiles of 512 by the attributes of the first, of 256 by the smallest step of the second.
    expect([...(await bagOf(dir, 'version-3', options)).coords!].slice(0, 8)).toEqual([0, 0, 0, 1, 1, 2, 1, 3]);
    expect([...(await bagOf(dir, 'float64', options)).coords!].slice(0, 8)).toEqual([0, 0, 1, 2, 2, 4, 3, 6]);
    expect([...(await bagOf(dir, 'float64', { ...options, tile: 1024 })).coords!].slice(-2)).toEqual([4, 9]);
  });

  test('outlines of any reader are in the units of the tiles', async () => {
    const square: [number, number][] = [
      [1024, 2048],
      [2048, 2048],
      [2048, 2560],
      [1024, 2560],
    ];
    const asked: unknown[] = [];
    const cohort = await openFolder(
      `${WSI}/torchmil`,
      {},
      {
        fingerprint: 'f',
        async of(id, slide) {
          asked.push([id, slide?.n]);
          return id === 's001'
            ? { outlines: [{ rings: [square] }], tileLabels: new Uint8Array(12).fill(1) }
            : undefined;
        },
      },
    );
    if (!isSlideCohort(cohort)) throw new Error('no outlines');
    expect(await cohort.outlines('s001')).toEqual([
      {
        rings: [
          [
            [2, 4],
            [4, 4],
            [4, 5],
            [2, 5],
          ],
        ],
      },
    ]);
    expect(await cohort.outlines('s002')).toEqual([]);
    const split = cohort.splits(0)[0]!;
    expect((await cohort.load('s001', split)).instanceLabels!.join('')).toBe('000000000000'); // the files' own come first
    expect(asked).toEqual([
      ['s001', undefined],
      ['s002', undefined],
    ]);
    expect(cohort.fingerprint).not.toBe((await openFolder(`${WSI}/torchmil`)).fingerprint);
    expect(isSlideCohort(await openFolder(`${WSI}/torchmil`))).toBe(false);
  });
});

describe('the fingerprint', () => {
  const files = { ...slides(6), 'labels.csv': labels(6) };
  const fingerprint = async (dir: string, options: FolderOptions = {}) => (await openFolder(dir, options)).fingerprint;

  test('is the same for the same files elsewhere', async () => {
    expect(await fingerprint(folder(files))).toBe(await fingerprint(folder(files)));
  });

  test('changes with a number, a label, a patient, the classes, the splits, and settings', async () => {
    const changed = slides(6);
    changed['features/a3.npy']!.set([1], 130);
    const variants = [
      folder(files),
      folder({ ...files, ...changed }),
      folder({ ...files, 'labels.csv': labels(6).replace('a0,0', 'a0,1') }),
      folder({ ...files, 'labels.csv': labels(6).replace('p0,a0', 'p9,a0') }),
      folder({ ...files, 'cohort.json': '{"format":1,"classes":["a","b"]}' }),
      folder({ ...files, 'splits/splits_0.csv': 'train,val,test\na0,a2,a4\na1,a3,a5\n' }),
    ];
    const found = await Promise.all(variants.map((dir) => fingerprint(dir)));
    found.push(await fingerprint(variants[0]!, { nonFinite: 'zero' }), await fingerprint(variants[0]!, { tile: 3 }));
    expect(new Set(found).size).toBe(8);
  });

  test('sees sizes, ends and a sample of large files', async () => {
    const { placesOf, sampleDigest } = await import('../../src/folder/fingerprint.js');
    const size = 3_000_000;
    const dir = folder({ 'a.bin': new Uint8Array(size) });
    const before = await sampleDigest(join(dir, 'a.bin'));
    const parts = placesOf(size);
    expect(parts[0]![0]).toBe(0);
    expect(parts.at(-1)!.reduce((a, b) => a + b)).toBe(size);
    for (const [i, [from, length]] of parts.entries()) {
      expect(from).toBeGreaterThanOrEqual(i === 0 ? 0 : parts[i - 1]!.reduce((a, b) => a + b)); // none overlap
      const bytes = readFileSync(join(dir, 'a.bin'));
      bytes[from + length - 1] = 1;
      writeFileSync(join(dir, 'b.bin'), bytes);
      expect(await sampleDigest(join(dir, 'b.bin'))).not.toBe(before);
    }
    writeFileSync(join(dir, 'c.bin'), new Uint8Array(size + 1));
    expect(await sampleDigest(join(dir, 'c.bin'))).not.toBe(before);
    expect(placesOf(0)).toEqual([[0, 0]]);
  });
});
