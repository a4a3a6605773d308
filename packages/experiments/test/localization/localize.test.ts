import { metrics } from '@asmil/core';
import { describe, expect, test } from 'vitest';
import { localize } from '../../src/localization/localize.js';
import { localizationSchema } from '../../src/localization/schema.js';
import { FROC_AXIS, LOCALIZATION } from '../../src/localization/settings.js';
import { levelFor, truthOf } from '../../src/localization/truth.js';
import { place, places, scores, toyCohort } from './toy.js';

let runs = 0;
/** One run's localisation; every call lays the slides out anew. */
const run = (tiles: ReturnType<typeof scores>, over: Parameters<typeof toyCohort>[0] = {}) =>
  localize({ cohort: toyCohort(over), settings: LOCALIZATION, key: `${runs++}`, selected: tiles, last: tiles });

describe('the raster', () => {
  test('has pixels of at most 16 µm that divide a tile', () => {
    expect(levelFor(128, 16)).toBe(5); // a slide at 0.5 µm, as in the challenge: 8 pixels a tile of 256
    expect(levelFor(127.9, 16)).toBe(5);
    expect(levelFor(128.1, 16)).toBe(4);
    expect(levelFor(935, 16)).toBe(2);
    expect(levelFor(1e5, 16)).toBe(0);
    expect(levelFor(1, 16)).toBe(8); // one pixel a tile, and no fewer
  });

  test('shows outlines, or labelled tiles where the cohort says so', async () => {
    const outlined = await truthOf(toyCohort(), places, LOCALIZATION);
    expect(outlined.facts).toEqual({
      ...{ tileUm: 1024, tileUmKnown: true, pixelUm: 16, pixelsPerTile: 64, measuredOn: 'outlines' },
    });
    const area = (truth: typeof outlined, id: string) => truth.slides.get(id)!.mask!.data.reduce((a, b) => a + b, 0);
    expect(area(outlined, 'a')).toBe(64 * 64 + 32 * 32);
    expect(outlined.slides.get('b')).toMatchObject({ normal: true, mask: null, lesions: null });
    const tiles = await truthOf(toyCohort({ truth: 'tiles' }), places, LOCALIZATION);
    expect(area(tiles, 'a')).toBe(2 * 64 * 64);
    expect(tiles.facts.measuredOn).toBe('tiles');
    const unknown = await truthOf(toyCohort({ tile: { px: 28 } }), places, LOCALIZATION);
    expect(unknown.facts).toMatchObject({ tileUm: 128, tileUmKnown: false, pixelUm: 16, pixelsPerTile: 8 });
  });

  test('begins anywhere: places far from the corner, and outlines beyond the tiles', async () => {
    const far = { ...place('a', [7, 10]), coords: places[0]!.coords!.map((v) => v + 1000) };
    const moved = toyCohort({
      outlines: async () => [
        {
          rings: [
            [
              [1001, 1001],
              [1002, 1001],
              [1002, 1002],
              [1001, 1002],
            ],
          ],
        },
        {
          rings: [
            [
              [998, 998],
              [999, 998],
              [999, 999],
            ],
          ],
        },
      ],
    });
    const { slides } = await truthOf(moved, [far], LOCALIZATION);
    const { mask, grid, lesions } = slides.get('a')!;
    expect([mask!.height, mask!.width]).toEqual([6 * 64, 8 * 64]);
    expect([grid.coords[0], grid.coords[1]]).toEqual([2 * 256, 2 * 256]);
    expect(lesions!.count).toBe(2);
  });

  test('needs outlines, places and labels', async () => {
    const { outlines: _, ...plain } = toyCohort();
    await expect(truthOf(plain, places, LOCALIZATION)).rejects.toThrow('no outlines');
    const { coords: __, ...nowhere } = place('a', []);
    await expect(truthOf(toyCohort(), [nowhere], LOCALIZATION)).rejects.toThrow('lacks places');
  });
});

