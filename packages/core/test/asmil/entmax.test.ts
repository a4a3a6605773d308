import { beforeAll, expect, test } from 'vitest';
import { entmax } from '../../src/attention/entmax.js';
import { tf, useEngine } from '../../src/engine/index.js';
import { createRng } from '../../src/rng.js';

beforeAll(() => useEngine('wasm'));

const ALPHAS = [1, 1.25, 1.5, 1.75, 2];

const values = (z: number[], alpha: number): number[] => [...entmax(tf.tensor1d(z), alpha).dataSync()];

test.each(ALPHAS)('alpha %d: a distribution, row by row, that ignores a shift of its scores', (alpha) => {
  const rng = createRng(4);
  const z = Float32Array.from({ length: 3 * 50 }, () => 2 * rng.normal());
  const p = entmax(tf.tensor(z, [3, 50]), alpha).dataSync() as Float32Array;
  for (let row = 0; row < 3; row++) {
    const own = p.slice(50 * row, 50 * (row + 1));
    expect(own.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    expect(Math.min(...own)).toBeGreaterThanOrEqual(0);
    const alone = values(
      [...z.slice(50 * row, 50 * (row + 1))].map((v) => v + 3),
      alpha,
    );
    alone.forEach((v, i) => {
      expect(v).toBeCloseTo(own[i]!, 5);
    });
  }
});

test.each(ALPHAS)('alpha %d: one score has weight 1, equal scores share', (alpha) => {
  expect(values([-7], alpha)[0]).toBeCloseTo(1, 6);
  for (const v of values([3, 3, 3, 3], alpha)) expect(v).toBeCloseTo(0.25, 6);
});

test('the larger alpha, the fewer weights are left', () => {
  const z = Array.from({ length: 20 }, (_, i) => i / 10);
  const support = ALPHAS.map((alpha) => values(z, alpha).filter((v) => v > 0).length);
  expect(support[0]).toBe(20);
  for (let i = 1; i < support.length; i++) expect(support[i]!).toBeLessThan(support[i - 1]! + 1);
  expect(support.at(-1)!).toBeLessThan(8);
});

test('sparsemax of two scores: half their difference on either side of a half', () => {
  expect(values([0.3, 0.1], 2)[0]).toBeCloseTo(0.6, 6);
  expect(values([2, 0.5], 2)).toEqual([1, 0]);
});

test('bisection agrees with the closed forms beside it', () => {
  const z = Array.from({ length: 30 }, (_, i) => Math.sin(3 * i));
  for (const alpha of [1.5, 2]) {
    const [exact, near] = [values(z, alpha), values(z, alpha + 1e-4)];
    exact.forEach((v, i) => {
      expect(Math.abs(v - near[i]!)).toBeLessThan(1e-3);
    });
  }
});

test('below 1 is refused', () => {
  expect(() => values([1, 2], 0.5)).toThrow('at least 1');
});
