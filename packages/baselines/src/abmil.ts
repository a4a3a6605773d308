import {
  type Context,
  crossEntropy,
  type Dims,
  defaultHidden,
  gate,
  linear,
  linearSpecs,
  type Model,
  matmul,
  type Objective,
  type Output,
  type ParamSpec,
  type Params,
  parseConfig,
  projectInput,
  tf,
} from '@asmil/core';
import { z } from 'zod';

const schema = z.strictObject({
  /** Width of the reduced tiles; by default from the input width. */
  hidden: z.number().int().positive().optional(),
  /** Width L of the attention's hidden layer. */
  attention: z.number().int().positive().default(128),
  gated: z.boolean().default(true),
  /** The original form has a bias in the reduction; the benchmark form has none. */
  reductionBias: z.boolean().default(false),
  /** `ce`: softmax cross entropy over C logits. `sigmoid`: the original's one logit with a clamped Bernoulli likelihood. */
  loss: z.enum(['ce', 'sigmoid']).default('ce'),
});

/** The Bernoulli likelihood of the original form sees probabilities in [1e-5, 1 − 1e-5]; outside, its gradient is 0. */
const CLAMP = 1e-5;

/**
 * ABMIL, gated attention pooling (Ilse, Tomczak, Welling, ICML 2018), in the form of the benchmark code base: a linear
 * reduction without bias, gated attention of width 128, a linear classifier.
 */
export function abmil(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const c = parseConfig('abmil', schema, settings);
  const h = c.hidden ?? defaultHidden(dims.input);
  const outputs = c.loss === 'sigmoid' ? 1 : dims.classes;
  const first = c.gated ? ['attention.attention_V.0', 'attention.attention_U.0'] : ['attention.attention.0'];
  const last = c.gated ? 'attention.attention_weights' : 'attention.attention.2';
  const block = [...first.flatMap((l) => linearSpecs(l, h, c.attention)), ...linearSpecs(last, c.attention, 1)];
  const params: ParamSpec[] = [
    ...linearSpecs('dimreduction.fc1', dims.input, h, { bias: c.reductionBias }),
    ...block,
    ...linearSpecs('classifier.fc', h, outputs),
  ];

  const scores = (p: Params, tiles: tf.Tensor): tf.Tensor2D => {
    const layer = (name: string, x: tf.Tensor): tf.Tensor2D => linear(x, p[`${name}.weight`]!, p[`${name}.bias`]!);
    const hidden = c.gated ? gate(layer(first[0]!, tiles), layer(first[1]!, tiles)) : tf.tanh(layer(first[0]!, tiles)); // [N, L]
    return tf.reshape(layer(last, hidden), [1, tiles.shape[0]!]); // [1, N]
  };

  const forward = (p: Params, x: tf.Tensor2D, _ctx: Context): Output => {
    const tiles = projectInput(x, p['dimreduction.fc1.weight']!, p['dimreduction.fc1.bias']); // [N, H]
    const s = scores(p, tiles); // [1, N]
    const attention = tf.softmax(s); // [1, N]
    const bagFeature = matmul(attention, tiles) as tf.Tensor2D; // [1, H]
    const logits = linear(bagFeature, p['classifier.fc.weight']!, p['classifier.fc.bias']!); // [1, C]
    return { logits, scores: s, attention, map: attention, bagFeature, attentionInput: { tiles } };
  };

  return {
    name: 'abmil',
    version: 1,
    config: { ...c, hidden: h },
    dims,
    params,
    forward,
    objective(p, x, target, ctx): Objective {
      const output = forward(p, x, ctx);
      if (c.loss === 'ce') {
        const ce = crossEntropy(output.logits, target);
        return { loss: ce, terms: { ce }, output };
      }
      const positive = tf.slice(target, [0, 1], [1, 1]); // y, [1, 1]
      const prob = tf.clipByValue(tf.sigmoid(output.logits), CLAMP, 1 - CLAMP);
      const likelihood = tf.add(tf.mul(positive, tf.log(prob)), tf.mul(tf.sub(1, positive), tf.log(tf.sub(1, prob))));
      // WebAssembly clips NaN to a bound; the product with 0 keeps a diverged logit visible.
      const nll = tf.sub(tf.mul(tf.sum(output.logits), 0), tf.sum(likelihood)) as tf.Scalar;
      return { loss: nll, terms: { nll }, output };
    },
    host: { params: block.map((s) => s.name), scores: (p, input) => scores(p, input.tiles!) },
  };
}
