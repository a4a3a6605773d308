import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { comparePaired, holm, mean, ranks, sampleStd, spearman, testMean } from './index.js';

interface Golden {
  outputs: { cases: { values: number[]; mean: number; std_sample: number | null }[] };
}

describe('mean and std', () => {
  const golden: Golden = JSON.parse(readFileSync(new URL('../../test/goldens/mean_std.json', import.meta.url), 'utf8'));

  it.each(golden.outputs.cases)('of $values as NumPy gives them', ({ values, mean: expected, std_sample }) => {
    expect(mean(values)).toBeCloseTo(expected, 8);
    if (std_sample === null) expect(sampleStd(values)).toBeNull();
    else expect(sampleStd(values)).toBeCloseTo(std_sample, 8);
  });

  it('of nothing are null', () => {
    expect(mean([])).toBeNull();
    expect(sampleStd([])).toBeNull();
  });
});

describe('testMean', () => {
  it('gives t, p and the interval of a worked example', () => {
    // mean 3, std sqrt(2.5), t = 3/(sqrt(2.5)/sqrt(5)) = 4.242641 with 4 degrees of freedom; t(0.975, 4) = 2.776445
    const result = testMean([1, 2, 3, 4, 5]);
    expect(result.p).toBeCloseTo(0.0132356, 6);
    expect(result.ci95![0]).toBeCloseTo(3 - 2.776445 * Math.sqrt(0.5), 5);
    expect(result.ci95![1]).toBeCloseTo(3 + 2.776445 * Math.sqrt(0.5), 5);
  });

  it('has no p without spread and no interval for one value', () => {
    expect(testMean([0.1, 0.1, 0.1])).toMatchObject({ p: null, ci95: [expect.closeTo(0.1), expect.closeTo(0.1)] });
    expect(testMean([0.3])).toMatchObject({ n: 1, mean: 0.3, std: null, p: null, ci95: null });
  });
});

describe('comparePaired', () => {
  it('matches runs by split and seed, whatever their order, and leaves unmatched ones out', () => {
    const setting = [
      { split: 'a', seed: 1, value: 0.9 },
      { split: 'a', seed: 2, value: 0.7 },
      { split: 'b', seed: 1, value: 0.5 },
    ];
    const reference = [
      { split: 'b', seed: 1, value: 0.6 },
      { split: 'a', seed: 1, value: 0.8 },
      { split: 'b', seed: 2, value: 0.1 },
    ];
    const result = comparePaired(setting, reference);
    expect(result.n).toBe(2);
    expect(result.pairs.map((pair) => [pair.split, pair.seed])).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    expect(result.mean).toBeCloseTo(0, 12);
    expect(result.p).toBeCloseTo(1, 12);
  });
});

describe('holm', () => {
  it('steps down, stays in order, stops at 1 and passes nulls over', () => {
    const adjusted = holm([0.01, null, 0.04, 0.03, 0.005]);
    expect(adjusted.map((p) => p && Number(p.toFixed(6)))).toEqual([0.03, null, 0.06, 0.06, 0.02]);
    expect(holm([0.6, 0.9])).toEqual([1, 1]);
  });
});

describe('ranks and Spearman', () => {
  it('shares ranks between equal values', () => {
    expect(ranks([0.3, 0.1, 0.3, 0.9])).toEqual([2.5, 1, 2.5, 4]);
  });

  it('counts the orders for its p', () => {
    // of 4! = 24 orders only the two monotone ones reach |rho| = 1
    expect(spearman([1, 2, 3, 4], [10, 20, 30, 40])).toEqual({ n: 4, rho: 1, p: 2 / 24 });
    // differences of ranks 0, 1, 1, 0: rho = 1 - 6*2/(4*15) = 0.8; 1 + 3 orders at least that high, as many that low
    const close = spearman([1, 2, 3, 4], [1, 3, 2, 4])!;
    expect(close.rho).toBeCloseTo(0.8, 12);
    expect(close.p).toBeCloseTo(8 / 24, 12);
  });

  it('is null where order has no meaning', () => {
    expect(spearman([1, 2], [1, 2])).toBeNull();
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(spearman([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual({ n: 9, rho: 1, p: null });
  });
});
