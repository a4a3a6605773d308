import { describe, expect, test } from 'vitest';
import { metrics, UserError } from '../../src/index.js';

const { componentDetections, meanRows, minmax, peakDetections, rescale, tileDetections } = metrics.localization;

/** A square grid of tiles of side 10 with these scores, row by row. */
function grid(...rows: number[][]) {
  const coords = rows.flatMap((row, y) => row.flatMap((_, x) => [10 * x, 10 * y]));
  return { scores: rows.flat(), places: { coords, tile0: 10, step0: 10 } };
}

const shown = (found: readonly metrics.localization.Detection[]) => found.map(({ score, x, y }) => [score, x, y]);

describe('scores of tiles', () => {
  test('rescaled by slide, by all slides, not at all', () => {
    const slides = [[1, 3], [2], [0, 4, 2]];
    const lists = (scale: metrics.localization.Scale) => rescale(slides, scale).map((values) => [...values]);
    expect(lists('minmax')).toEqual([[0, 1], [0], [0, 1, 0.5]]);
    expect(lists('globalMinmax')).toEqual([[0.25, 0.75], [0.5], [0, 1, 0.5]]);
    expect(lists('none')).toEqual(slides);
    expect(() => lists('probability')).toThrow(UserError);
    expect(rescale([[0, 0.5, 1]], 'probability').map((v) => [...v])).toEqual([[0, 0.5, 1]]);
  });

  test('all equal, a single tile, none, and no numbers', () => {
    expect([...minmax([2, 2, 2])]).toEqual([0, 0, 0]);
    expect([...minmax([7])]).toEqual([0]);
    expect([...minmax([])]).toEqual([]);
    expect(rescale([[3], [3, 3], []], 'globalMinmax').map((v) => [...v])).toEqual([[0], [0, 0], []]);
    expect(() => minmax([1, Number.NaN])).toThrow('finite');
  });

  test('rows of tokens become their mean', () => {
    expect([...meanRows([1, 2, 3, 5, 6, 7], 2, 3)]).toEqual([3, 4, 5]);
    expect(() => meanRows([1, 2, 3], 2, 2)).toThrow('rows × tiles = 2 × 2');
  });
});

describe('points', () => {
  const map = grid([0.9, 0.2, 0.6], [0.5, 0.1, 0.7], [0.1, 0.1, 0.1]);

  test('every tile at the threshold or above, at its centre', () => {
    expect(shown(tileDetections(map.scores, map.places))).toEqual([
      [0.9, 5, 5],
      [0.6, 25, 5],
      [0.5, 5, 15],
      [0.7, 25, 15],
    ]);
  });

  test('peaks silence their neighbours, diagonal ones too', () => {
    expect(shown(peakDetections(map.scores, map.places))).toEqual([
      [0.9, 5, 5],
      [0.7, 25, 15],
    ]);
    expect(shown(peakDetections(map.scores, map.places, { radius: 2 }))).toEqual([[0.9, 5, 5]]);
    expect(shown(peakDetections(map.scores, map.places, { radius: 0, stop: 0.6 }))).toEqual([
      [0.9, 5, 5],
      [0.7, 25, 15],
    ]);
  });

  test('groups give their best tile', () => {
    expect(shown(componentDetections(map.scores, map.places))).toEqual([
      [0.9, 5, 5],
      [0.7, 25, 15],
    ]);
    expect(shown(componentDetections(map.scores, map.places, 0.15))).toEqual([[0.9, 5, 5]]);
  });

  test('ties: the upper one, then the left one', () => {
    const flat = grid([0.8, 0.8], [0.8, 0.8]);
    for (const found of [peakDetections(flat.scores, flat.places), componentDetections(flat.scores, flat.places)]) {
      expect(shown(found)).toEqual([[0.8, 5, 5]]);
    }
    // Listed from the end: places decide, not the order of the list.
    const reversed = { coords: [10, 10, 0, 10, 10, 0, 0, 0], tile0: 10, step0: 10 };
    expect(shown(peakDetections([0.8, 0.8, 0.8, 0.8], reversed))).toEqual([[0.8, 5, 5]]);
  });

  test('nothing above, one tile, no tile', () => {
    const dark = grid([0, 0.4]);
    const one = grid([1]);
    for (const detect of [tileDetections, peakDetections, componentDetections] as const) {
      const of = ({ scores, places }: ReturnType<typeof grid>) => shown(detect(scores, places, undefined));
      expect(of(dark)).toEqual([]);
      expect(of(one)).toEqual([[1, 5, 5]]);
      expect(of(grid([]))).toEqual([]);
    }
    expect(() => tileDetections([1, 1], one.places)).toThrow('expected two a tile');
  });

  test('grids that are not aligned: distance counts, not rows and columns', () => {
    const coords = [0, 0, 107, 3, 95, 96];
    const places = { coords, tile0: 100, step0: 100 };
    // The first two are 107 apart; the third reaches both.
    expect(shown(componentDetections([0.9, 0.8, 0.2], places))).toEqual([
      [0.9, 50, 50],
      [0.8, 157, 53],
    ]);
    expect(shown(componentDetections([0.9, 0.8, 0.7], places))).toEqual([[0.9, 50, 50]]);
    expect(shown(peakDetections([0.9, 0.8, 0.7], places))).toEqual([
      [0.9, 50, 50],
      [0.8, 157, 53],
    ]);
  });

  test('two hundred thousand bright tiles in a few seconds', () => {
    const side = 448;
    const coords = Int32Array.from({ length: 2 * side * side }, (_, i) =>
      i % 2 ? 256 * Math.floor((i >> 1) / side) : 256 * ((i >> 1) % side),
    );
    const scores = Float64Array.from({ length: side * side }, (_, i) => 0.6 + ((i * 7919) % 1000) / 2500);
    const places = { coords, tile0: 256, step0: 256 };
    const begin = performance.now();
    expect(peakDetections(scores, places).length).toBeGreaterThan(side * 20);
    expect(componentDetections(scores, places)).toHaveLength(1);
    expect(performance.now() - begin).toBeLessThan(20_000);
  }, 60_000);
});
