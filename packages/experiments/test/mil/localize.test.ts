import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metrics, useEngine } from '@asmil/core';
import { parseAsap, type SlidePlaces, tumourRegion } from '@asmil/data';
import { beforeAll, describe, expect, it } from 'vitest';
import { maskTruth, normalTruth, regionTruth } from '../../src/localization/drawn-truth.js';
import { localizationScores, scoresBySlide } from '../../src/localization/scores.js';
import type { SlideTruth, Truth } from '../../src/localization/truth.js';
import { dir, mil } from './harness.js';
import { LESION, npy, SIDE, toyFolder } from './toy-folder.js';

/* Twelve tiles of 256 pixels in four columns; tiles 5 and 6 are a lesion. At 1 µm a pixel it is 512 µm long. */
const positions = Int32Array.from({ length: 24 }, (_, k) => SIDE * (k % 2 === 0 ? (k >> 1) % 4 : Math.floor(k / 8)));
const places: SlidePlaces = { positions, side: SIDE, step: SIDE };
const raster = { downsample: 32, pixelUm: 32 };
const region = tumourRegion(parseAsap(LESION));
/** 24 rows of 32 pixels; rows 8 to 15, columns 8 to 23 are tumour: 128 pixels. */
const drawn = (value: number) =>
  Uint8Array.from({ length: 24 * 32 }, (_, i) => {
    const [row, column] = [Math.floor(i / 32), i % 32];
    return row >= 8 && row < 16 && column >= 8 && column < 24 ? value : 0;
  });

const truth = (...slides: SlideTruth[]): Truth => ({
  slides: new Map(slides.map((slide) => [slide.id, slide])),
  downsample: 32,
  facts: { tileUm: 256, tileUmKnown: true, pixelUm: 32, pixelsPerTile: 8, measuredOn: 'outlines' },
});
const scores = (given: Readonly<Record<number, number>>) => Float64Array.from({ length: 12 }, (_, i) => given[i] ?? 0);

describe('lesions that somebody has drawn', () => {
  it('outlines and a mask give the same lesion and the same tiles', () => {
    const outlined = regionTruth({ id: 'a', places }, region, raster);
    const masked = maskTruth({ id: 'a', places }, { height: 24, width: 32, data: drawn(1) }, raster);
    expect(masked).toEqual(outlined);
    expect([...outlined.labels]).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
    expect(outlined.mask!.data.reduce((a, b) => a + b, 0)).toBe(128);
    expect(outlined.lesions).toMatchObject({ count: 1, lesions: [{ isItc: false }] });
  });

  it('scores as worked out by hand', () => {
    const slides = truth(regionTruth({ id: 'a', places }, region, raster), normalTruth({ id: 'b', places }));
    // On the lesion slide one of two lesion tiles and one other, apart; on the normal slide one tile of twelve.
    const scaled = [scores({ 5: 1, 3: 0.8 }), scores({ 0: 1 })];
    expect(scoresBySlide(slides, scaled)).toEqual([
      {
        id: 'a',
        normal: false,
        lesions: 1,
        found: 1,
        itcs: 0,
        falsePositives: 1,
        dice: 0.5,
        diceTile: 0.5,
        specificity: null,
      },
      {
        id: 'b',
        normal: true,
        lesions: 0,
        found: 0,
        itcs: 0,
        falsePositives: 1,
        dice: null,
        diceTile: null,
        specificity: 11 / 12,
      },
    ]);
    const { froc, dice, specificity } = localizationScores(slides, scaled);
    expect([dice, specificity]).toEqual([0.5, 11 / 12]);
    // The lesion is found at score 1, with the false positive of the normal slide: half a one a slide.
    expect(froc.nms.camelyon16_v2_step).toBe(1); // the first point with as many false positives or more
    expect(froc.nms.normalOnly_atMost).toBeCloseTo(4 / 6, 12); // none at 1/4 and 1/2, one false positive on the normal slide
  });

  it('keeps the raster small wherever the tissue lies, and refuses outlines that are nowhere near it', () => {
    const far = { ...places, positions: positions.map((at) => at + 100_000) };
    const moved = {
      ...region,
      tumour: region.tumour.map((a) => ({ ...a, points: a.points.map(([x, y]) => [x + 1e5, y + 1e5] as const) })),
    };
    const { mask, lesions } = regionTruth({ id: 'a', places: far }, moved, raster);
    expect(mask!.height * mask!.width).toBeLessThan(40 * 40);
    expect(lesions!.count).toBe(1);
    const lost = {
      ...region,
      tumour: region.tumour.map((a) => ({ ...a, points: [...a.points, [9e7, 9e7] as const] })),
    };
    expect(() => regionTruth({ id: 'a', places }, lost, raster)).toThrow(
      /^slide a: .* are both in pixels of level 0\?/,
    );
  });
});

