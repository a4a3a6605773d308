import { beforeAll, describe, expect, test } from 'vitest';
import { tf, useEngine } from '../../src/engine/index.js';
import { createRng } from '../../src/rng.js';
import { type AdamState, adamStep, learningRate, stepNumbers } from '../../src/train/optimiser.js';
import type { TrainConfig } from '../../src/train/types.js';

const BASE: TrainConfig = {
  optimiser: 'adam',
  lr: 1e-4,
  weightDecay: 0,
  betas: [0.9, 0.999],
  eps: 1e-8,
  epochs: 50,
  warmup: 0,
  schedule: 'cosine',
  clip: null,
  select: 'last',
};

describe('learningRate', () => {
  test.each([
    [0, 0, 1e-4],
    [0, 1, 9.990134e-5],
    [0, 10, 9.045085e-5],
    [0, 25, 5e-5],
    [0, 49, 9.866358e-8],
    [5, 0, 0],
    [5, 0.5, 1e-5],
    [5, 5, 1e-4],
    [5, 10, 9.698463e-5],
    [5, 25, 5.868241e-5],
    [5, 49, 1.217975e-7],
  ])('warm-up of %d epochs, at t = %d: %d', (warmup, t, lr) => {
    expect(Math.abs(learningRate({ ...BASE, warmup }, t) - lr)).toBeLessThanOrEqual(5e-7 * lr);
  });

  test('constant after its warm-up', () => {
    const config: TrainConfig = { ...BASE, schedule: 'constant', warmup: 2 };
    expect([1, 2, 30].map((t) => learningRate(config, t))).toEqual([5e-5, 1e-4, 1e-4]);
  });
});

const SIZE = 7;

interface Reference {
  p: number[];
  m: number[];
  v: number[];
  t: number[];
}

/** PyTorch's Adam and AdamW, one parameter at a time in float64; a parameter that is not reached is passed over. */
function referenceStep(config: TrainConfig, s: Reference, gradient: readonly number[], lr: number, on: number[]): void {
  const norm = Math.hypot(...gradient);
  const scale = config.clip === null ? 1 : Math.min(1, config.clip / (norm + 1e-6));
  const [b1, b2] = config.betas;
  for (let i = 0; i < SIZE; i++) {
    if (on[i] === 0) continue;
    let g = gradient[i]! * scale;
    if (config.optimiser === 'adam') g += config.weightDecay * s.p[i]!;
    else s.p[i]! *= 1 - lr * config.weightDecay;
    s.t[i]! += 1;
    s.m[i] = b1 * s.m[i]! + (1 - b1) * g;
    s.v[i] = b2 * s.v[i]! + (1 - b2) * g * g;
    const denominator = Math.sqrt(s.v[i]! / (1 - b2 ** s.t[i]!)) + config.eps;
    s.p[i]! -= (lr * (s.m[i]! / (1 - b1 ** s.t[i]!))) / denominator;
  }
}

describe('adamStep', () => {
  beforeAll(() => useEngine('wasm'));

  test.each<[string, Partial<TrainConfig>, boolean]>([
    ['Adam', {}, false],
    ['Adam with decay in the gradient', { weightDecay: 0.1 }, false],
    ['AdamW', { optimiser: 'adamw', weightDecay: 0.1 }, false],
    ['AdamW with clipping', { optimiser: 'adamw', weightDecay: 0.1, clip: 1.5 }, false],
    ['AdamW with parameters that are not always reached', { optimiser: 'adamw', weightDecay: 0.1, clip: 1.5 }, true],
    ['Adam with other betas and parameters that are not always reached', { betas: [0.5, 0.9] }, true],
  ])('%s: ten steps of float64', (_, change, partial) => {
    const config = { ...BASE, lr: 0.05, epochs: 10, ...change };
    const rng = createRng(3, 'optimiser');
    const normals = (): number[] => Array.from({ length: SIZE }, () => Math.fround(rng.normal()));
    const zeros = (): number[] => new Array<number>(SIZE).fill(0);
    const reference: Reference = { p: normals(), m: zeros(), v: zeros(), t: zeros() };
    const start = [...reference.p];
    let state: AdamState = {
      params: tf.tensor1d(reference.p),
      m: tf.zeros([SIZE]),
      v: tf.zeros([SIZE]),
      ...(partial && { steps: tf.zeros<tf.Rank.R1>([SIZE]) }),
    };
    for (let t = 1; t <= 10; t++) {
      const gradient = normals();
      const on = gradient.map(() => (partial && rng.next() < 0.4 ? 0 : 1));
      const given = gradient.map((g, i) => g * on[i]!);
      const lr = learningRate(config, t - 1);
      referenceStep(config, reference, given, lr, on);
      const numbers = tf.tensor1d(stepNumbers(config, lr, t));
      state = adamStep(config, state, tf.tensor1d(given), numbers, partial ? tf.tensor1d(on) : undefined);
      const values = state.params.dataSync();
      reference.p.forEach((p, i) => {
        expect(Math.abs(values[i]! - p), `step ${t}, parameter ${i}`).toBeLessThan(2e-6);
      });
    }
    if (partial) expect([...state.steps!.dataSync()]).toEqual(reference.t);
    // The steps are large beside the tolerance.
    expect(Math.hypot(...reference.p.map((p, i) => p - start[i]!))).toBeGreaterThan(0.1);
  });
});
