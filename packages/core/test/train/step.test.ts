import { beforeAll, expect, test } from 'vitest';
import {
  Executor,
  initState,
  layoutsOf,
  type Model,
  type TrainConfig,
  Trainer,
  tf,
  unpack,
  useEngine,
} from '../../src/index.js';

beforeAll(() => useEngine('auto'));

const CONFIG: TrainConfig = {
  optimiser: 'adam',
  lr: 0.1,
  weightDecay: 0.01,
  betas: [0.9, 0.999],
  eps: 1e-8,
  epochs: 4,
  warmup: 0,
  schedule: 'constant',
  clip: null,
  select: 'last',
};

/** Its first feature decides: above 0 the step is taken. `sum` becomes the sum of the bag. */
function toy(): Model {
  const zero = { kind: 'constant', value: 0 } as const;
  const forward: Model['forward'] = (p, x) => ({ logits: tf.add(tf.mean(x, 0, true), p.w!) as tf.Tensor2D });
  return {
    name: 'toy',
    version: 1,
    config: {},
    dims: { input: 2, classes: 2 },
    params: [
      { name: 'w', shape: [1, 2], init: { kind: 'constant', value: 1 } },
      { name: 'sum', shape: [1], init: zero },
    ],
    trees: { shadow: [{ name: 'w', shape: [1, 2], init: zero }] },
    forward,
    objective(p, x, target, ctx) {
      const output = forward(p, x, ctx);
      const loss = tf.sum(tf.square(tf.sub(output.logits, target))) as tf.Scalar;
      const sum = tf.reshape(tf.sum(x), [1]);
      const skipped = tf.sum(tf.cast(tf.lessEqual(tf.slice(x, [0, 0], [1, 1]), 0), 'float32')) as tf.Scalar;
      return { loss, terms: { loss }, output, assigned: { sum }, skipped };
    },
    update: (_, p) => ({ shadow: { w: tf.clone(p.w!) } }),
  };
}

test('an objective assigns parameters, and takes back a step', () => {
  const model = toy();
  const layouts = layoutsOf(model);
  for (const compile of [false, true]) {
    const executor = new Executor({ compile: compile && tf.getBackend() === 'tensorflow' });
    const trainer = new Trainer(model, CONFIG, 1, executor);
    const visit = (features: readonly number[]): Record<string, number[]> => {
      const x = tf.tensor2d([...features], [features.length / 2, 2]);
      const bag = { id: 'a', n: features.length / 2, d: 2, label: 0, features: Float32Array.from(features) };
      trainer.step({ bag, x, release: () => {} }, 0);
      x.dispose();
      const { params, m, v, trees } = trainer.state;
      const named = unpack(layouts.params, params.dataSync() as Float32Array);
      return {
        w: [...named.w!.data],
        sum: [...named.sum!.data],
        moments: [...m.dataSync(), ...v.dataSync()],
        shadow: [...trees['tree:shadow']!.dataSync()],
      };
    };
    const taken = visit([1, 2, 3, 4]);
    expect(taken.sum).toEqual([10]);
    expect(taken.w![0]).toBeCloseTo(0.9, 5);
    expect(taken.shadow).toEqual(taken.w);
    expect(visit([-1, 2, 3, 4])).toEqual(taken);
    expect(visit([1, 2]).sum).toEqual([3]);
    expect([...executor.fallbacks.values()]).toEqual([]);
    trainer.dispose();
    executor.dispose();
  }
  const fresh = initState(model, 1);
  expect([...fresh.params.dataSync()]).toEqual([1, 1, 0]);
});
