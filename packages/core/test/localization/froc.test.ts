import { describe, expect, test } from 'vitest';
import { metrics } from '../../src/index.js';

const { evaluationMask, FROC_VARIANTS, froc, roundHalfEven, sensitivityAt, slideHits } = metrics.localization;
const l = metrics.localization;

const slide = (normal: boolean, fp: number[], tp: number[], count = tp.length): metrics.localization.SlideHits => ({
  fp,
  tp,
  count,
  hits: [],
  normal,
});

const names = Object.keys(FROC_VARIANTS) as metrics.localization.FrocVariant[];

describe('the curve', () => {
  // Two lesions, one found at 0.9 and one missed; false positives at 0.8 and 0.4 on two slides.
  const slides = [slide(false, [0.4], [0.9, 0]), slide(true, [0.8], [])];

  test('by hand: all slides, and normal slides alone', () => {
    expect(froc(slides).curve).toEqual({
      thresholds: [0.4, 0.8, 0.9],
      avgFp: [1, 0.5, 0, 0],
      sensitivity: [0.5, 0.5, 0.5, 0],
      images: 2,
      lesions: 2,
    });
    expect(froc(slides, 'normalOnly_interp').curve).toMatchObject({
      thresholds: [0.8, 0.9],
      avgFp: [1, 0, 0],
      sensitivity: [0.5, 0.5, 0],
      images: 1,
    });
    expect(froc(slides).perTarget).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    expect(froc(slides).score).toBe(0.5);
  });

  test('the two scripts differ in the lowest threshold where no lesion is missed', () => {
    const all = [slide(false, [0.7], [0.6])];
    expect(froc(all, 'camelyon16_v1_interp').curve.thresholds).toEqual([0.7]); // 0.6 is the lowest and left out
    expect(froc(all, 'camelyon16_v1_interp').score).toBe(0);
    expect(froc(all, 'camelyon16_v2_step').curve.thresholds).toEqual([0.6, 0.7]);
    expect(froc(all, 'camelyon16_v2_step').perTarget).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test('readings between, at and beyond the points', () => {
    const curve = { thresholds: [0.1, 0.2], avgFp: [3, 1, 0], sensitivity: [0.8, 0.4, 0], images: 1, lesions: 5 };
    expect(sensitivityAt(curve, 0.5)).toBeCloseTo(0.2, 15);
    expect(sensitivityAt(curve, 1)).toBe(0.4);
    expect(sensitivityAt(curve, 2)).toBeCloseTo(0.6, 15);
    expect(sensitivityAt(curve, 9)).toBe(0.8);
    expect([0.5, 1, 2, 9].map((target) => sensitivityAt(curve, target, 'step'))).toEqual([0.4, 0.4, 0.8, 0.8]);
    expect([0.5, 1, 2, 9].map((target) => sensitivityAt(curve, target, 'atMost'))).toEqual([0, 0.4, 0.4, 0.8]);
  });

  test('of points with as many false positives the most sensitive counts', () => {
    const curve = {
      thresholds: [0.1, 0.2, 0.3],
      avgFp: [1, 1, 1, 0],
      sensitivity: [0.9, 0.6, 0.3, 0],
      images: 1,
      lesions: 1,
    };
    expect(sensitivityAt(curve, 1)).toBe(0.9);
    expect(sensitivityAt(curve, 1, 'step')).toBe(0.3);
    expect(sensitivityAt(curve, 1, 'atMost')).toBe(0.9);
    expect(sensitivityAt(curve, 0.5)).toBeCloseTo(0.15, 15);
  });
});

describe('corner cases', () => {
  test('no lesions: no score', () => {
    for (const name of names) {
      const found = froc([slide(true, [0.5, 0.2], []), slide(false, [0.3], [0, 0], 0)], name);
      expect(found).toMatchObject({ score: null, perTarget: null });
      expect(found.curve.sensitivity.every((v) => v === null)).toBe(true);
    }
  });

  test('no detections: the point (0, 0) alone, score 0', () => {
    for (const name of names) {
      const { curve, score, perTarget } = froc([slide(false, [], [0, 0]), slide(true, [], [])], name);
      expect([curve.thresholds, curve.avgFp, curve.sensitivity]).toEqual([[], [0], [0]]);
      expect([score, perTarget]).toEqual([0, [0, 0, 0, 0, 0, 0]]);
    }
  });

  test('no slides, and no normal slide to count on', () => {
    for (const name of names) expect(froc([], name)).toMatchObject({ score: null, curve: { images: 0 } });
    const one = [slide(false, [0.5], [0.7])];
    expect(froc(one, 'normalOnly_interp').score).toBeNull();
    expect(froc(one, 'normalOnly_interp').curve.avgFp.every(Number.isFinite)).toBe(true);
    expect(froc(one, 'camelyon16_v2_step').score).toBe(1);
  });

  test('all scores equal: one point', () => {
    const { curve, score } = froc([slide(false, [0.5, 0.5], [0.5, 0]), slide(true, [0.5], [])], 'camelyon16_v2_step');
    expect(curve).toMatchObject({ thresholds: [0.5], avgFp: [1.5, 0], sensitivity: [0.5, 0] });
    expect(score).toBeCloseTo(0.5, 15);
  });
});

describe('hits', () => {
  // One lesion of 10 × 10 pixels and one of one pixel, far apart; pixels of 32 at level 0, 100 µm each, so nothing grows.
  const mask = { height: 40, width: 40, data: new Uint8Array(1600) };
  for (let y = 5; y < 15; y++) mask.data.fill(1, y * 40 + 5, y * 40 + 15);
  mask.data[30 * 40 + 30] = 1;
  const lesions = evaluationMask(mask, { spacingUm: 100 });
  const at = (score: number, col: number, row: number) => ({ score, x: 32 * col, y: 32 * row });
  const hit = (found: metrics.localization.Detection[], indexing?: metrics.localization.Indexing) =>
    slideHits(found, lesions, { downsample: 32, indexing });

  test('the best hit of a lesion counts once, isolated tumour cells not at all, the rest is false', () => {
    expect(lesions.lesions.map(({ isItc }) => isItc)).toEqual([false, true]);
    const found = [at(0.3, 6, 6), at(0.9, 9, 9), at(0.5, 30, 30), at(0.7, 20, 20)];
    expect(hit(found)).toEqual({ fp: [0.7], tp: [0.9, 0], count: 1, hits: [1, 1, 2, 0], normal: false });
    expect(slideHits(found, null, { downsample: 32 })).toEqual({
      fp: [0.3, 0.9, 0.5, 0.7],
      tp: [],
      count: 0,
      hits: [0, 0, 0, 0],
      normal: true,
    });
    expect(hit([])).toEqual({ fp: [], tp: [0, 0], count: 1, hits: [], normal: false });
  });

  test('outside the raster is a false positive', () => {
    const outside = [at(0.5, -1, 6), at(0.6, 6, 40), at(0.7, 4000, 6)];
    expect(hit(outside).fp).toEqual([0.5, 0.6, 0.7]);
  });

  test('pixels by rounding down or to the nearest, halves to even', () => {
    const near = { score: 1, x: 32 * 4.75, y: 32 * 6 };
    expect(hit([near]).hits).toEqual([0]);
    expect(hit([near], 'round').hits).toEqual([1]);
    expect([0.5, 1.5, 2.5, -0.5, 2.49, 2.51, 3].map(roundHalfEven)).toEqual([0, 2, 2, 0, 2, 3, 3]);
  });
});

test('from a map to a score, by hand', () => {
  // Four tiles of 64 in a row; the first lies on the one lesion, the last is the brightest.
  const grid = { coords: [0, 0, 64, 0, 128, 0, 192, 0], tile0: 64, step0: 64 };
  const mask = { height: 2, width: 8, data: Uint8Array.from([1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]) };
  const lesions = evaluationMask(mask, { spacingUm: 400 });
  expect(lesions.count).toBe(1);
  const scaled = l.minmax([3, 1, 2, 5]); // 0.5, 0, 0.25, 1
  expect([...scaled]).toEqual([0.5, 0, 0.25, 1]);
  const of = (points: metrics.localization.Points) =>
    froc([slideHits(l.detect(points, scaled, grid), lesions, { downsample: 32 })], 'camelyon16_v2_step').score;
  expect(of('nms')).toBe(0); // 0.5 is no peak: a peak lies above it
  // One false positive comes before the hit: the first point with as many has found nothing yet.
  expect(of('tiles')).toBe(0.5);
  expect(of('components')).toBe(0.5);
});