describe('a run', () => {
  test('that finds one lesion of three and errs once, by hand', async () => {
    const found = await run(scores({ a: { 7: 0.5, 20: 0.3 }, b: { 3: 0.02 }, c: { 23: 0.9 } }));
    const { truth, selected } = found!;
    expect(truth).toMatchObject({ tumourSlides: 2, normalSlides: 1, lesions: 3, itcs: 0 });
    // Slide a: 0.5 and 0.3 become 1 and 0.59, so two tiles are marked; one of them is all lesion.
    const a = (2 * 4096) / (2 * 4096 + 4096 + 1024);
    expect(selected!.attention.dice).toBeCloseTo(a / 2, 12); // slide c: nothing of its lesion
    expect(selected!.attention.diceTile).toBeCloseTo(0.5 / 2, 12);
    expect(selected!.attention.specificity).toBeCloseTo(23 / 24, 12);
    // Thresholds 0.59 and 1 (0 is left out): at 1, one of three lesions and two false positives on three slides.
    expect(selected!.detail.first!.avgFp).toBeCloseTo(2 / 3, 12);
    expect(selected!.detail.first!.sensitivity).toBeCloseTo(1 / 3, 12);
    expect(selected!.detail.detections).toBeCloseTo(4 / 3, 12);
    expect(selected!.detail.perTarget!.map((v) => Math.round(v * 1e6) / 1e6)).toEqual([
      0.125, 0.25, 0.333333, 0.333333, 0.333333, 0.333333,
    ]);
    expect(selected!.attention.froc.nms.camelyon16_v1_interp).toBeCloseTo((0.125 + 0.25 + 4 / 3) / 6, 12);
    expect(selected!.detail.curve).toHaveLength(FROC_AXIS.length);
    expect(selected!.detail.curve![FROC_AXIS.indexOf(0.5)]).toBeCloseTo(0.25, 12);
    // On normal slides alone: one false positive on one slide.
    expect(selected!.attention.froc.nms.normalOnly_atMost).toBeCloseTo(((1 / 3) * 4) / 6, 12);
  });

  test('is bounded by the labels of its tiles', async () => {
    const labels = await run(scores({ a: { 7: 1, 10: 1 }, c: { 0: 1 } }));
    const { truth, selected } = labels!;
    // No lesion is missed and there is one score: the first script drops its only threshold.
    expect(selected!.attention.froc.nms).toMatchObject({ camelyon16_v1_interp: 0, camelyon16_v2_step: 1 });
    expect(truth.ofLabels).toEqual({ dice: selected!.attention.dice, froc: 1 });
    expect(selected!.attention.dice).toBeCloseTo(((2 * 5120) / (8192 + 5120) + 1) / 2, 12);
    expect(selected!.attention).toMatchObject({ diceTile: 1, specificity: 1 });
    const all = (2 * 5120) / (24 * 4096 + 5120);
    expect(truth.diceOfAll).toBeCloseTo((all + (2 * 4096) / (25 * 4096)) / 2, 12);
  });

  test('with other scales and the evidence of tiles', async () => {
    const attention = { a: { 7: 0.8 }, b: { 3: 0.02 }, c: { 0: 0.3 } };
    const found = await run(scores(attention, { b: { 0: 9 }, c: { 0: -4 } }));
    const { scales, tileLogits } = found!.selected!;
    // With the extremes of all slides only the tile of 0.8 is above one half.
    expect(scales.globalMinmax.specificity).toBe(1);
    expect(scales.globalMinmax.diceTile).toBeCloseTo(2 / 3 / 2, 12);
    expect(scales.none).toEqual(scales.globalMinmax);
    expect(tileLogits!.specificity).toBeCloseTo(23 / 24, 12);
    expect(tileLogits!.diceTile).toBeCloseTo(0, 12); // slide c is darkest on its lesion, slide a flat
    expect((await run(scores(attention)))!.selected!.tileLogits).toBeNull();
  });

  test('whose maps are flat: no detections, a score of 0, specificity 1', async () => {
    const { selected } = (await run(scores({})))!;
    expect(selected!.attention).toMatchObject({ dice: 0, specificity: 1 });
    expect(selected!.detail).toMatchObject({ detections: 0, first: null, perTarget: [0, 0, 0, 0, 0, 0] });
  });

  test('on slides without lesions has no score, and without normal slides no specificity', async () => {
    const none = new Map([...scores({ b: { 1: 1 } })].filter(([id]) => id === 'b'));
    const { truth, selected } = (await run(none))!;
    expect(truth).toMatchObject({ tumourSlides: 0, normalSlides: 1, lesions: 0, diceOfAll: null });
    expect(selected!.attention).toMatchObject({ dice: null, diceTile: null });
    expect(selected!.attention.froc.nms).toEqual({
      ...{ camelyon16_v1_interp: null, camelyon16_v2_step: null, normalOnly_interp: null, normalOnly_atMost: null },
    });
    expect(selected!.detail).toMatchObject({ perTarget: null, curve: null, first: null });
    const tumour = new Map([...scores({ a: { 7: 1 } })].filter(([id]) => id !== 'b'));
    const only = (await run(tumour))!.selected!.attention;
    expect(only.specificity).toBeNull();
    expect(only.froc.nms.normalOnly_interp).toBeNull();
    expect(only.froc.nms.camelyon16_v1_interp).toBeGreaterThan(0);
  });

  test('that diverged or has no maps', async () => {
    expect(await run(new Map())).toBeUndefined();
    const broken = scores({ a: { 3: Number.NaN } });
    expect(await run(broken)).toMatchObject({ selected: null, last: null, truth: { lesions: 3 } });
    const sound = scores({ a: { 7: 1 } });
    const job = { cohort: toyCohort(), settings: LOCALIZATION, key: 'diverged' };
    expect(await localize({ ...job, selected: undefined, last: sound })).toMatchObject({ selected: null });
    const both = await localize({ ...job, selected: sound, last: broken });
    expect(both!.selected).not.toBeNull();
    expect(both!.last).toBeNull();
  });

  test('is stored as it is', async () => {
    const found = await run(scores({ a: { 7: 1 } }, { a: { 7: 1 } }));
    expect(localizationSchema.parse(JSON.parse(JSON.stringify(found)))).toEqual(found);
  });

  test('names the variants and points that the library has', async () => {
    const { froc } = (await run(scores({ a: { 7: 1 } })))!.selected!.attention;
    expect(Object.keys(froc)).toEqual([...metrics.localization.POINTS]);
    for (const own of Object.values(froc)) {
      expect(Object.keys(own)).toEqual(Object.keys(metrics.localization.FROC_VARIANTS));
    }
  });
});
