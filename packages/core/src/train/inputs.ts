import { type Sizing, tf } from '../engine/index.js';
import type { BagContent, BagShape, Draw, Model } from '../model.js';
import { createRng, type Rng } from '../rng.js';

type Tensors = Record<string, tf.Tensor>;

/** Draws as tensors, under `prefix:name`. */
export function drawn(prefix: 'draw' | 'input', draws: Readonly<Record<string, Draw>> | undefined): Tensors {
  return Object.fromEntries(
    Object.entries(draws ?? {}).map(([name, { shape, values }]) => [
      `${prefix}:${name}`,
      tf.tensor(values, [...shape], values instanceof Int32Array ? 'int32' : 'float32'),
    ]),
  );
}

/** What a model may derive its inputs from, beside the features that every pass gets. */
export function bagContent(x: tf.Tensor, coords: Int32Array | undefined): BagContent {
  return { n: x.shape[0]!, coords, features: () => x.dataSync() as Float32Array };
}

/** The random stream of an evaluation: the same for every bag of this size, whatever was drawn before. */
export function evaluationRng(n: number): Rng {
  return createRng(0, 'evaluation', n);
}

/** The shapes of a model's passes, by bag size. */
export function bagShape(model: Model, n: number): BagShape {
  // A bag of one instance is a shape of its own for code that treats axes of size 1 differently.
  return model.shapes?.(n) ?? { family: '' };
}

/**
 * How the inputs of a pass over a bag follow its size. Tracing reads no values, so another bag of that size is noise on a
 * square grid; its draws are the model's own, since an index must lie inside the bag.
 */
export function passSizing(model: Model, pass: 'train' | 'evaluate', n: number, inputs: Readonly<Tensors>): Sizing {
  return {
    n,
    shape: (size) => bagShape(model, size),
    example(size) {
      const rng = createRng(17, 'trace', size);
      const draws = pass === 'train' ? model.draws?.(rng, size, 0.5) : model.evaluationDraws?.(rng, size);
      const x = tf.randomUniform([size, inputs.x!.shape[1]!], 0, 1, 'float32', 17) as tf.Tensor2D;
      const own: Tensors = {
        x,
        ...drawn('draw', draws),
        ...drawn('input', model.bagInputs?.(bagContent(x, gridCoords(size)))),
      };
      for (const [name, shape] of Object.entries(model.bagState?.(size) ?? {}))
        own[`bag:${name}`] = tf.zeros([...shape]);
      return Object.fromEntries(Object.entries(inputs).map(([name, t]) => [name, own[name] ?? t]));
    },
  };
}

/** Coordinates of n tiles row by row on a square grid, [n, 2]. */
export function gridCoords(n: number): Int32Array {
  const side = Math.ceil(Math.sqrt(n));
  return Int32Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? (i >> 1) % side : Math.floor((i >> 1) / side)));
}
