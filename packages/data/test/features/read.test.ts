import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inspectSlide, readSlide } from '../../src/features/read-slide.js';
import { DIM, featuresOf, HDF5, LAYOUTS, manifest, place, positionsOf, WSI } from './fixtures.js';

/** Slides that a layout's files have whole. */
const WHOLE: Readonly<Record<string, readonly string[]>> = {
  'CLAM h5': ['s001', 's002', 's003', 's004', 's005', 's006', 's007', 's008', 's010'],
  'CLAM pt': ['s001', 's002', 's003', 's004', 's005', 's006', 's007', 's008', 's010'],
  TRIDENT: ['s001', 's002', 's003', 's004', 's005', 's006', 's007', 's008', 's010'],
  ACMIL: ['s001', 's002', 's003', 's004', 's005', 's006', 's007', 's008', 's010'],
  torchmil: ['s001', 's002', 's003', 's004', 's005', 's006', 's007', 's010'],
  npz: ['s001', 's002', 's004', 's006'],
};
const cases = Object.entries(WHOLE).flatMap(([layout, ids]) => ids.map((id) => [layout, id] as const));

/** Reads a slide with the numbers that are not finite set to 0, so that every slide can be compared. */
const read = (layout: string, id: string) => readSlide(LAYOUTS[layout]!(id), { nonFinite: 'zero' });

test('the formula gives the numbers of the manifest', () => {
  for (const [id, { n, sumFinite, nonFinite, firstRow, lastRow }] of Object.entries(manifest.slides)) {
    const values = featuresOf(id);
    const finite = values.filter(Number.isFinite);
    expect([id, finite.reduce((a, b) => a + b, 0), values.length - finite.length]).toEqual([id, sumFinite, nonFinite]);
    if (n > 0) expect([[...values.slice(0, DIM)], [...values.slice(-DIM)]]).toEqual([firstRow, lastRow]);
  }
});

describe('slides of the manifest', () => {
  test.each(cases)('%s %s: sizes, features and coordinates to the bit', async (layout, id) => {
    const { n, instanceLabelSum, label } = manifest.slides[id]!;
    const header = await inspectSlide(LAYOUTS[layout]!(id));
    const slide = await read(layout, id);
    const half = layout === 'ACMIL' || id === 's004';
    expect(header).toMatchObject({ id, n, dim: DIM, type: half ? 'float16' : 'float32' });
    expect(slide).toMatchObject(header);
    expect(slide.features).toEqual(featuresOf(id).map((value) => (Number.isFinite(value) ? value : 0)));
    expect(slide.positions).toEqual(layout === 'CLAM pt' ? undefined : positionsOf(n));
    expect(header.coords).toBe(slide.positions !== undefined);
    if (layout === 'torchmil') expect(slide.tileLabels!.reduce((a, b) => a + b, 0)).toBe(instanceLabelSum);
    else expect(slide.tileLabels).toBeUndefined();
    const labelled = ['ACMIL', 'torchmil', 'npz'].includes(layout) && label !== null;
    expect(slide.label).toBe(labelled ? label : undefined);
    expect(slide.warnings).toHaveLength(id === 's007' ? 1 : 0);
  });

  test('attributes give the size of the tiles', async () => {
    const clam = await read('CLAM h5', 's003');
    expect(clam.attributes).toEqual({
      ...{ patch_size: 512, patch_level: 0, downsample: [1, 1] },
      ...{ level_dim: [20000, 16000], downsampled_level_dim: [20000, 16000] },
    });
    expect(clam.tile).toEqual({ level0: 512, px: 512 });
    const trident = await read('TRIDENT', 's003');
    expect(trident.attributes).toEqual({
      ...{ patch_size: 256, patch_size_level0: 512, level0_magnification: 40, target_magnification: 20, overlap: 0 },
      ...{ level0_width: 20000, level0_height: 16000 },
    });
    expect(trident.tile).toEqual({ level0: 512, px: 256 });
    expect((await read('ACMIL', 's003')).tile).toBeUndefined();
  });

  test('coordinates in a file of their own go with features without', async () => {
    const files = { ...LAYOUTS['CLAM pt']!('s003'), coords: place(`${WSI}/clam/patches/s003.h5`) };
    const slide = await readSlide(files);
    expect(slide.features).toEqual(featuresOf('s003'));
    expect([slide.positions, slide.tile]).toEqual([positionsOf(70), { level0: 512, px: 512 }]);
  });
});

