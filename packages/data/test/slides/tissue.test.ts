import { describe, expect, it } from 'vitest';
import { tilesOf } from '../../src/slides/tiles.js';
import { borderArea, borders } from '../../src/slides/tissue/borders.js';
import { closing } from '../../src/slides/tissue/closing.js';
import { medianBlur } from '../../src/slides/tissue/median.js';
import { otsuThreshold } from '../../src/slides/tissue/otsu.js';
import { saturation } from '../../src/slides/tissue/saturation.js';
import { findTissue } from '../../src/slides/tissue/tissue.js';
import { expected, points, readMask, readRgb, sorted, tissueOptions } from './fixtures.js';

const sum = (values: Uint8Array): number => values.reduce((total, value) => total + value, 0);
const grey = (rows: string): { width: number; height: number; data: Uint8Array } => {
  const lines = rows.trim().split(/\s+/);
  return { width: lines[0]!.length, height: lines.length, data: Uint8Array.from(lines.join(''), Number) };
};

describe.each(['synth-20x', 'synth-40x'])('%s', (name) => {
  const slide = expected(name);

  describe.each(Object.entries(slide.presets))('%s', (_, preset) => {
    const options = tissueOptions(preset);

    it('has the saturation, the threshold, the mask, the outlines and the tiles of the reference', async () => {
      const image = await readRgb(`${name}.seglevel.png`);
      expect([image.width, image.height]).toEqual(slide.segSize);
      const saturated = saturation(image);
      expect(sum(saturated.data)).toBe(preset.saturationSum);
      expect(sum(medianBlur(saturated, options.median).data)).toBe(preset.medianSum);

      const { threshold, mask, pieces } = findTissue(image, slide.scale, options);
      expect(threshold).toBe(preset.threshold);
      expect(sum(mask.data)).toBe(preset.foregroundPixels);
      expect(mask).toEqual(await readMask(preset.maskPng));

      const [sx, sy] = slide.scale;
      const level0 = (list: readonly [number, number][]) => list.map(([x, y]) => [x * sx, y * sy]);
      const byPlace = (a: readonly number[][], b: readonly number[][]) =>
        a[0]![0]! - b[0]![0]! || a[0]![1]! - b[0]![1]!;
      expect(pieces.map(({ outer }) => points(outer)).sort(byPlace)).toEqual(
        preset.contours.map(({ outer }) => level0(outer)).sort(byPlace),
      );
      for (const piece of pieces) {
        const same = preset.contours.find(({ outer }) => String(level0(outer)) === String(points(piece.outer)))!;
        expect(piece.holes.map(points)).toEqual(same.holes.map(level0));
        expect(points(tilesOf([piece], slide.tile0))).toEqual(same.tiles);
      }
      const tiles = points(tilesOf(pieces, slide.tile0));
      expect(tiles).toHaveLength(preset.numTiles);
      expect(sorted(tiles)).toEqual(preset.tilesSortedXY);
    });

    it('has the areas of all outlines, of those left out too', async () => {
      const found = borders(await readMask(preset.maskPng)).map(({ outer, holes }) => {
        const area = borderArea(outer);
        return { area, net: area - holes.reduce((total, hole) => total + borderArea(hole), 0), holes: holes.length };
      });
      const kept = found.filter(({ net }) => net > options.tissueArea * preset.refPatchArea);
      const order = (a: number[], b: number[]) => a[0]! - b[0]! || a[1]! - b[1]!;
      expect(kept.map(({ area, net, holes }) => [area, net, holes]).sort(order)).toEqual(
        preset.contours.map(({ area, netArea, holesFound }) => [area, netArea, holesFound]).sort(order),
      );
      const others = found.filter(({ net }) => net <= options.tissueArea * preset.refPatchArea && net !== 0);
      expect(others.map(({ area, net }) => [area, net]).sort(order)).toEqual(
        preset.rejected
          .filter(({ net }) => net !== 0)
          .map(({ area, net }) => [area, net])
          .sort(order),
      );
    });
  });
});

