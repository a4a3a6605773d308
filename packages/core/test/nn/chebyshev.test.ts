import { beforeAll, describe, expect, test } from 'vitest';
import { chebyshevBasis, linearRelu, resolveEngine, tf, useEngine } from '../../src/index.js';

const engines = resolveEngine('auto').name === 'native' ? (['native', 'wasm'] as const) : (['wasm'] as const);

describe.each(engines)('layers on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  test('Chebyshev polynomials are cosines of multiples, and their gradient those of the second kind', () => {
    const xs = [-3, -0.4, 0, 0.7, 2, 0.1];
    const x = tf.tensor2d(xs, [3, 2]);
    const basis = chebyshevBasis(x, 5); // [3, 6, 2]
    expect(basis.shape).toEqual([3, 6, 2]);
    const values = basis.dataSync();
    const slopes = tf
      .grad((z) => tf.sum(tf.mul(chebyshevBasis(z as tf.Tensor2D, 5), weights())))(x)
      .dataSync();
    for (const [i, v] of xs.entries()) {
      const [row, column] = [i >> 1, i % 2];
      const angle = Math.acos(Math.tanh(v));
      let slope = 0;
      for (let d = 0; d <= 5; d++) {
        expect(values[row * 12 + d * 2 + column]).toBeCloseTo(Math.cos(d * angle), 5);
        slope += (d + 1) * d * (Math.sin(d * angle) / Math.sin(angle));
      }
      expect(slopes[i]! / (slope * (1 - Math.tanh(v) ** 2))).toBeCloseTo(1, 3);
    }
  });

  /** d + 1 for order d. */
  const weights = (): tf.Tensor => tf.tensor3d([1, 2, 3, 4, 5, 6], [1, 6, 1]);

  test('a linear layer with relu equals its parts, with and without a bias', () => {
    const [x, w, b] = [
      tf.randomNormal([7, 4], 0, 1, 'float32', 1),
      tf.randomNormal([3, 4], 0, 1, 'float32', 2),
      tf.tensor1d([0.1, -0.2, 0.3]),
    ];
    const parts = (...[z, u, c]: tf.Tensor[]): tf.Tensor => {
      const y = tf.matMul(z as tf.Tensor2D, u as tf.Tensor2D, false, true);
      return tf.relu(c ? tf.add(y, c) : y);
    };
    const fused = (...[z, u, c]: tf.Tensor[]): tf.Tensor => linearRelu(z!, u!, c);
    const sum =
      (f: typeof parts) =>
      (...args: tf.Tensor[]) =>
        tf.sum(tf.square(f(...args)));
    for (const args of [
      [x, w],
      [x, w, b],
    ]) {
      const [got, want] = [sum(fused), sum(parts)].map((f) =>
        tf
          .grads(f)(args)
          .map((g) => [...g.dataSync()]),
      );
      got!.flat().forEach((v, i) => {
        expect(v).toBeCloseTo(want!.flat()[i]!, 4);
      });
      expect(fused(...args).shape).toEqual([7, 3]);
    }
  });
});
