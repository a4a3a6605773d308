import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkFolder } from '../../src/check/check.js';
import { readSlide } from '../../src/features/read-slide.js';
import { openFolder } from '../../src/folder/open-folder.js';
import { type Encoder, openEncoder } from '../../src/slides/encoder/encoder.js';
import { findSlides } from '../../src/slides/find-slides.js';
import { readRegion, resized } from '../../src/slides/pixels.js';
import { type PreprocessOptions, preprocess, type SlideOutcome } from '../../src/slides/preprocess.js';
import type { Provenance } from '../../src/slides/provenance.js';
import { openSlide } from '../../src/slides/slide.js';
import type { TissueOptions } from '../../src/slides/tissue/presets.js';
import { expected, points, slidePath, sorted, tissueOptions } from './fixtures.js';
import { model, node, value, weights } from './onnx.js';
import { tinyFeatures } from './tiny-encoder.js';

const MEAN = [0.7, 0.6, 0.5] as const;
const STD = [0.2, 0.25, 0.3] as const;

let folder: string;
let out: string;
let encoders: Encoder[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asmil-preprocess-'));
  out = join(folder, 'features');
  encoders = [];
});
afterEach(async () => {
  for (const encoder of encoders) await encoder.close();
  await rm(folder, { recursive: true });
});

interface Changes extends Partial<Omit<PreprocessOptions, 'settings' | 'encoder'>> {
  size?: number;
  mean?: readonly [number, number, number];
  tissue?: TissueOptions;
  model?: string;
  target?: number;
}

async function run(paths: readonly string[], changes: Changes = {}): Promise<SlideOutcome[]> {
  const { size = 256, mean = MEAN, tissue = tissueOptions(expected('synth-20x').presets.biopsy!), ...rest } = changes;
  const { model: path = slidePath('tiny-encoder.onnx'), target = 20, ...options } = rest;
  const encoder = await openEncoder({ path, size, mean, std: STD, batch: 5 });
  encoders.push(encoder);
  const settings = {
    tile: { pixels: 256, magnification: target },
    tissue,
    encoder: { sha256: encoder.sha256, output: encoder.output, size, mean, std: STD },
  };
  return preprocess(await findSlides(paths), { settings, encoder, out, jobs: 2, ...options });
}

const read = (id: string) => {
  const path = join(out, 'h5_files', `${id}.h5`);
  return readSlide({ id, features: { path, name: path } });
};
const messages = (outcomes: readonly SlideOutcome[]) => outcomes.map(({ message }) => message);
const files = async (below: string): Promise<string[]> => (await readdir(join(out, below)).catch(() => [])).sort();

describe.each([
  ['synth-40x', 'biopsy'],
  ['synth-40x', 'otsu'],
  ['synth-40x', 'default-small'],
  ['synth-20x', 'biopsy'],
] as const)('%s with the recipe %s', (id, preset) => {
  it('writes files with the tiles of the reference, that this suite reads', async () => {
    const reference = expected(id);
    const tissue = tissueOptions(reference.presets[preset]!);
    const [outcome] = await run([slidePath(`${id}.svs`)], { tissue, size: 8 });
    const { numTiles, tilesSortedXY } = reference.presets[preset]!;
    expect(outcome).toMatchObject({ id, state: 'written', tiles: numTiles, side: reference.tile0 });
    const slide = await read(id);
    expect([slide.n, slide.dim, slide.type]).toEqual([numTiles, 4, 'float32']);
    expect(sorted(points(slide.positions!))).toEqual(tilesSortedXY);
    expect(slide.tile).toEqual({ level0: reference.tile0, px: reference.tile0 });
    expect(slide.attributes).toMatchObject({
      patch_level: 0,
      patch_size: reference.tile0,
      downsample: [1, 1],
      level_dim: reference.level0,
    });
  });
});

it('the features are those of the tiles, worked out from the colours', async () => {
  const [outcome] = await run([slidePath('synth-20x.svs')]);
  const slide = await read('synth-20x');
  expect(slide.features).toHaveLength(4 * outcome!.tiles!);
  const file = await openSlide(slidePath('synth-20x.svs'));
  const places = points(slide.positions!);
  for (const [t, [x, y]] of places.entries()) {
    const { data } = await readRegion(file, file.levels[0]!, x, y, 256, 256);
    const planes = [0, 1, 2].map((c) => {
      let sum = 0;
      for (let i = c; i < data.length; i += 3) sum += data[i]!;
      return (sum / 65536 / 255 - MEAN[c]!) / STD[c]!;
    }) as [number, number, number];
    tinyFeatures(planes).forEach((wanted, d) => {
      expect(Math.abs(slide.features[4 * t + d]! - wanted)).toBeLessThan(1e-3);
    });
  }
  // And from the colours that OpenSlide saw: 0.5 grey levels at most.
  const samples = expected('synth-20x').tileSamples.tiles.filter(({ xy }) =>
    places.some((p) => String(p) === String(xy)),
  );
  for (const { xy, meanRgb } of samples) {
    const t = places.findIndex((place) => String(place) === String(xy));
    const red = slide.features[4 * t]! * STD[0] + MEAN[0];
    expect(Math.abs(255 * red - meanRgb[0]!)).toBeLessThan(0.5);
  }
});

