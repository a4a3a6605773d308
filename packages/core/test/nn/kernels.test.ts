import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AdamState,
  adamStep,
  createRng,
  crossEntropy,
  dropout,
  dropoutSeed,
  ema,
  gate,
  gelu,
  layerNorm,
  projectInput,
  resolveEngine,
  runKernel,
  standardize,
  stepNumbers,
  type TrainConfig,
  tf,
  useEngine,
  withoutKernels,
} from '../../src/index.js';

const missing = resolveEngine('auto').name !== 'native';

function normal(shape: number[], seed: number, scale = 1): tf.Tensor {
  const rng = createRng(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => scale * rng.normal()),
    shape,
  );
}

/** Largest difference of two lists of tensors, relative to the largest value of each (at least 1). */
function gap(a: readonly tf.Tensor[], b: readonly tf.Tensor[]): number {
  expect(a.length).toBe(b.length);
  return Math.max(
    ...a.map((t, i) => {
      expect(t.shape).toEqual(b[i]!.shape);
      const [p, q] = [t, b[i]!].map((z) => z.dataSync() as Float32Array) as [Float32Array, Float32Array];
      const scale = q.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
      return p.reduce((m, v, k) => Math.max(m, Math.abs(v - q[k]!)), 0) / scale;
    }),
  );
}

