import { describe, expect, test } from 'vitest';
import type { Scores } from '../train/types.js';
import * as m from './index.js';

describe('scoreBags', () => {
  test('gives the scores of four bags', () => {
    const logits = [Float64Array.of(2, 0), Float64Array.of(0, 1), Float64Array.of(0, 3), Float64Array.of(0, 2)];
    const scores = m.scoreBags(logits, [0, 0, 1, 1], 2);
    expect(scores.n).toBe(4);
    expect(scores.accuracy).toBe(0.75);
    expect(scores.macroF1).toBeCloseTo((2 / 3 + 4 / 5) / 2, 12);
    expect(scores.macroAuc).toBe(1);
    const ce = (Math.log1p(Math.exp(-2)) * 2 + Math.log1p(Math.exp(1)) + Math.log1p(Math.exp(-3))) / 4;
    expect(scores.crossEntropy).toBeCloseTo(ce, 12);
  });

  test('ranks by probability, not by logit', () => {
    // Class 1's logits rank the negative first, its probabilities rank the positive first.
    const logits = [9, 5, 0, 1];
    const scores = m.scoreBags([logits.slice(0, 2), logits.slice(2)], [0, 1], 2);
    expect(scores.macroAuc).toBe(1);
  });

  test('one class alone: no AUC, and F1 still over all classes', () => {
    expect(m.scoreBags([[3, 0, 0]], [0], 3)).toMatchObject({ macroAuc: null, macroF1: 1 / 3, accuracy: 1 });
    expect(() => m.scoreBags([], [], 2)).toThrow('at least one');
    expect(() => m.scoreBags([[0, 1]], [2], 2)).toThrow('label 2');
  });
});

test('crossEntropy and probabilities stay finite for large logits', () => {
  expect(m.crossEntropy([1000, 0], 1)).toBe(1000);
  expect(m.crossEntropy([1000, 0], 0)).toBe(0);
  expect([...m.probabilities([-1000, -1000])]).toEqual([0.5, 0.5]);
});

test('a single logit is that of class 1 of two', () => {
  const p = 1 / (1 + Math.exp(-2));
  expect(m.probabilities([2])[0]).toBeCloseTo(1 - p, 15);
  expect(m.probabilities([2])[1]).toBeCloseTo(p, 15);
  expect(m.crossEntropy([2], 1)).toBeCloseTo(-Math.log(p), 15);
  expect(m.crossEntropy([-1000], 1)).toBe(1000);
  expect(m.scoreBags([[-1], [3], [2], [0.5]], [0, 1, 1, 0], 2)).toMatchObject({ accuracy: 0.75, macroAuc: 1 });
});

describe('attention', () => {
  const flat = [0.25, 0.25, 0.25, 0.25];
  const one = [0, 0, 1, 0];

  test('flat and single-tile attention are the ends of every scale', () => {
    expect(m.entropyRatio(flat)).toBeCloseTo(1, 12);
    expect(m.entropyRatio(one)).toBe(0);
    expect(m.peak(flat)).toBe(1);
    expect(m.peak(one)).toBe(4);
    expect(m.halfMass(flat)).toEqual({ count: 2, share: 0.5 });
    expect(m.halfMass(one)).toEqual({ count: 1, share: 0.25 });
    expect(m.halfMass(new Float32Array(10).fill(0.1))).toEqual({ count: 5, share: 0.5 });
    expect(m.halfMass([0.4, 0.09, 0.11, 0.4])).toEqual({ count: 2, share: 0.5 });
  });

  test('a bag of one tile has no entropy ratio', () => {
    const bag = m.bagAttention({ rows: 1, n: 1, values: [1] }, { previous: { rows: 1, n: 1, values: [1] } });
    expect(bag).toEqual({ jsd: 0, peak: 1, entropy: null, halfMass: 1, instanceMass: null, instanceAuc: null });
    const wide = m.bagAttention({ rows: 1, n: 4, values: one });
    expect(m.summariseAttention([bag, wide])).toEqual({
      jsd: 0,
      peak: 2.5,
      entropy: 0,
      halfMass: 0.625,
      instanceMass: null,
      instanceAuc: null,
    });
    expect(m.summariseAttention([bag])!.entropy).toBe(1);
    expect(m.summariseAttention([])).toBeNull();
  });

  test('reads instance labels', () => {
    expect(m.instanceMass([1, 2, 3, 4], [0, 1, 0, 1])).toBeCloseTo(0.6, 12);
    expect(m.instanceMass(flat, [0, 0, 0, 0])).toBeNull();
    expect(m.instanceAuc([0.1, 0.2, 0.3, 0.4], [0, 1, 0, 1])).toBe(0.75);
    expect(m.instanceAuc(flat, [0, 1, 0, 1])).toBe(0.5);
    expect(m.instanceAuc(flat, [1, 1, 1, 1])).toBeNull();
  });

  test('several rows: each row, then the mean', () => {
    const map = { rows: 2, n: 4, values: Float32Array.of(...flat, ...one) };
    const turned = { rows: 2, n: 4, values: Float32Array.of(...flat, 0, 0, 0, 1) };
    const bag = m.bagAttention(map, { previous: turned, instanceLabels: Uint8Array.of(0, 0, 1, 0) });
    expect(bag.peak).toBe(2.5);
    expect(bag.entropy).toBeCloseTo(0.5, 12);
    expect(bag.jsd).toBeCloseTo(Math.LN2 / 2, 12);
    expect(bag.instanceMass).toBeCloseTo(0.625, 12);
    expect(bag.instanceAuc).toBeCloseTo(0.75, 12);
    expect(() => m.bagAttention(map, { instanceLabels: [1] })).toThrow('1 instance labels for 4 tiles');
  });

  test('JSD rescales, is zero for one tile and follows the epochs', () => {
    expect(m.jsd([2, 2], [1, 1])).toBe(0);
    expect(m.jsd([1, 0], [1, 1])).toBeCloseTo(1.5 * Math.log(2) - 0.75 * Math.log(3), 12);
    expect(m.jsd([Number.NaN, 1], [1, 1])).toBeNaN();
    expect(() => m.jsd([1], [1, 1])).toThrow('same number');
    const maps = [0, 0, 1].map((at) => ({ rows: 1, n: 2, values: [1 - at, at] }));
    expect(m.jsdSeries(maps)).toEqual([0, Math.LN2]);
    expect(m.jsdSeries(maps, { withUniform: true })[0]).toBeCloseTo(m.jsd([1, 0], [1, 1]), 12);
    expect(m.summariseSeries([100, ...new Array(10).fill(1)])).toEqual({ tail: 1, area: 10 });
    expect(m.summariseSeries([])).toEqual({ tail: null, area: null });
  });
});