it('a slide of 40x is read at level 0 and halved, as one of 20x is read', async () => {
  await run([slidePath('synth-40x.svs')], { tissue: tissueOptions(expected('synth-40x').presets.otsu!) });
  const slide = await read('synth-40x');
  const file = await openSlide(slidePath('synth-40x.svs'));
  const [x, y] = [slide.positions![0]!, slide.positions![1]!];
  const half = await resized(await readRegion(file, file.levels[0]!, x, y, 512, 512), 256, 256);
  const mean = half.data.reduce((sum, v, i) => sum + (i % 3 === 0 ? v : 0), 0) / 65536;
  expect(Math.abs(slide.features[0]! - (mean / 255 - MEAN[0]) / STD[0])).toBeLessThan(1e-3);
  const { found } = JSON.parse(String(slide.attributes.provenance)) as Provenance;
  expect(found).toMatchObject({ threshold: 46, readAt: 1, side: 512 });
  // At 10x the same slide is read from its second level.
  await run([slidePath('synth-40x.svs')], { target: 10, overwrite: true });
  const again = JSON.parse(String((await read('synth-40x')).attributes.provenance)) as Provenance;
  expect(again.found).toMatchObject({ readAt: 4, side: 1024 });
});

it('the file says how it was made', async () => {
  await run([slidePath('generic-pyramid.tif')], { size: 16 });
  const { attributes } = await read('generic-pyramid');
  const { settings, slide, encoder } = JSON.parse(String(attributes.provenance)) as Provenance;
  expect(settings).toMatchObject({
    tile: { pixels: 256, magnification: 20 },
    tissue: { threshold: 15, median: 11, close: 2, tissueArea: 1, holeArea: 1, holes: 2 },
    encoder: { output: 'features', size: 16, mean: MEAN, std: STD, sha256: encoders[0]!.sha256 },
  });
  const { size: bytes } = await stat(slidePath('generic-pyramid.tif'));
  expect(slide).toEqual({
    ...{ file: 'generic-pyramid.tif', bytes, size: [1536, 1280] },
    ...{ magnification: 20, magnificationFrom: 'resolution', mpp: 0.5 },
  });
  expect(encoder).toEqual({ file: 'tiny-encoder.onnx', features: 4 });
});

it('a folder of slides becomes a folder that the suite opens', async () => {
  const slides = join(folder, 'slides');
  await mkdir(join(slides, 'more'), { recursive: true });
  await copyFile(slidePath('synth-20x.svs'), join(slides, 'a.svs'));
  await copyFile(slidePath('generic-pyramid.tif'), join(slides, 'more', 'b.tif'));
  await writeFile(join(slides, 'notes.txt'), 'not a slide');
  const outcomes = await run([slides], { size: 8 });
  expect(outcomes.map(({ id, state }) => [id, state])).toEqual([
    ['a', 'written'],
    ['b', 'written'],
  ]);
  await writeFile(join(out, 'labels.csv'), 'slide_id,label\na.svs,0\nb.tif,1\n');
  const { problems } = await checkFolder(out, {});
  expect(problems.filter(({ level }) => level === 'error')).toEqual([]);
  const cohort = await openFolder(out, { splits: undefined });
  const [split] = cohort.splits(0);
  const bag = await cohort.load('a', split!);
  expect([bag.n, bag.d, bag.label]).toEqual([14, 4, 0]);
});

it('the previews show the slide, its tissue and its tiles', async () => {
  await run([slidePath('synth-20x.svs')], { size: 8 });
  const picture = async (name: string) => {
    const { data, info } = await sharp(join(out, name, 'synth-20x.png'))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([1600, 1244]);
    return (x: number, y: number) => [...data.subarray(3 * (y * 1600 + x), 3 * (y * 1600 + x) + 3)];
  };
  const scale = 1600 / 2304;
  const [tiles, tissue] = [await picture('stitches'), await picture('masks')];
  const [x, y] = (await read('synth-20x')).positions!;
  expect(tiles(Math.round(x! * scale), Math.round((y! + 100) * scale))).toEqual([0, 87, 184]); // a frame
  const corner = tissue(3, 3); // glass: as it is, and faded
  expect(corner.every((v) => v > 215)).toBe(true);
  tiles(3, 3).forEach((v, c) => {
    expect(Math.abs(v - (255 - 0.3 * (255 - corner[c]!)))).toBeLessThanOrEqual(1);
  });
});

