import { describe, expect, test } from 'vitest';
import type { Annotation } from '../../src/annotations/asap.js';
import { regionCoverage } from '../../src/annotations/coverage.js';
import { polygonMask, regionMask } from '../../src/annotations/raster.js';
import { regionArea, tileTruth } from '../../src/annotations/tile-labels.js';
import { ringArea } from '../../src/outline.js';
import { closedRing } from '../../src/ring.js';
import { contains } from '../geometry.js';

type Point = [number, number];

const box = (x: number, y: number, w: number, h: number): Point[] => [
  [x, y],
  [x + w, y],
  [x + w, y + h],
  [x, y + h],
];

const annotation = (points: Point[]): Annotation => ({ name: '', type: 'Polygon', group: 'Tumor', points });

const region = (tumour: Point[][], cutOuts: Point[][] = []) => ({
  tumour: tumour.map(annotation),
  cutOuts: cutOuts.map(annotation),
  warnings: [],
});

/** Tiles of side 10 in a square of `side` × `side`. */
const grid = (side: number) => ({
  coords: Array.from({ length: side * side }, (_, i) => [10 * (i % side), 10 * Math.floor(i / side)]).flat(),
  tile0: 10,
});

const coverage = (tumour: Point[][], cutOuts: Point[][] = [], side = 2): number[] =>
  [...regionCoverage({ tumour: tumour.map(closedRing), cutOuts: cutOuts.map(closedRing) }, grid(side))].map(
    (v) => Math.round(v * 1e12) / 1e12,
  );

/** The same numbers every time, from 0 to 1. */
function stream(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

describe('coverage', () => {
  test('of a box, in both orientations', () => {
    for (const points of [box(5, 5, 10, 5), box(5, 5, 10, 5).reverse()]) {
      expect(coverage([points])).toEqual([0.25, 0.25, 0, 0]);
    }
    expect(coverage([box(-50, -50, 200, 200)])).toEqual([1, 1, 1, 1]);
    expect(coverage([])).toEqual([0, 0, 0, 0]);
    expect(coverage([box(30, 30, 5, 5)])).toEqual([0, 0, 0, 0]);
  });

  test('of a triangle over four tiles', () => {
    const triangle: Point[] = [
      [0, 0],
      [20, 0],
      [0, 20],
    ];
    expect(coverage([triangle])).toEqual([1, 0.5, 0.5, 0]);
  });

  test('counts overlapping tumour once', () => {
    expect(coverage([box(0, 0, 6, 10), box(4, 0, 6, 10)])).toEqual([1, 0, 0, 0]);
    expect(coverage([box(0, 0, 4, 10), box(0, 0, 4, 10)])).toEqual([0.4, 0, 0, 0]);
  });

  test('takes out what is cut out: inside, half outside, outside, everything', () => {
    expect(coverage([box(0, 0, 10, 10)], [box(2, 2, 5, 4)])).toEqual([0.8, 0, 0, 0]);
    expect(coverage([box(0, 0, 5, 10)], [box(3, 0, 10, 5)])).toEqual([0.4, 0, 0, 0]);
    expect(coverage([box(0, 0, 5, 10)], [box(5, 0, 5, 10)])).toEqual([0.5, 0, 0, 0]);
    const gone = regionCoverage(
      { tumour: [closedRing(box(1, 1, 7, 7))], cutOuts: [closedRing(box(0, 0, 9, 9))] },
      grid(1),
    );
    expect([...gone]).toEqual([0]); // not a rounding above it: such a tile is no tumour
  });

  test('of an outline that crosses itself, by the even-odd rule', () => {
    const bow: Point[] = [
      [0, 0],
      [10, 10],
      [10, 0],
      [0, 10],
    ];
    expect(coverage([bow])).toEqual([0.5, 0, 0, 0]);
  });

  test('adds up to the area of any outline, whatever the tiles', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = stream(seed);
      const points = Array.from({ length: 9 }, (_, i): Point => {
        const [angle, r] = [(2 * Math.PI * i) / 9, 5 + 40 * random()];
        return [50 + r * Math.cos(angle), 50 + r * Math.sin(angle)];
      });
      const found = regionCoverage({ tumour: [closedRing(points)], cutOuts: [] }, grid(10));
      const sum = found.reduce((a, b) => a + b, 0) * 100;
      expect(sum).toBeCloseTo(Math.abs(ringArea(points)), 9);
      expect(regionArea(region([points]))).toBeCloseTo(Math.abs(ringArea(points)), 9);
    }
  });

  test('agrees with a fine raster where outlines overlap and cross', () => {
    const random = stream(7);
    const star = (): Point[] => Array.from({ length: 7 }, () => [40 * random(), 40 * random()]);
    const [tumour, cutOuts] = [[star(), star()], [star()]];
    const found = coverage(tumour, cutOuts, 4);
    const fine = 400;
    const mask = regionMask(region(tumour, cutOuts), { height: 4 * fine, width: 4 * fine }, { step: 10 / fine });
    for (let tile = 0; tile < 16; tile++) {
      let set = 0;
      const [left, top] = [(tile % 4) * fine, Math.floor(tile / 4) * fine];
      for (let y = top; y < top + fine; y++)
        for (let x = left; x < left + fine; x++) set += mask.data[y * 4 * fine + x]!;
      expect(found[tile]).toBeCloseTo(set / fine ** 2, 2);
    }
  });
});

