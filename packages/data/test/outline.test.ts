import { createRng } from '@asmil/core';
import { describe, expect, it } from 'vitest';
import { tileOutlines } from '../src/outline.js';
import { contains, ringArea } from './geometry.js';

describe('tileOutlines', () => {
  it('gives nothing for no tiles and a square for one', () => {
    expect(tileOutlines([])).toEqual([]);
    expect(tileOutlines([[4, 7]])).toEqual([
      {
        rings: [
          [
            [4, 7],
            [5, 7],
            [5, 8],
            [4, 8],
          ],
        ],
      },
    ]);
  });

  it('leaves out corners on straight runs', () => {
    const [polygon] = tileOutlines([
      [0, 0],
      [1, 0],
      [2, 0],
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    expect(new Set(polygon!.rings[0]!.map(String))).toEqual(new Set(['0,0', '3,0', '3,2', '0,2']));
  });

  it('keeps tiles that touch at a corner alone apart', () => {
    expect(
      tileOutlines([
        [0, 0],
        [1, 1],
      ]),
    ).toHaveLength(2);
  });

  it('gives a hole a ring of its own, also where the frame closes at a corner only', () => {
    const frame: [number, number][] = [
      [0, 0],
      [1, 0],
      [2, 0],
      [0, 1],
      [2, 1],
      [0, 2],
      [1, 2],
      [2, 2],
    ];
    const closed = tileOutlines(frame);
    expect(closed).toHaveLength(1);
    expect(closed[0]!.rings.map(ringArea)).toEqual([9, -1]);
    const open = tileOutlines(frame.filter(([x, y]) => !(x === 0 && y === 0)));
    expect(open).toHaveLength(1);
    expect(open[0]!.rings.map(ringArea)).toEqual([8, -1]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('covers exactly the tiles of random set %i', (seed) => {
    const rng = createRng(seed, 'tiles');
    const inside = Array.from({ length: 144 }, () => rng.next() < 0.5);
    const tiles = inside.flatMap((yes, i) => (yes ? [[i % 12, Math.floor(i / 12)] as const] : []));
    const polygons = tileOutlines(tiles);
    inside.forEach((yes, i) => {
      const holding = polygons.filter((polygon) => contains(polygon, (i % 12) + 0.5, Math.floor(i / 12) + 0.5));
      expect(holding).toHaveLength(yes ? 1 : 0);
    });
    const area = polygons.flatMap((polygon) => polygon.rings).reduce((sum, ring) => sum + ringArea(ring), 0);
    expect(area).toBe(tiles.length);
    for (const { rings } of polygons) {
      expect(ringArea(rings[0]!)).toBeGreaterThan(0);
      for (const hole of rings.slice(1)) expect(ringArea(hole)).toBeLessThan(0);
      for (const ring of rings) expect(new Set(ring.map(String)).size).toBe(ring.length);
    }
  });
});