test('selectEpoch takes the first of equals and F1 alone without an AUC', () => {
  const at = (macroF1: number, macroAuc: number | null): Scores => ({
    n: 2,
    macroF1,
    macroAuc,
    accuracy: 0,
    crossEntropy: 0,
  });
  expect(m.selectEpoch([at(0, null), at(0.5, 0.5), at(0.6, 0.4), at(0.9, null)])).toBe(1);
  expect(m.selectEpoch([at(0, 0)])).toBe(0);
  expect(m.selectEpoch([])).toBe(-1);
});

describe('histogram', () => {
  test('the last bin is closed, the others half-open', () => {
    expect(m.histogram([0, 1, 2, 3, 4], 4)).toEqual({ edges: [0, 1, 2, 3, 4], counts: [1, 1, 1, 2] });
  });

  test('equal values stand in the middle', () => {
    expect(m.histogram([2, 2, 2], 2)).toEqual({ edges: [1.5, 2, 2.5], counts: [0, 3] });
    expect(() => m.histogram([], 3)).toThrow('at least one');
    expect(() => m.histogram([Number.NaN], 3)).toThrow('NaN');
  });

  test('values on printed edges fall into the bin that starts there', () => {
    const values = m.linspace(0, 0.7, 8);
    expect(m.histogram(values, 7).counts).toEqual([1, 1, 1, 1, 1, 1, 2]);
  });
});

test('NSF is finite and a distribution where the sigmoids underflow', () => {
  const w = m.nsf([-800, -801]);
  expect(w[0]! / w[1]!).toBeCloseTo(Math.E, 9);
  expect(w[0]! + w[1]!).toBeCloseTo(1, 12);
});

test('theorem 1 without a spread of high scores allows every temperature from 0', () => {
  expect(m.temperatureRange({ tau: 1, gamma: 0, high: 1 }).min).toBe(0);
});

test('affine dependence tells an affine from a linear combination and from a near miss', () => {
  const base = [1, 2, 3, 4, 5, 6, 7, 0, -3, 1, 4, 1];
  const [a, b] = [base.slice(0, 6), base.slice(6)];
  const with3 = (third: number[]) => m.affinelyDependent([...base, ...third], 3, 6);
  expect(with3(a.map((v, i) => 0.25 * v + 0.75 * b[i]!))).toBe(true);
  expect(with3(a.map((v, i) => v + b[i]!))).toBe(false);
  expect(with3(a.map((v, i) => 0.25 * v + 0.75 * b[i]! + (i === 2 ? 1e-9 : 0)))).toBe(false);
  expect(m.affinelyDependent([...base, ...a], 3, 6)).toBe(true);
});

test('affine dependence is decided without a decomposition above d + 1 tiles, and refuses NaN', () => {
  expect(m.affinelyDependent(new Float32Array(5), 5, 1)).toBe(true);
  expect(() => m.affinelyDependent(new Float32Array(6).fill(Number.NaN), 2, 3)).toThrow('not finite');
});

test('relativeGain is new over old minus one', () => {
  expect(m.relativeGain(0.82, 0.77)).toBeCloseTo(0.0649, 4);
});
