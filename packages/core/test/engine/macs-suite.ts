import { expect, test } from 'vitest';
import { asmil, countMacs, forwardMacs, type Model, tf } from '../../src/index.js';

/** What holds of the counter on the engine in use. */
export function describeCounting(): void {
  const ones = (...shape: number[]): tf.Tensor => tf.ones(shape);

  test.each<[string, () => void, number]>([
    ['a product', () => tf.matMul(ones(5, 7), ones(7, 3)), 5 * 7 * 3],
    ['a product of transposed matrices', () => tf.matMul(ones(7, 5), ones(3, 7), true, true), 5 * 7 * 3],
    ['a row times a column', () => tf.matMul(ones(1, 7), ones(7, 1)), 7],
    ['a product in a batch', () => tf.matMul(ones(4, 5, 7), ones(4, 7, 3)), 4 * 5 * 7 * 3],
    ['one side broadcast', () => tf.matMul(ones(4, 5, 7), ones(1, 7, 3)), 4 * 5 * 7 * 3],
    ['a fused product', () => tf.fused.matMul({ a: ones(5, 7) as tf.Tensor2D, b: ones(7, 3) as tf.Tensor2D }), 105],
    ['nothing to multiply', () => tf.matMul(ones(0, 7), ones(7, 3)), 0],
    ['a product element by element', () => tf.mul(ones(5, 7), ones(5, 7)), 0],
    [
      'a convolution with stride and without padding',
      () => tf.conv2d(ones(1, 9, 7, 2) as tf.Tensor4D, ones(3, 3, 2, 5) as tf.Tensor4D, 2, 'valid'),
      4 * 3 * 5 * (3 * 3 * 2), // a number of the output for each of 4 × 3 places and 5 channels
    ],
    [
      'a convolution channel by channel',
      () => tf.depthwiseConv2d(ones(1, 6, 6, 4) as tf.Tensor4D, ones(3, 3, 4, 2) as tf.Tensor4D, 1, 'same'),
      6 * 6 * 8 * (3 * 3),
    ],
  ])('%s', (_, f, expected) => {
    expect(countMacs(f)).toBe(expected);
  });

  test('a gradient: two products for one, each of the same size', () => {
    const loss = (x: tf.Tensor): tf.Scalar => tf.sum(tf.matMul(x as tf.Tensor2D, ones(7, 3)));
    const both = (x: tf.Tensor, w: tf.Tensor): tf.Scalar => tf.sum(tf.matMul(x, w));
    expect(countMacs(() => tf.grad(loss)(ones(5, 7)))).toBe(2 * 105);
    expect(countMacs(() => tf.grads(both)([ones(5, 7), ones(7, 3)]))).toBe(3 * 105);
  });

  test('sums over all that runs, and leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    const twice = (): void => {
      tf.matMul(tf.relu(tf.matMul(ones(5, 7), ones(7, 3))), ones(3, 2));
    };
    expect(countMacs(twice)).toBe(105 + 30);
    expect(countMacs(() => {})).toBe(0);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('nested counts and errors leave the engine as it was', () => {
    const { runKernel } = tf.engine();
    expect(() => countMacs(() => tf.matMul(ones(2, 3), ones(2, 3)))).toThrow(/shapes|incompatible/);
    expect(tf.engine().runKernel).toBe(runKernel);
    expect(countMacs(() => expect(countMacs(() => tf.matMul(ones(5, 7), ones(7, 3)))).toBe(105))).toBe(105);
    expect(tf.engine().runKernel).toBe(runKernel);
  });

  test('of a model: the pass over noise of n tiles', () => {
    const toy = { ...asmil({}, { input: 4, classes: 2 }), params: [] } as Model;
    const model: Model = {
      ...toy,
      evaluationDraws: (rng, n) => ({
        order: { shape: [n], values: Int32Array.from({ length: n }, () => rng.int(n)) },
      }),
      bagInputs: ({ n, coords }) => ({ at: { shape: [n, 2], values: coords! } }),
      forward(_, x, { train, draws, bag }) {
        expect([train, x.shape, draws.order!.shape, bag.at!.shape]).toEqual([false, [6, 4], [6], [6, 2]]);
        return { logits: tf.matMul(ones(1, 6), tf.matMul(x, ones(4, 2))) as tf.Tensor2D };
      },
    };
    expect(forwardMacs(model, 6)).toBe(6 * 4 * 2 + 6 * 2);
  });
}
