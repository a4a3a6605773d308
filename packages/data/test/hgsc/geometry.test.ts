import { UserError } from '@asmil/core';
import { describe, expect, test } from 'vitest';
import { nearestNeighbours } from '../../src/hgsc/neighbours.js';
import { clipRing, packPolygons, polygonsInWindow } from '../../src/hgsc/outlines.js';
import { countSamples, emptyMask, fillPolygon, packMasks, tileCover } from '../../src/hgsc/raster.js';
import { ringShape } from '../../src/hgsc/shape.js';
import { shownClass } from '../../src/hgsc/tissue-map.js';
import { readWkbPolygon } from '../../src/hgsc/wkb.js';

/** Closed ring from corners. */
const ring = (...corners: [number, number][]): Float64Array => Float64Array.from([...corners, corners[0]!].flat());
const box = (x: number, y: number, w: number, h: number): Float64Array =>
  ring([x, y], [x, y + h], [x + w, y + h], [x + w, y]);

describe('shape of an outline', () => {
  test('square: round, so without a direction', () => {
    const s = ringShape(box(1000, 2000, 4, 4));
    expect(s).toMatchObject({ cx: 1002, cy: 2002, area: 16, perimeter: 16, eccentricity: 0, theta: 0, solidity: 1 });
    expect(s.major).toBeCloseTo(4 * Math.sqrt(16 / 12), 12);
    expect(s.minor).toBeCloseTo(4 * Math.sqrt(16 / 12), 12);
    expect(s.circularity).toBeCloseTo(Math.PI / 4, 12);
  });

  test('rectangle 6 × 2, lying, standing and turned by 30°', () => {
    const flat = ringShape(box(40, 50, 6, 2));
    expect(flat.major).toBeCloseTo(4 * Math.sqrt(3), 12);
    expect(flat.minor).toBeCloseTo(4 / Math.sqrt(3), 12);
    expect(flat.eccentricity).toBeCloseTo(Math.sqrt(8) / 3, 12);
    expect(flat.theta).toBeCloseTo(0, 12);
    expect(Math.abs(ringShape(box(40, 50, 2, 6)).theta)).toBeCloseTo(Math.PI / 2, 12);
    const c = Math.cos(Math.PI / 6);
    const s = 0.5;
    const turn = (x: number, y: number): [number, number] => [9 + c * x - s * y, 7 + s * x + c * y];
    const turned = ringShape(ring(turn(0, 0), turn(6, 0), turn(6, 2), turn(0, 2)));
    expect(turned.theta).toBeCloseTo(Math.PI / 6, 12);
    expect(turned.area).toBeCloseTo(12, 12);
  });

  test('triangle with legs 6 and 3, in both orientations', () => {
    const corners: [number, number][] = [
      [0, 0],
      [6, 0],
      [0, 3],
    ];
    // Second moments of a right triangle about its centroid: b²/18, h²/18, −bh/36.
    const d = Math.hypot(2 - 0.5, 2 * -0.5);
    for (const r of [ring(...corners), ring(...corners.toReversed())]) {
      const s = ringShape(r);
      expect(s.area).toBe(9);
      expect(s.cx).toBeCloseTo(2, 12);
      expect(s.cy).toBeCloseTo(1, 12);
      expect(s.perimeter).toBeCloseTo(9 + Math.sqrt(45), 12);
      expect(s.major).toBeCloseTo(4 * Math.sqrt((2.5 + d) / 2), 12);
      expect(s.minor).toBeCloseTo(4 * Math.sqrt((2.5 - d) / 2), 12);
      expect(s.theta).toBeCloseTo(0.5 * Math.atan2(-1, 1.5), 12);
    }
  });

  test('solidity of an L: area 3 in a hull of 3.5', () => {
    expect(ringShape(ring([0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2])).solidity).toBeCloseTo(6 / 7, 12);
  });
});

test('nearest neighbours agree with a search over all pairs', () => {
  const n = 400;
  let state = 1;
  const next = (): number => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  // A dense cluster, a sparse field and one far point, so that one ring of buckets and many are both needed.
  const cx = Float64Array.from({ length: n }, (_, i) => (i === 0 ? 9000 : i < 200 ? 300 * next() : 4000 * next()));
  const cy = Float64Array.from({ length: n }, (_, i) => (i === 0 ? 8000 : i < 200 ? 300 * next() : 4000 * next()));
  const found = nearestNeighbours(cx, cy);
  for (let i = 0; i < n; i++) {
    const all = Array.from({ length: n }, (_, j) => ({ j, q: (cx[j]! - cx[i]!) ** 2 + (cy[j]! - cy[i]!) ** 2 }))
      .filter(({ j }) => j !== i)
      .sort((a, b) => a.q - b.q);
    expect([found.nearest[i], found.d1[i], found.d3[i]]).toEqual([
      all[0]!.j,
      Math.sqrt(all[0]!.q),
      Math.sqrt(all[2]!.q),
    ]);
  }
  const lone = nearestNeighbours(Float64Array.of(5), Float64Array.of(5));
  expect([lone.nearest[0], lone.d1[0]]).toEqual([-1, Number.POSITIVE_INFINITY]);
});

