import { beforeAll, describe, expect, test } from 'vitest';
import {
  createRng,
  dropout,
  dropoutSeed,
  factors,
  gatherRows,
  maskedSoftmax,
  ranks,
  resolveEngine,
  tf,
  topIndices,
  useEngine,
} from '../../src/index.js';

const engines = resolveEngine('auto').name === 'native' ? (['native', 'wasm'] as const) : (['wasm'] as const);

describe.each(engines)('selection on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  test('the largest come first, equal values by position', () => {
    const x = tf.tensor1d([1, 3, 2, 3, 1, 3]);
    expect([...topIndices(x, 6).dataSync()]).toEqual([1, 3, 5, 2, 0, 4]);
    expect([...topIndices(x, 2).dataSync()]).toEqual([1, 3]);
    expect([...ranks(x).dataSync()]).toEqual([4, 0, 3, 1, 5, 2]);
    const many = tf.zeros([2000]);
    expect([...topIndices(many, 5).dataSync()]).toEqual([0, 1, 2, 3, 4]);
    expect([
      ...ranks(
        tf.tensor2d([
          [0, 5],
          [5, 0],
        ]),
      ).dataSync(),
    ]).toEqual([1, 0, 0, 1]);
  });

  test('an index made in the pass itself serves its backward pass, also for one row', () => {
    for (const n of [1, 4]) {
      const x = tf.range(0, 2 * n).reshape([n, 2]);
      const gradient = tf.grad((z) => {
        const best = topIndices(tf.reshape(tf.sum(z, 1), [n]), 1) as tf.Tensor1D;
        return tf.sum(tf.mul(gatherRows(z, tf.concat([best, best])), 3));
      })(x);
      expect([...gradient.dataSync()]).toEqual(Array.from({ length: 2 * n }, (_, i) => (i >= 2 * n - 2 ? 6 : 0)));
    }
  });

  test('rows that repeat add up in the gradient', () => {
    const x = tf.tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const index = tf.tensor1d([2, 0, 2], 'int32');
    expect([...gatherRows(x, index).dataSync()]).toEqual([5, 6, 1, 2, 5, 6]);
    const w = tf.tensor2d([
      [1, 2],
      [10, 20],
      [100, 200],
    ]);
    const g = tf.grad((z) => tf.sum(tf.mul(gatherRows(z as tf.Tensor2D, index), w)))(x);
    expect([...g.dataSync()]).toEqual([10, 20, 0, 0, 101, 202]);
  });

  test('what is left out of a softmax weighs nothing', () => {
    const p = maskedSoftmax(tf.tensor1d([1, 50, 1]), tf.tensor1d([1, 0, 1])).dataSync();
    expect([...p]).toEqual([0.5, 0, 0.5]);
  });

  test('dropout keeps its share, scaled, and drops the same elements backwards', () => {
    const seed = tf.tensor1d(dropoutSeed(createRng(3)).values as Int32Array, 'int32');
    const x = tf.ones([100, 100]);
    const y = dropout(x, seed, 0.25);
    const values = y.dataSync();
    const kept = values.filter((v) => v !== 0);
    expect(kept.length).toBeGreaterThan(7300);
    expect(kept.length).toBeLessThan(7700);
    for (const v of kept) expect(v).toBeCloseTo(4 / 3, 6);
    expect([
      ...tf
        .grad((z) => tf.sum(dropout(z, seed, 0.25)))(x)
        .dataSync(),
    ]).toEqual([...values]);
    expect([...values]).toEqual([...factors(seed.dataSync() as Int32Array, 10000, 0.25)]);
    expect(dropout(x, undefined, 0.25)).toBe(x);
  });
});

test('masks of different seeds and of neighbouring elements are unrelated', () => {
  const rng = createRng(1);
  const n = 20000;
  const mask = (): number[] => [...factors(dropoutSeed(rng).values as Int32Array, n, 0.5)].map((v) => v - 1);
  const [a, b] = [mask(), mask()];
  const corr = (x: number[], y: number[]): number => x.reduce((s, v, i) => s + v * y[i]!, 0) / x.length;
  expect(Math.abs(corr(a, b))).toBeLessThan(0.03);
  expect(Math.abs(corr(a, [...a.slice(1), a[0]!]))).toBeLessThan(0.03);
});