describe('by hand', () => {
  it('saturation: grey and black have none, a pure colour has all', () => {
    const data = Uint8Array.from([0, 0, 0, 128, 128, 128, 255, 0, 0, 200, 150, 100, 1, 0, 1]);
    expect([...saturation({ width: 5, height: 1, data }).data]).toEqual([0, 0, 255, 127, 255]); // 127.5 by fixed point
  });

  it('the median repeats the border and is the pixel itself for a window of one', () => {
    const image = grey('159 284 637');
    // Around the corner 1: 1 1 5 1 1 5 2 2 8; in the middle: all nine values.
    expect([...medianBlur(image, 3).data]).toEqual([2, 5, 8, 3, 5, 7, 6, 6, 7]);
    expect(medianBlur(image, 1)).toEqual(image);
    expect([...medianBlur(grey('90'), 7).data]).toEqual([9, 0]);
  });

  it('Otsu: the smallest of equally good thresholds, 0 for one grey', () => {
    expect(otsuThreshold(grey('1177'))).toBe(1);
    expect(otsuThreshold(grey('1119'))).toBe(1);
    // Means 0.5 and 9 with shares ½ against others: 0 0 1 1 | 9 9 9 9 is best at 1.
    expect(otsuThreshold(grey('00119999'))).toBe(1);
    expect(otsuThreshold(grey('5555'))).toBe(0);
  });

  it('closing joins over a gap of its side less one, and leans for even sides', () => {
    expect(closing(grey('10001'), 3)).toEqual(grey('10001'));
    expect(closing(grey('10001'), 4)).toEqual(grey('11111'));
    expect(closing(grey('1001'), 3)).toEqual(grey('1111'));
    expect(closing(grey('00100'), 2)).toEqual(grey('00010')); // as OpenCV does it
  });

  it('borders: a dot, a line listed there and back, a ring with its hole', () => {
    const [dot] = borders(grey('000 010 000'));
    expect([points(dot!.outer), dot!.holes, borderArea(dot!.outer)]).toEqual([[[1, 1]], [], 0]);
    const [line] = borders(grey('111'));
    expect(points(line!.outer)).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [1, 0],
    ]);
    expect(borderArea(line!.outer)).toBe(0);
    const [ring, ...more] = borders(grey('11111 10001 10101 10001 11111'));
    expect(more).toHaveLength(1); // the dot in the hole is a component of its own
    expect(borderArea(ring!.outer)).toBe(16);
    expect(ring!.holes).toHaveLength(1);
    expect(ring!.holes[0]!.length / 2).toBe(12); // corners are passed by diagonally
    expect(borderArea(ring!.holes[0]!)).toBe(14);
    expect(borders(grey('00 00'))).toEqual([]);
    expect(borders(grey('10 01'))).toHaveLength(1); // corners touch: one component
  });

  it('tiles: the rule of four points, holes strictly, and passing the far end', () => {
    const square = (x: number, y: number, side: number) =>
      Int32Array.from([x, y, x + side, y, x + side, y + side, x, y + side]);
    const all = points(tilesOf([{ outer: square(10, 20, 40), holes: [] }], 16));
    expect(all).toHaveLength(9); // the third tile of a row has its left points, 42 + 8 ± 4, inside
    expect(all.slice(0, 4)).toEqual([
      [10, 20],
      [10, 36],
      [10, 52],
      [26, 20],
    ]);
    // A tile whose centre lies on the border of a hole stays; strictly inside it goes.
    expect(tilesOf([{ outer: square(0, 0, 15), holes: [square(8, 4, 6)] }], 16)).toHaveLength(2);
    expect(tilesOf([{ outer: square(0, 0, 15), holes: [square(7, 4, 6)] }], 16)).toHaveLength(0);
    // 5 points: four_pt is at 8 ± 4, so a piece that ends before 4 has no tile.
    expect(tilesOf([{ outer: square(0, 0, 3), holes: [] }], 16)).toHaveLength(0);
    expect(tilesOf([{ outer: square(0, 0, 4), holes: [] }], 16)).toHaveLength(2);
  });
});