describe('variants of one slide', () => {
  const variant = async (path: string) => readSlide({ id: 's002', features: place(path) });

  test.each([
    ...['float16', 'float32', 'float64', 'bfloat16', 'strided', 'view-offset', 'dict', 'parameter'].map(
      (name) => `pt-variants/zip-${name}.pt`,
    ),
    'pt-variants/legacy-float32.pt',
    ...['bigendian', 'float64', 'fortran', 'version2'].map((name) => `npy-variants/${name}.npy`),
  ])('%s', async (path) => {
    const slide = await variant(`${WSI}/${path}`);
    expect([slide.n, slide.dim]).toEqual([7, DIM]);
    expect(slide.features).toEqual(featuresOf('s002'));
    expect(slide.positions).toEqual(path.includes('dict') ? positionsOf(7) : undefined);
  });

  test('what NumPy and PyTorch call the types', async () => {
    const types = async (...paths: string[]) => Promise.all(paths.map(async (path) => (await variant(path)).type));
    const pt = ['float64', 'bfloat16', 'float16'].map((name) => `${WSI}/pt-variants/zip-${name}.pt`);
    expect(await types(...pt, `${WSI}/npy-variants/float64.npy`)).toEqual([
      ...['float64', 'bfloat16', 'float16', 'float64'],
    ]);
  });

  test("DSMIL's CSV has four decimals", async () => {
    for (const [label, id] of ['s001', 's002'].entries()) {
      const path = `${WSI}/dsmil/toy/${label}/${id}.csv`;
      const { n, features } = await readSlide({ id, features: place(path) });
      const expected = featuresOf(id);
      expect(n).toBe(manifest.slides[id]!.n);
      expected.forEach((value, k) => {
        expect(Math.abs(features[k]! - value)).toBeLessThan(5.1e-5);
      });
      const text = readFileSync(path, 'utf8').split('\n')[1]!;
      expect([...features.slice(0, DIM)]).toEqual(text.split(',').map((field) => Math.fround(Number(field))));
    }
  });
});

describe('HDF5 of other makings', () => {
  const read = (name: string) => readSlide({ id: name, features: place(`${HDF5}/${name}.h5`) });
  const features = Float32Array.from({ length: 160 }, (_, k) => k / 8);
  const coords = Int32Array.from({ length: 40 }, (_, k) => (k % 2 ? 512 : 256) * (k >> 1));

  test.each([
    ['version-3-big-endian', 'float32', coords],
    ['float64', 'float64', coords],
    ['one-chunk', 'float16', undefined],
  ])('%s', async (name, type, positions) => {
    const slide = await read(name);
    expect(slide).toMatchObject({ n: 20, dim: 8, type });
    expect(slide.features).toEqual(features);
    expect(slide.positions).toEqual(positions);
  });

  test('whole numbers, one row as a vector, no rows and no width', async () => {
    expect((await read('uint8-scaleoffset')).features).toEqual(Float32Array.from({ length: 160 }, (_, k) => k));
    expect(await read('vector')).toMatchObject({ n: 1, dim: 8, features: features.slice(8, 16) });
    expect(await read('no-width')).toMatchObject({ n: 0, dim: 0, positions: new Int32Array(0) });
  });

  test('attributes of odd types are left out, others read', async () => {
    const { attributes, tile } = await read('version-3-big-endian');
    expect(attributes).toEqual({ fixed: 'plain', patch_size: 256, downsample: [2, 2] });
    expect(tile).toEqual({ level0: 512, px: 256 });
  });
});

describe('numbers that are not finite', () => {
  test.each(['CLAM h5', 'CLAM pt', 'TRIDENT', 'ACMIL', 'torchmil'])('%s: dropped with their tiles', async (layout) => {
    const slide = await readSlide(LAYOUTS[layout]!('s007'), { nonFinite: 'drop' });
    const rows = [0, 1, 3, 4, 6, 7, 8, 9]; // without 2 and 5
    const expected = rows.flatMap((i) => [...featuresOf('s007').subarray(i * DIM, (i + 1) * DIM)]);
    expect([slide.n, [...slide.features]]).toEqual([8, expected]);
    if (slide.positions) {
      const all = positionsOf(10);
      expect([...slide.positions]).toEqual(rows.flatMap((i) => [all[2 * i], all[2 * i + 1]]));
    }
    if (slide.tileLabels) expect(slide.tileLabels).toHaveLength(8);
    expect(slide.warnings).toEqual([
      expect.stringMatching(/NaN in row 2, column 3, and 2 more that are not finite: 2 of 10 tiles left out$/),
    ]);
  });
});
