import { describe, expect, test } from 'vitest';
import { metrics } from '../../src/index.js';

const { blockCoverage, confusionOfTiles, dice, diceOfMasks, diceOfTiles, marks, specificity, tileMask } =
  metrics.localization;

const canvas = { downsample: 32 };
/** Four tiles of 128 pixels in a square: blocks of 4 × 4 on an 8 × 8 canvas. */
const places = { coords: [0, 0, 128, 0, 0, 128, 128, 128], tile0: 128 };
const size = { height: 8, width: 8 };

function maskOf(set: (row: number, col: number) => boolean, { height, width } = size): metrics.localization.Mask {
  const data = Uint8Array.from({ length: height * width }, (_, i) => Number(set(Math.floor(i / width), i % width)));
  return { height, width, data };
}

const area = ({ data }: metrics.localization.Mask): number => data.reduce((sum, v) => sum + v, 0);

describe('Dice', () => {
  test('by hand, pixel by pixel and tile by tile', () => {
    const truth = maskOf((row, col) => row < 4 && col < 6); // 24 pixels
    const predicted = tileMask([1, 0, 1, 0], places, size, canvas); // 32 pixels, 16 of them right
    expect(diceOfMasks(predicted, truth)).toBe((2 * 16) / (32 + 24));
    expect([...blockCoverage(truth, places, canvas)]).toEqual([1, 0.5, 0, 0]);
    expect(diceOfTiles([1, 0, 1, 0], [1, 1, 0, 0])).toBe(0.5);
    expect(confusionOfTiles([1, 0, 1, 0], [1, 1, 0, 0])).toEqual({ tp: 1, fp: 1, tn: 1, fn: 1 });
  });

  test('all found, nothing found, nothing there', () => {
    const truth = maskOf((row) => row < 4);
    expect(diceOfMasks(tileMask([1, 1, 0, 0], places, size, canvas), truth)).toBe(1);
    expect(diceOfMasks(tileMask([0, 0, 0, 0], places, size, canvas), truth)).toBe(0);
    expect(
      diceOfMasks(
        maskOf(() => false),
        maskOf(() => false),
      ),
    ).toBeNull();
    expect(dice(0, 0, 0)).toBeNull();
    expect(diceOfTiles([], [])).toBeNull();
    expect(() =>
      diceOfMasks(
        truth,
        maskOf(() => true, { height: 2, width: 2 }),
      ),
    ).toThrow('one size');
    expect(() => diceOfTiles([1], [])).toThrow('as many');
  });

  test('blocks are clipped at the border, and count once where tiles overlap', () => {
    const beyond = { coords: [-64, -64, 192, 192, 999, 999], tile0: 128 };
    const clipped = tileMask([1, 1, 1], beyond, size, canvas);
    expect(area(clipped)).toBe(8);
    expect([
      ...blockCoverage(
        maskOf(() => true),
        beyond,
        canvas,
      ),
    ]).toEqual([0.25, 0.25, 0]);
    const twice = { coords: [0, 0, 64, 0], tile0: 128 };
    expect(area(tileMask([1, 1], twice, size, canvas))).toBe(24);
  });

  test('a tile smaller than a pixel of the canvas covers none', () => {
    const small = { coords: [0, 0], tile0: 16 };
    expect(area(tileMask([1], small, size, canvas))).toBe(0);
    expect([
      ...blockCoverage(
        maskOf(() => true),
        small,
        canvas,
      ),
    ]).toEqual([0]);
  });
});

describe('specificity', () => {
  test('is the share that is not above the threshold; a tile at the threshold is not', () => {
    expect(specificity([0.5, 0.51, 0, 1])).toBe(0.5);
    expect([...marks([0.5, 0.51, 0, 1])]).toEqual([1, 1, 0, 1]);
  });

  test('all equal, one tile, no tile', () => {
    const { minmax } = metrics.localization;
    expect(specificity(minmax([0.25, 0.25]))).toBe(1);
    expect(specificity(minmax([0.25]))).toBe(1);
    expect(specificity(minmax([]))).toBeNull();
    // Rescaled, the best tile of any slide with two scores is above: 1 − 1/N is the most there can be.
    expect(specificity(minmax([0.1, 0.2, 0.1, 0.1]))).toBe(0.75);
  });
});