describe('again', () => {
  it('leaves finished slides as they are, and makes those that are missing', async () => {
    const paths = [slidePath('synth-20x.svs'), slidePath('generic-pyramid.tif')];
    await run([paths[0]!], { size: 8 });
    const path = join(out, 'h5_files', 'synth-20x.h5');
    const before = [await readFile(path), (await stat(path)).mtimeMs] as const;
    const outcomes = await run(paths, { size: 8 });
    expect(outcomes.map(({ state, tiles }) => [state, tiles])).toEqual([
      ['present', 14],
      ['written', outcomes[1]!.tiles],
    ]);
    expect((await readFile(path)).equals(before[0])).toBe(true);
    expect((await stat(path)).mtimeMs).toBe(before[1]);
  });

  it('with other settings says which, and overwrites when told to', async () => {
    const path = slidePath('synth-20x.svs');
    await run([path], { size: 8 });
    const before = await readFile(join(out, 'h5_files', 'synth-20x.h5'));
    const tissue = { ...tissueOptions(expected('synth-20x').presets.biopsy!), holes: 3 };
    expect(messages(await run([path], { size: 8, mean: [0, 0, 0], tissue }))).toEqual([
      expect.stringMatching(
        /^synth-20x\.svs: .*synth-20x\.h5 was made with other settings \(tissue\.holes, encoder\.mean\); give another --out, or --overwrite$/,
      ),
    ]);
    expect((await readFile(join(out, 'h5_files', 'synth-20x.h5'))).equals(before)).toBe(true);
    const [outcome] = await run([path], { size: 8, mean: [0, 0, 0], overwrite: true });
    expect(outcome!.state).toBe('written');
  });

  it('with another slide under the same name, another program’s file, or a damaged one', async () => {
    const path = join(folder, 's.tif');
    await copyFile(slidePath('generic-pyramid.tif'), path);
    await run([path], { size: 8 });
    await writeFile(path, Buffer.concat([await readFile(path), Buffer.alloc(7)]));
    expect(messages(await run([path], { size: 8 }))[0]).toMatch(/other settings \(slide\.bytes\)/);
    const h5 = join(out, 'h5_files', 's.h5');
    await copyFile(join(import.meta.dirname, '..', 'fixtures', 'hdf5', 'float64.h5'), h5);
    expect(messages(await run([path], { size: 8 }))[0]).toMatch(
      /s\.h5 was made by another program; give another --out/,
    );
    await writeFile(h5, 'cut');
    expect(messages(await run([path], { size: 8 }))[0]).toMatch(
      /^s\.tif: there are features already that cannot be read/,
    );
  });

  it('after an interruption: nothing half is there, and the rest follows', async () => {
    const paths = [slidePath('synth-20x.svs'), slidePath('synth-40x.svs')];
    const controller = new AbortController();
    const progress = (id: string, done: number) => {
      if (id === 'synth-40x' && done >= 5) controller.abort(new Error('stopped'));
    };
    const work = run(paths, { size: 8, jobs: 1, signal: controller.signal, progress });
    await expect(work).rejects.toThrow('stopped');
    expect(await files('h5_files')).toEqual(['synth-20x.h5']);
    expect(await files('patches')).toEqual(['synth-20x.h5']);
    expect((await run(paths, { size: 8 })).map(({ state }) => state)).toEqual(['present', 'written']);
  });
});