describe('tissue raster', () => {
  const grid = { cols: 2, rows: 1 };

  test('a polygon with a hole: 256 samples less 4 × 8', () => {
    const mask = emptyMask(grid);
    fillPolygon(mask, [box(0, 0, 256, 256), box(64, 64, 64, 128)]);
    expect(countSamples(mask)).toBe(224);
    expect(Array.from(tileCover(mask, grid))).toEqual([224, 0]);
    expect(mask.data[4 * 32 + 3]).toBe(1);
    expect(mask.data[4 * 32 + 4]).toBe(0);
    expect(mask.data[4 * 32 + 8]).toBe(1);
  });

  test('a sample on a left or upper edge is inside, on a right or lower edge outside', () => {
    const mask = emptyMask(grid);
    fillPolygon(mask, [box(8, 8, 16, 16)]);
    expect(countSamples(mask)).toBe(1);
    expect(mask.data[0]).toBe(1);
  });

  test('a triangle that reaches beyond the raster on all sides', () => {
    const mask = emptyMask(grid);
    fillPolygon(mask, [ring([-512, -8], [1024, -8], [-512, 1528])]);
    // The slanted edge x + y = 1016 passes outside the raster's far corner (512, 256).
    expect(countSamples(mask)).toBe(32 * 16);
    const cut = emptyMask(grid);
    fillPolygon(cut, [ring([-512, -8], [264, -8], [-512, 768])]);
    // x + y < 256 leaves 15, 14, …, 1, 0 samples a row; samples on the slanted edge are outside.
    expect(countSamples(cut)).toBe((15 * 16) / 2);
  });

  test('flags hold one bit a mask, and figures show tumour before stroma, necrosis before both', () => {
    const a = emptyMask(grid);
    const b = emptyMask(grid);
    fillPolygon(a, [box(0, 0, 32, 16)]);
    fillPolygon(b, [box(16, 0, 32, 16)]);
    expect(Array.from(packMasks([a, b]).subarray(0, 4))).toEqual([1, 3, 2, 0]);
    expect([0b000000, 0b000001, 0b000011, 0b010011, 0b000101].map(shownClass)).toEqual([0, 1, 2, 5, 1]);
  });
});

describe('well-known binary form', () => {
  const encode = (rings: Float64Array[]): Buffer => {
    const out = Buffer.alloc(9 + rings.reduce((n, r) => n + 4 + 8 * r.length, 0));
    out.writeUInt8(1, 0);
    out.writeUInt32LE(3, 1);
    out.writeUInt32LE(rings.length, 5);
    let at = 9;
    for (const r of rings) {
      at = out.writeUInt32LE(r.length / 2, at);
      for (const v of r) at = out.writeDoubleLE(v, at);
    }
    return out;
  };
  const rings = [box(-3.5, 1, 2, 2), box(-3, 1.5, 0.25, 0.25)];

  test('reads rings, or the outer one alone', () => {
    expect(readWkbPolygon(encode(rings))).toEqual(rings);
    expect(readWkbPolygon(encode(rings), { outerOnly: true })).toEqual([rings[0]]);
  });

  test('refuses other types, missing and surplus bytes', () => {
    const good = encode(rings);
    const point = Buffer.from(good);
    point.writeUInt32LE(1, 1);
    expect(() => readWkbPolygon(point)).toThrow(UserError);
    expect(() => readWkbPolygon(good.subarray(0, good.length - 1))).toThrow(/ring 1 .* ends behind/);
    expect(() => readWkbPolygon(Buffer.concat([good, Buffer.alloc(1)]))).toThrow(/expected the end/);
  });
});

describe('outlines in a window', () => {
  const window = { x: 2, y: 2, width: 2, height: 2 };
  const area = (points: readonly (readonly [number, number])[]): number => {
    let s = 0;
    points.forEach(([x, y], i) => {
      const [u, v] = points[(i + 1) % points.length]!;
      s += x * v - u * y;
    });
    return Math.abs(s) / 2;
  };

  test('clips a ring, keeps one inside, gives the window for one around it and nothing for one outside', () => {
    const square = (x: number, y: number, side: number): [number, number][] => [
      [x, y],
      [x + side, y],
      [x + side, y + side],
      [x, y + side],
    ];
    expect(area(clipRing(square(1, 1, 2), window))).toBe(1);
    expect(clipRing(square(2.5, 2.5, 1), window)).toEqual(square(2.5, 2.5, 1));
    expect(area(clipRing(square(0, 0, 9), window))).toBe(4);
    expect(clipRing(square(5, 5, 1), window)).toEqual([]);
  });

  test('polygons come in tile units, holes with them, first points once', () => {
    const table = packPolygons([
      [box(0, 0, 256, 256)],
      [box(512, 512, 256, 256), box(576, 576, 64, 64)],
      [box(256, 256, 512, 512), box(1600, 1600, 8, 8)],
    ]);
    const found = polygonsInWindow(table, window);
    expect(found.map((p) => p.rings.map(area))).toEqual([[1, 1 / 16], [1]]);
    expect(found[0]!.rings[1]).toHaveLength(4);
  });
});
