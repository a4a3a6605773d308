import {
  crossEntropy,
  type Dims,
  dataProduct,
  defaultHidden,
  linear,
  linearSpecs,
  type Model,
  matmul,
  noGrad,
  type Objective,
  type Output,
  type ParamSpec,
  type Params,
  parseConfig,
  projectInput,
  tf,
  topIndices,
} from '@asmil/core';
import { z } from 'zod';

const schema = z.strictObject({
  /** Width H of the reduced tiles; by default from the input width. */
  hidden: z.number().int().positive().optional(),
  /** As in ABMIL, the reduction has no bias unless it is asked for. */
  reductionBias: z.boolean().default(false),
});

/**
 * The floors that attention has to beat: ABMIL with its attention taken out, so that the same linear reduction is followed
 * by the mean or the maximum over the tiles and the same linear classifier. Neither has scores that training moves (the
 * mean weighs every tile alike, the maximum picks a tile for each feature), so there is no map to read and nothing for an
 * anchor to watch: no `map`, no `host`.
 */
function pooling(
  name: string,
  pool: (p: Params, x: tf.Tensor2D) => tf.Tensor,
): (settings: Readonly<Record<string, unknown>>, dims: Dims) => Model {
  return (settings, dims) => {
    const parsed = parseConfig(name, schema, settings);
    const h = parsed.hidden ?? defaultHidden(dims.input);
    const params: ParamSpec[] = [
      ...linearSpecs('dimreduction.fc1', dims.input, h, { bias: parsed.reductionBias }),
      ...linearSpecs('classifier.fc', h, dims.classes),
    ];
    const forward = (p: Params, x: tf.Tensor2D): Output => {
      const bagFeature = tf.reshape(pool(p, x), [1, h]) as tf.Tensor2D; // [1, H]
      const logits = linear(bagFeature, p['classifier.fc.weight']!, p['classifier.fc.bias']!); // [1, C]
      return { logits, bagFeature };
    };
    return {
      name,
      version: 1,
      config: { ...parsed, hidden: h },
      dims,
      params,
      forward,
      objective(p, x, target): Objective {
        const output = forward(p, x);
        const ce = crossEntropy(output.logits, target);
        return { loss: ce, terms: { ce }, output };
      },
    };
  };
}

/** Mean pooling: mean_n relu(W x_n), as a product with weights of 1/N, so that N comes from a tensor and one graph serves all. */
export const meanPooling = pooling('mean-pooling', (p, x) => {
  const tiles = projectInput(x, p['dimreduction.fc1.weight']!, p['dimreduction.fc1.bias']); // [N, H]
  const equal = noGrad(() => tf.softmax(tf.zeros([1, x.shape[0]]))); // [1, N]
  return matmul(equal, tiles); // [1, H]
});

/**
 * Max pooling: max_n relu(W x_n) = relu(max_n W x_n), feature by feature. Only the tiles that hold a maximum get a gradient,
 * one a feature (of equal ones the first), so that their features alone are projected with one.
 */
export const maxPooling = pooling('max-pooling', (p, x) => {
  const [weight, bias] = [p['dimreduction.fc1.weight']!, p['dimreduction.fc1.bias']]; // [H, D], [H]
  const { holders, none } = noGrad(() => {
    const projected = dataProduct(weight, x); // [H, N]
    const index = tf.reshape(topIndices(projected, 1), [weight.shape[0]!]) as tf.Tensor1D; // [H]
    // A search for the largest passes over NaN, and so does WebAssembly's relu; the product with 0 keeps it visible.
    return { holders: tf.gather(x, index), none: tf.mul(tf.sum(projected, 1), 0) }; // [H, D], [H]
  });
  const largest = tf.sum(tf.mul(holders, weight), 1); // [H]
  return tf.add(tf.relu(bias ? tf.add(largest, bias) : largest), none); // [H]
});
