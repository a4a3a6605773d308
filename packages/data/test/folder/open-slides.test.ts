import { expect, test } from 'vitest';
import { openFolder } from '../../src/folder/open-folder.js';
import { openSlides } from '../../src/folder/open-slides.js';
import { featuresOf, positionsOf, refusal, WSI } from '../features/fixtures.js';
import { copied, folder, labels, npy, slides } from './toy.js';

test('slides of a folder, and of a file alone with the coordinates of the folder beside', async () => {
  const clam = await openSlides(`${WSI}/clam`);
  expect(clam.ids).toHaveLength(10);
  const alone = await openSlides(`${WSI}/clam/pt_files/s002.pt`);
  expect(alone.ids).toEqual(['s002']);
  for (const [id, found] of [await clam.load('s002'), await alone.load('s002')].map(
    (slide) => [slide.id, slide] as const,
  )) {
    expect([id, found.n, found.d]).toEqual(['s002', 7, 8]);
    expect(found.features).toEqual(featuresOf('s002'));
    expect(found.places).toMatchObject({ positions: positionsOf(7), side: 512, step: 512 });
    expect(found.coords).toEqual(Int32Array.from(positionsOf(7), (at) => at / 512));
  }
  expect((await openSlides(`${WSI}/acmil/patch_feats_pretrain_natural_supervised.h5`)).ids).toContain('s010');
  const trident = await openSlides(`${WSI}/trident/20x_256px_0px_overlap/features_resnet18/s002.h5`);
  expect((await trident.load('s002')).places).toMatchObject({
    side: 512,
    extent: [expect.any(Number), expect.any(Number)],
  });
});

test('each that cannot be used is refused by itself', async () => {
  const clam = await openSlides(`${WSI}/clam`);
  expect(await refusal(() => clam.load('s009'))).toMatch(/^slide s009: h5_files\/s009\.h5: truncated/);
  expect(await refusal(() => clam.load('s006'))).toMatch(/^slide s006: h5_files\/s006\.h5: it has no tiles$/);
  expect(await refusal(() => clam.load('s011'))).toMatch(
    /clam: no slide s011 in it; it has s001, s002, s003 and 7 more$/,
  );
  expect(await refusal(() => openSlides(`${WSI}/nowhere`))).toMatch(/nowhere: no such folder$/);
  const twice = await openSlides(folder({ 'a.npy': npy(1, 2), 'a.pt': copied('pt-variants/zip-float32.pt') }));
  expect(await refusal(() => twice.load('a'))).toMatch(/^slide a: there twice/);
});

test('a cohort that keeps what cannot be read: the others are as they are, and each fails when it is loaded', async () => {
  const dir = folder({
    ...slides(8),
    'features/a0.npy': npy(3, 2).subarray(0, 140),
    'features/a1.npy': npy(0, 2),
    'features/a2.npy': npy(3, 5, () => 1),
    'features/a3.npy': npy(3, 2, () => Number.NaN),
    'features/a8.npy': npy(3, 2),
    'labels.csv': `${labels(8)}p9,a9,7\np10,a10,\np11,../a11,1\n`,
  });
  const kept = await openFolder(dir, { onBadSlide: 'keep', classes: ['x', 'y'] });
  expect([kept.dim, kept.bags.map(({ id, n }) => [id, n])]).toEqual([
    2,
    [0, 1, 2, 3, 4, 5, 6, 7].map((s) => [`a${s}`, s < 2 ? undefined : 3]),
  ]);
  const split = kept.splits(0)[0]!;
  expect(await refusal(() => kept.load('a0', split))).toMatch(/^slide a0: features\/a0\.npy: truncated/);
  expect(await refusal(() => kept.load('a1', split))).toMatch(/^slide a1: features\/a1\.npy: it has no tiles$/);
  expect(await refusal(() => kept.load('a2', split))).toBe(
    'slide a2: features/a2.npy: 5 features a tile, expected 2 as the others have; extract it with the same encoder',
  );
  expect(await refusal(() => kept.load('a3', split))).toMatch(/^slide a3: features\/a3\.npy: NaN in row 0, column 0/);
  expect((await kept.load('a4', split)).n).toBe(3);
  expect(kept.problems.map(({ message }) => message)).toEqual([
    'labels.csv, line 11: slide a10 has no label; mend the line',
    'labels.csv, line 12: the slide name "../a11", which no file in a folder can have; mend the line',
    'slide a8: features/a8.npy: it has no label in labels.csv',
  ]);
  expect(await refusal(() => openFolder(dir, { classes: ['x', 'y'] }))).toMatch(/line 11/);
});

test('a sound cohort is the same whether it is to be kept or not', async () => {
  const dir = folder({ ...slides(8), 'labels.csv': labels(8) });
  const [a, b] = [await openFolder(dir), await openFolder(dir, { onBadSlide: 'keep' })];
  expect([b.fingerprint, b.bags, b.splits(1), b.problems]).toEqual([a.fingerprint, a.bags, a.splits(1), []]);
});
