import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModel, Predictor } from '@asmil/baselines';
import { type Bag, createRng, saveCheckpoint, type TrainJob, trainModel, useEngine } from '@asmil/core';
import { holdOut, readSlide } from '@asmil/data';
import { beforeAll, describe, expect, it } from 'vitest';
import { PAPER_TRAINING } from '../../src/presets/paper-training.js';
import { dir, here, mil } from './harness.js';

type Weights = ReturnType<Parameters<NonNullable<TrainJob['onSelect']>>[1]>;

const SLIDES = here('../../../data/test/fixtures/slides');
const ENCODER = join(SLIDES, 'tiny-encoder.onnx');
const slide = (name: string): string => join(SLIDES, name);
const preprocess = (out: string, ...args: string[]) =>
  mil('preprocess', '--encoder', ENCODER, '--size', '8', '--tissue-area', '1', '--out', out, ...args);
const features = (out: string, id: string) => {
  const path = join(out, 'h5_files', `${id}.h5`);
  return readSlide({ id, features: { path, name: path } });
};

beforeAll(() => useEngine('wasm'));

it('a slide becomes features, and features a prediction of a trained model', async () => {
  const out = join(dir, 'features');
  const { code, out: said } = await preprocess(out, slide('synth-20x.svs'), '--tissue', 'bwh-biopsy');
  expect(code).toBe(0);
  expect(said.split('\n')).toEqual([
    'tiny-encoder.onnx: 8 x 8 pixels to 4 features, colours less 0.485, 0.456, 0.406, divided by 0.229, 0.224, 0.225; tiles of 256 pixels at 20x',
    expect.stringMatching(/^synth-20x: 14 tiles of 256 pixels at 20x, \[14, 4\], [\d.]+ s$/),
    `${out}: 1 written, 0 there already, 0 failed`,
  ]);
  const read = await features(out, 'synth-20x');
  expect([read.n, read.dim, read.positions!.length]).toEqual([14, 4, 28]);

  // Two classes of slides: like this one, and like its negative.
  const bags = Array.from({ length: 60 }, (_, i): Bag => {
    const rng = createRng(3, 'bag', i);
    const sign = i % 2 === 0 ? 1 : -1;
    const noisy = read.features.map((value) => sign * value + 0.5 * rng.normal());
    return { id: `bag-${i}`, n: 14, d: 4, features: noisy, label: i % 2 };
  });
  const model = buildModel('abmil', { hidden: 8 }, { input: 4, classes: 2 });
  let weights: Weights | undefined;
  await trainModel({
    ...{ model, seed: 1, featureKey: 'toy', config: { ...PAPER_TRAINING, epochs: 4, lr: 1e-2 } },
    split: holdOut(
      bags.map(({ id, label }) => ({ id, label, group: id })),
      { val: 0.2, test: 0.2, splitSeed: 0 },
    ),
    load: async (id) => bags.find((bag) => bag.id === id)!,
    onSelect: (_, copy) => {
      weights = copy();
    },
  });
  const path = join(dir, 'trained.safetensors');
  await saveCheckpoint(path, { model, dims: model.dims, classes: ['this', 'negative'], meta: {}, ...weights! });
  const predictor = await Predictor.load(path);
  const { n, dim: d } = read;
  const { label, probabilities, attention } = predictor.predict({ n, d, features: read.features });
  expect([predictor.classes[label], attention!.length]).toEqual(['this', 14]);
  expect(probabilities[0]).toBeGreaterThan(0.8);
  const opposite = predictor.predict({ n, d, features: read.features.map((value) => -value) });
  expect(opposite.probabilities[1]).toBeGreaterThan(0.8);
  predictor.dispose();
});

describe('mil preprocess', () => {
  it('names each slide that it cannot use, goes on, and a second call goes on from there', async () => {
    const out = join(dir, 'some');
    const [cut, good] = [join(dir, 'cut.svs'), slide('generic-pyramid.tif')];
    writeFileSync(cut, readFileSync(slide('synth-20x.svs')).subarray(0, 60_000));
    const first = await preprocess(out, cut, slide('unsupported-jpeg2000.tif'), good, '--jobs', '1', '--json');
    expect(first.code).toBe(1);
    expect(first.err.split('\n')).toEqual([
      expect.stringMatching(/^cut\.svs: truncated: /),
      expect.stringMatching(/^unsupported-jpeg2000\.tif: .*JPEG 2000/),
      'error: 2 of 3 slides could not be used (named above)',
    ]);
    const { slides, encoder } = JSON.parse(first.out);
    expect(slides.map(({ state }: { state: string }) => state)).toEqual(['failed', 'failed', 'written']);
    expect(encoder).toMatchObject({ name: 'tiny-encoder.onnx', size: 8, features: 4, mean: [0.485, 0.456, 0.406] });
    for (const file of ['h5_files/generic-pyramid.h5', 'patches/generic-pyramid.h5', 'masks/generic-pyramid.png'])
      expect(existsSync(join(out, file))).toBe(true);

    const again = await preprocess(out, good);
    expect([again.code, again.err]).toEqual([0, '']);
    expect(again.out).toMatch(/^generic-pyramid: there already, \d+ tiles$/m);
    const other = await preprocess(out, good, '--std', '1,1,1', '--hole-area', '2');
    expect([other.code, other.err.split('\n')[0]]).toEqual([
      1,
      expect.stringMatching(
        /made with other settings \(tissue\.holeArea, encoder\.std\); give another --out, or --overwrite$/,
      ),
    ]);
    const strict = await preprocess(join(dir, 'none'), cut, good, '--strict', '--jobs', '1');
    expect(strict.code).toBe(1);
    expect(strict.err.split('\n')[1]).toBe('error: 1 of 2 slides could not be used (named above), 1 not tried');
    expect(existsSync(join(dir, 'none', 'h5_files'))).toBe(false);
  });

  it('refuses wrong options and encoders before it touches a slide', async () => {
    const wrong = async (...args: string[]) => {
      const { code, err } = await preprocess(join(dir, 'wrong'), slide('synth-20x.svs'), ...args);
      return `${code} ${err}`;
    };
    expect(await wrong('--mean', '0.5,0.5')).toBe('2 error: --mean 0.5,0.5: expected three numbers, e.g. 0.5,0.5,0.5');
    expect(await wrong('--std', '1,0,1')).toMatch(/^2 error: --std 1,0,1: expected three numbers above 0/);
    expect(await wrong('--threshold', '255')).toMatch(/^2 error: --threshold 255: expected otsu, or a number/);
    expect(await wrong('--tile', '0')).toMatch(/^2 error: --tile 0: /);
    expect(await wrong('--target', 'x')).toMatch(/^2 error: --target x: expected a number above 0/);
    expect(await wrong('--tissue', 'none')).toMatch(/^2 error: option '--tissue <recipe>'/);
    expect(await wrong('--encoder', slide('README.md'))).toMatch(/^1 error: README\.md: no ONNX model/);
    expect(existsSync(join(dir, 'wrong'))).toBe(false);
  });
});