describe('mil localize', () => {
  let folder: string;
  let checkpoint: string;
  const localize = (data: string, ...more: string[]) =>
    mil(
      'localize',
      checkpoint,
      '--data',
      data,
      '--splits',
      join(data, 'split.csv'),
      '--engine',
      'wasm',
      '--out',
      join(dir, 'out'),
      ...more,
    );
  const withoutNotes = (err: string) => err.split('\n').filter((line) => !/^patients are not|^µm a pixel/.test(line));

  beforeAll(async () => {
    await useEngine('wasm');
    folder = toyFolder('drawn');
    const train = [
      'train',
      '--model',
      'abmil',
      '--config',
      '{"hidden":8,"attention":4}',
      '--epochs',
      '6',
      '--lr',
      '2e-2',
    ];
    const { code } = await mil(
      ...train,
      '--data',
      folder,
      '--splits',
      join(folder, 'split.csv'),
      '--engine',
      'wasm',
      '--out',
      join(dir, 'm'),
    );
    expect(code).toBe(0);
    checkpoint = join(dir, 'm', 'split', 'checkpoint.safetensors');
  });

  it('prints and writes a row a slide and what they give together, from outlines and from masks alike', async () => {
    const outlined = await localize(folder, '--mpp', '1', '--json');
    expect([outlined.code, withoutNotes(outlined.err)]).toEqual([0, ['']].map((v) => (Array.isArray(v) ? [] : v)));
    const masks = join(dir, 'masks');
    mkdirSync(masks);
    for (const id of ['s9', 's11']) writeFileSync(join(masks, `${id}_mask.npy`), npy('|u1', 24, 32, drawn(2)));
    const masked = await localize(folder, '--mpp', '1', '--annotations', masks, '--mask-value', '2', '--json');
    expect(JSON.parse(masked.out)).toEqual(JSON.parse(outlined.out));
    const result = JSON.parse(outlined.out);
    expect(result).toMatchObject({
      tumourSlides: 2,
      normalSlides: 2,
      lesions: 2,
      itcs: 0,
      raster: { downsample: 32, pixelUm: 32 },
    });
    expect(result.slides.map(({ id }: { id: string }) => id)).toEqual(['s8', 's9', 's10', 's11']);
    const text = (await localize(folder, '--mpp', '1')).out;
    expect(text).toContain('2 slides with 2 lesions, 2 without');
    expect(text).toMatch(
      /FROC, points by +camelyon16_v1_interp +camelyon16_v2_step +normalOnly_interp +normalOnly_atMost/,
    );
    const froc = readFileSync(join(dir, 'out', 'froc.csv'), 'utf8').split('\n');
    expect(froc.slice(0, 2)).toEqual([
      `points,${Object.keys(metrics.localization.FROC_VARIANTS).join(',')}`,
      expect.stringMatching(/^nms(,[\d.]+){4}$/),
    ]);
    const assumed = await localize(folder, '--json');
    expect(assumed.err).toContain('µm a pixel are not known: 0.243 taken, as for CAMELYON16; --mpp N says another');
    expect(JSON.parse(assumed.out)).toMatchObject({ lesions: 0, itcs: 2 }); // 124 µm long there
  });

  it('says which slide has no annotation, or one that cannot be read, and goes on', async () => {
    const torn = toyFolder('torn', { 'annotations/s11.xml': LESION.slice(0, 300) });
    rmSync(join(torn, 'annotations/s9.xml'));
    const { code, out, err } = await localize(torn, '--mpp', '1', '--json');
    expect([code, withoutNotes(err)]).toEqual([
      1,
      [
        expect.stringMatching(
          /^slide s9: its label is tumour and .*annotations has no annotation of it: left out of all measures$/,
        ),
        expect.stringMatching(/^slide s11: .*s11\.xml is not well-formed XML/),
        expect.stringMatching(/^error: 2 slides could not be used/),
      ],
    ]);
    expect(JSON.parse(out)).toMatchObject({ tumourSlides: 0, normalSlides: 2, dice: null });
    const strict = await localize(torn, '--strict');
    expect([strict.code, strict.out]).toEqual([1, '']);
  });

  it.each([
    ['no annotations', ['--data', 'FOLDER'], 2, /where are its lesions\? --annotations DIR/],
    ['a folder that is none', ['--data', 'FOLDER', '--annotations', 'nowhere'], 1, /nowhere: no such folder/],
    [
      'a folder without any',
      ['--data', 'FOLDER', '--annotations', 'FOLDER'],
      1,
      /no annotations in it, expected ASAP's SLIDE\.xml/,
    ],
    [
      'annotations of a cohort of the suite',
      ['--data', 'camelyon16-sim', '--annotations', 'DRAWN'],
      2,
      /goes with a folder of your own/,
    ],
    ['a cohort without outlines', ['--data', 'mnist-bags'], 2, /mnist-bags has no outlines of lesions/],
  ])('refuses %s', async (_, args, code, message) => {
    const bare = toyFolder('bare');
    rmSync(join(bare, 'annotations'), { recursive: true });
    const words = args.map((arg) => (arg === 'FOLDER' ? bare : arg === 'DRAWN' ? join(folder, 'annotations') : arg));
    const ended = await mil('localize', checkpoint, ...words, '--engine', 'wasm');
    expect([ended.code, ended.out]).toEqual([code, '']);
    expect(ended.err.split('\n').at(-1)).toMatch(message);
  });
});