describe('labels of tiles', () => {
  const labels = (given: ReturnType<typeof region>, side = 2) => {
    const { labels: found } = tileTruth(given, grid(side));
    return Object.fromEntries(Object.entries(found).map(([rule, marks]) => [rule, [...marks].join('')]));
  };

  test('by the four rules', () => {
    // Tile 0: all but a corner. Tile 1: exactly half, its centre on the edge. Tile 2: a sliver. Tile 3: nothing.
    expect(labels(region([box(1, 0, 9, 10), box(10, 0, 5, 10), box(0, 10, 1, 1)]))).toEqual({
      any: '1110',
      half: '1100',
      centre: '1000',
      acmilCentre: '1000',
    });
  });

  test('the centre must lie strictly inside for ACMIL, and cut-outs are outlines to it', () => {
    const hole = region([box(0, 0, 10, 10)], [box(2, 2, 6, 6)]);
    expect(labels(hole, 1)).toEqual({ any: '1', half: '1', centre: '0', acmilCentre: '1' });
    const touching = region([box(0, 0, 10, 5)]);
    expect(labels(touching, 1)).toMatchObject({ acmilCentre: '0' });
    expect(labels(region([box(0, 0, 10, 6)]), 1)).toMatchObject({ acmilCentre: '1' });
  });

  test('ACMIL cuts corners to whole pixels, towards zero', () => {
    expect(labels(region([box(0.9, 0.9, 4.8, 4.8)]), 1)).toMatchObject({ centre: '1', acmilCentre: '0' });
    expect(labels(region([box(-0.9, -0.9, 7, 7)]), 1)).toMatchObject({ acmilCentre: '1' });
  });

  test('no tiles, no region', () => {
    const none = tileTruth(region([]), { coords: [], tile0: 10 });
    expect(none.coverage).toHaveLength(0);
    expect(labels(region([]), 1)).toEqual({ any: '0', half: '0', centre: '0', acmilCentre: '0' });
    expect(regionArea(region([]))).toBe(0);
    expect(() => tileTruth(region([]), { coords: [0, 0], tile0: 0 })).toThrow('a side above 0');
  });
});

describe('masks of polygons', () => {
  test('are set where a pixel’s centre lies inside, holes left out', () => {
    const polygon = { rings: [box(2, 1, 6, 6), box(4, 3, 2, 2)] };
    const mask = polygonMask([polygon], { height: 9, width: 10 }, { step: 1 });
    for (let y = 0; y < 9; y++)
      for (let x = 0; x < 10; x++) expect(mask.data[10 * y + x]).toBe(Number(contains(polygon, x + 0.5, y + 0.5)));
    expect(mask.data.reduce((a, b) => a + b, 0)).toBe(36 - 4);
  });

  test('of an outline beyond the raster, at another step and place', () => {
    const polygon = { rings: [box(-1000, 4, 5000, 3)] };
    const mask = polygonMask([polygon], { height: 4, width: 3 }, { step: 2, x: 10, y: 2 });
    expect([...mask.data]).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]); // rows at y = 3, 5, 7, 9: only 5 lies in 4 to 7
  });

  test('cut-outs go out after all tumour is in', () => {
    const mask = regionMask(
      region([box(0, 0, 4, 4), box(2, 0, 4, 4)], [box(2, 2, 2, 2)]),
      { height: 4, width: 6 },
      { step: 1 },
    );
    expect([...mask.data].join('')).toBe('111111111111110011110011');
  });
});

test('a slide of forty thousand tiles under an outline of ten thousand corners takes seconds', () => {
  const points = Array.from({ length: 10_000 }, (_, i): Point => {
    const angle = (2 * Math.PI * i) / 10_000;
    const r = 19_000 * (1 + 0.3 * Math.sin(9 * angle) + 0.01 * Math.sin(700 * angle));
    return [26_000 + r * Math.cos(angle), 26_000 + r * Math.sin(angle)];
  });
  const coords = Array.from({ length: 40_000 }, (_, i) => [256 * (i % 200), 256 * Math.floor(i / 200)]).flat();
  const begin = performance.now();
  const { coverage: shares } = tileTruth(region([points]), { coords, tile0: 256 });
  expect(performance.now() - begin).toBeLessThan(20_000);
  expect(shares.reduce((a, b) => a + b, 0) * 65536).toBeCloseTo(Math.abs(ringArea(points)), -1);
}, 60_000);