describe('slides that cannot be used', () => {
  const pale = async (path: string): Promise<void> => {
    await sharp({ create: { width: 1024, height: 1024, channels: 3, background: '#eeeeee' } })
      .tiff({ tile: true, pyramid: true, compression: 'jpeg', xres: 2000, yres: 2000 })
      .toFile(path);
  };

  it('fail with a line each, and leave the others alone', async () => {
    const at = (name: string) => join(folder, name);
    await writeFile(at('cut.svs'), (await readFile(slidePath('synth-20x.svs'))).subarray(0, 60_000));
    await writeFile(at('text.svs'), 'no slide');
    await pale(at('pale.tif'));
    await sharp(at('pale.tif'))
      .tiff({ tile: true, pyramid: true, compression: 'jpeg', xres: 3, yres: 3 })
      .toFile(at('unknown.tif'));
    const names = ['cut.svs', 'text.svs', 'pale.tif', 'unknown.tif', 'none.svs'];
    const outcomes = await run([...names.map(at), slidePath('unsupported-jpeg2000.tif'), slidePath('synth-20x.svs')], {
      size: 8,
    });
    expect(messages(outcomes)).toEqual([
      expect.stringMatching(/^cut\.svs: truncated: /),
      expect.stringMatching(/^text\.svs: no TIFF file/),
      'pale.tif: no tissue: nothing on it is coloured; see masks/pale.png',
      expect.stringMatching(/^unknown\.tif: does not say its magnification; give it with --magnification/),
      'none.svs: no such file',
      expect.stringMatching(/^unsupported-jpeg2000\.tif: its tiles are JPEG 2000/),
      undefined,
    ]);
    expect(await files('h5_files')).toEqual(['synth-20x.h5']);
    expect(await files('masks')).toEqual(['pale.png', 'synth-20x.png']);
    const large = { ...tissueOptions(expected('synth-20x').presets.biopsy!), tissueArea: 100 };
    expect(messages(await run([slidePath('synth-40x.svs')], { size: 8, tissue: large }))).toEqual([
      'synth-40x.svs: no tissue: no piece of tissue is larger than --tissue-area 100 (squares of 512 pixels); see masks/synth-40x.png',
    ]);
  });

  it('stop the rest where that is asked for', async () => {
    await writeFile(join(folder, 'text.svs'), 'no slide');
    const outcomes = await run([join(folder, 'text.svs'), slidePath('synth-20x.svs')], {
      size: 8,
      jobs: 1,
      strict: true,
    });
    expect(outcomes.map(({ id, state }) => [id, state])).toEqual([['text', 'failed']]);
    expect(await files('h5_files')).toEqual([]);
  });

  it('are taken with a magnification that is given, and enlarged when that is asked for', async () => {
    const path = join(folder, 'unknown.tif');
    const crop = { left: 256, top: 128, width: 1536, height: 1280 };
    await sharp(slidePath('synth-20x.svs'))
      .extract(crop)
      .tiff({ tile: true, pyramid: true, xres: 3, yres: 3 })
      .toFile(path);
    const tissue = { ...tissueOptions(expected('synth-20x').presets.biopsy!), tissueArea: 0.5 };
    expect(messages(await run([path], { size: 8, tissue, assumed: 10 }))).toEqual([
      'unknown.tif: scanned at 10x, less than the 20x of the tiles; lower --target, or enlarge with --allow-upsampling',
    ]);
    expect((await run([path], { size: 8, tissue, assumed: 10, upsample: true }))[0]).toMatchObject({ side: 128 });
    const [outcome] = await run([path], { size: 8, tissue, assumed: 40, overwrite: true });
    expect(outcome).toMatchObject({ state: 'written', side: 512, magnification: 40 });
    expect(JSON.parse(String((await read('unknown')).attributes.provenance)).slide).toMatchObject({
      ...{ magnification: 40, magnificationFrom: 'option' },
    });
  });

  it('name the tile whose features are no numbers', async () => {
    const bad = join(folder, 'log.onnx');
    const parts = [
      node('GlobalAveragePool', ['image'], 'pooled'),
      node('Flatten', ['pooled'], 'flat'),
      node('Add', ['flat', 'shift'], 'moved'),
      node('Log', ['moved'], 'out'),
      weights('shift', [1, 3], [0, 0, 0]),
      value(11, 'image', ['N', 3, 'S', 'S']),
      value(12, 'out', ['N', 3]),
    ];
    await writeFile(bad, model(...parts));
    expect(messages(await run([slidePath('synth-20x.svs')], { size: 8, model: bad, mean: [1, 1, 1] }))).toEqual([
      expect.stringMatching(
        /^synth-20x\.svs: log\.onnx gives NaN for the tile at \(\d+, \d+\); check --mean and --std$/,
      ),
    ]);
    expect(await files('h5_files')).toEqual([]);
  });

  it('must have names of their own', async () => {
    await mkdir(join(folder, 'a'));
    await mkdir(join(folder, 'b'));
    for (const name of ['a/x.svs', 'b/x.tiff']) await writeFile(join(folder, name), '');
    await expect(findSlides([join(folder, 'a'), join(folder, 'b')])).rejects.toThrow(
      /would both be called x: rename one/,
    );
    await mkdir(join(folder, 'c'));
    await expect(findSlides([join(folder, 'c')])).rejects.toThrow(/no slides in this folder/);
    expect(await findSlides(['d/s.1.svs', 'd/s.1.svs'])).toEqual([{ id: 's.1', path: 'd/s.1.svs' }]);
  });
});
