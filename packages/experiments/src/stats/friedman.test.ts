import { describe, expect, it } from 'vitest';
import { chiSquareTail, cliques, friedman, ranksOf } from './index.js';

/** AUC of C4.5 plain, with m tuned, with cf tuned and with both, on 14 UCI sets: the worked example of Demšar (JMLR 2006). */
const DEMSAR = [
  [0.763, 0.768, 0.771, 0.798],
  [0.599, 0.591, 0.59, 0.569],
  [0.954, 0.971, 0.968, 0.967],
  [0.628, 0.661, 0.654, 0.657],
  [0.882, 0.888, 0.886, 0.898],
  [0.936, 0.931, 0.916, 0.931],
  [0.661, 0.668, 0.609, 0.685],
  [0.583, 0.583, 0.563, 0.625],
  [0.775, 0.838, 0.866, 0.875],
  [1, 1, 1, 1],
  [0.94, 0.962, 0.965, 0.962],
  [0.619, 0.666, 0.614, 0.669],
  [0.972, 0.981, 0.9751, 0.975], // printed alike, ranked 2 and 3 by digits that are not printed
  [0.957, 0.978, 0.946, 0.97],
];

describe('Friedman and Nemenyi', () => {
  it('give the published numbers of the worked example', () => {
    const result = friedman(DEMSAR)!;
    expect(result.averageRanks.map((rank) => Number(rank.toFixed(3)))).toEqual([3.143, 2, 2.893, 1.964]);
    expect(result.chi2).toBeCloseTo(9.28, 2);
    expect(result.criticalDifference).toBeCloseTo(1.25, 2);
    expect(result.p).toBeCloseTo(0.0258, 3); // upper tail of χ² with 3 degrees at 9.28
    // no pair of the example is as far apart as the difference: 3.143 − 1.964 = 1.179
    expect(cliques(result.averageRanks, result.criticalDifference!)).toEqual([[3, 1, 2, 0]]);
  });

  it('share ranks between equal scores and need two of each', () => {
    expect(ranksOf([0.5, 0.9, 0.5])).toEqual([2.5, 1, 2.5]);
    expect(friedman([[0.5, 0.6]])).toBeNull();
    expect(() => friedman([[1, 2], [1]])).toThrow('every method');
  });

  it('know χ²: the quantiles of the printed tables', () => {
    for (const [x, df] of [
      [3.8415, 1],
      [5.9915, 2],
      [7.8147, 3],
      [9.4877, 4],
      [11.0705, 5],
      [19.6751, 11],
    ] as const) {
      expect(chiSquareTail(x, df)).toBeCloseTo(0.05, 5);
    }
    expect(chiSquareTail(0, 4)).toBe(1);
  });

  it('group what lies within the difference, overlapping where it must, and nothing alone', () => {
    expect(cliques([1, 2, 3, 6], 1.5)).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(cliques([1, 4, 8], 2)).toEqual([]);
  });
});