describe.skipIf(missing)(missing ? 'kernels: the native engine is not set up' : 'kernels and their twins', () => {
  beforeAll(() => useEngine('native'));

  /** Value and gradients of w · f(inputs). */
  const both = (f: (...xs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor[] => {
    const y = f(...inputs);
    const w = normal(y.shape, 99);
    const g = tf.grads((...xs: tf.Tensor[]) => tf.sum(tf.mul(f(...xs), w)))(inputs);
    return [y, ...g];
  };

  // 1 row and 1 column, widths that no vector of the processor fills, and a wide one.
  const shapes = [
    [1, 1],
    [3, 5],
    [7, 16],
    [4, 131],
    [257, 128],
  ];
  let x: tf.Tensor;
  beforeAll(() => {
    x = normal([64, 12], 5);
  });
  const cases: [string, (...xs: tf.Tensor[]) => tf.Tensor, (shape: number[]) => tf.Tensor[]][] = [
    ['standardize', (z) => standardize(z, 1e-5), (s) => [normal(s, 1, 3)]],
    [
      'layerNorm',
      (z, g, b) => layerNorm(z!, g!, b!, 1e-5),
      (s) => [normal(s, 1, 3), normal([s[1]!], 2), normal([s[1]!], 3)],
    ],
    ['gelu', (z) => gelu(z!), (s) => [normal(s, 1, 4)]],
    ['gate', (p, q) => gate(p!, q!), (s) => [normal(s, 1, 2), normal(s, 2, 2)]],
    ['projectInput', (w, b) => projectInput(x, w!, b), (s) => [normal([s[0]!, 12], 1), normal([s[0]!], 2)]],
  ];
  test.each(cases)('%s: value and gradients', (_, f, inputs) => {
    for (const shape of shapes) {
      const got = both(f, inputs(shape));
      const twin = withoutKernels(() => both(f, inputs(shape)));
      expect(gap(got, twin), `shape ${shape}`).toBeLessThan(3e-6);
    }
  });

  test('gelu far from 0', () => {
    const z = tf.tensor1d([-50, -8, -4.5, -1e-20, 0, 1e-20, 4.5, 8, 50]);
    expect(
      gap(
        both(gelu, [z]),
        withoutKernels(() => both(gelu, [z])),
      ),
    ).toBeLessThan(1e-6);
  });

  test('cross entropy, also of large logits, and NaN stays NaN', () => {
    for (const logits of [
      [0.3, -1, 2],
      [90, -90, 3],
      [1000, 0, 0],
    ]) {
      const z = tf.tensor2d([logits]);
      for (const label of [0, 1, 2]) {
        const target = tf.oneHot(tf.tensor1d([label], 'int32'), 3).toFloat();
        const f = (u: tf.Tensor): tf.Tensor => crossEntropy(u, target);
        expect(
          gap(
            both(f, [z]),
            withoutKernels(() => both(f, [z])),
          ),
        ).toBeLessThan(1e-6);
      }
    }
    const rows = normal([5, 3], 3, 2);
    for (const target of [tf.tensor2d([[0, 1, 0]]), tf.oneHot(tf.tensor1d([0, 2, 1, 1, 0], 'int32'), 3).toFloat()]) {
      const f = (u: tf.Tensor): tf.Tensor => crossEntropy(u, target);
      expect(
        gap(
          both(f, [rows]),
          withoutKernels(() => both(f, [rows])),
        ),
      ).toBeLessThan(1e-6);
    }
    const target = tf.tensor2d([[0, 1, 0]]);
    for (const at of [0, 1, 2]) {
      const logits = [1, 2, 3];
      logits[at] = Number.NaN;
      expect(crossEntropy(tf.tensor2d([logits]), target).dataSync()[0]).toBeNaN();
    }
  });

  const BASE: TrainConfig = {
    optimiser: 'adam',
    lr: 1e-3,
    weightDecay: 1e-2,
    betas: [0.9, 0.999],
    eps: 1e-8,
    epochs: 1,
    warmup: 0,
    schedule: 'constant',
    clip: null,
    select: 'last',
  };

  const SIZE = 1003;
  const start = (): AdamState => ({
    params: normal([SIZE], 1) as tf.Tensor1D,
    m: tf.zeros([SIZE]),
    v: tf.zeros([SIZE]),
    steps: tf.zeros([SIZE]),
  });
  const steps = (config: TrainConfig, mask?: tf.Tensor1D): tf.Tensor[] => {
    let state = start();
    for (let t = 1; t <= 4; t++) {
      const numbers = tf.tensor1d(stepNumbers(config, config.lr, t));
      state = adamStep(
        config,
        state,
        normal([SIZE], 10 + t) as tf.Tensor1D,
        numbers,
        t % 2 === 0 ? mask : mask && tf.onesLike(mask),
      );
    }
    return [state.params, state.m, state.v];
  };

  test.each<[string, Partial<TrainConfig>]>([
    ['Adam', {}],
    ['AdamW', { optimiser: 'adamw' }],
    ['AdamW with clipping', { optimiser: 'adamw', clip: 0.5 }],
    ['Adam without decay', { weightDecay: 0 }],
  ])('%s: the same bits', (_, change) => {
    const config = { ...BASE, ...change };
    expect(
      gap(
        steps(config),
        withoutKernels(() => steps(config)),
      ),
    ).toBe(0);
  });

  test('Adam that does not reach everything', () => {
    const mask = tf.tensor1d(Float32Array.from({ length: SIZE }, (_, i) => (i % 37 < 20 ? 1 : 0)));
    const config: TrainConfig = { ...BASE, optimiser: 'adamw' };
    expect(
      gap(
        steps(config, mask),
        withoutKernels(() => steps(config, mask)),
      ),
    ).toBeLessThan(1e-6);
  });

  test('dropout: the same bits', () => {
    const seed = tf.tensor1d(dropoutSeed(createRng(7)).values as Int32Array, 'int32');
    const f = (): tf.Tensor[] => both((z) => dropout(z!, seed, 0.3), [normal([13, 31], 1)]);
    expect(gap(f(), withoutKernels(f))).toBe(0);
  });

  test('an input of another size is refused, not read beyond its end', () => {
    const call = { name: 'AsmilGateGrad', inputs: [tf.zeros([4]), tf.zeros([3]), tf.zeros([4])], outputs: 2 };
    expect(() => runKernel(call)).toThrow(/another number of elements/);
  });

  test('moving average: the same bits, by a number and by a tensor', () => {
    const [a, b] = [normal([9, 7], 1), normal([9, 7], 2)];
    for (const m of [0.9999, tf.scalar(0.25)]) {
      const f = (): tf.Tensor[] => Object.values(ema({ w: a }, { w: b }, m));
      expect(gap(f(), withoutKernels(f))).toBe(0);
    }
  });
});
