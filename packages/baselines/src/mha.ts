import {
  type Context,
  crossEntropy,
  type Dims,
  type Draw,
  defaultHidden,
  dropout,
  dropoutSeed,
  layerNorm,
  linear,
  linearSpecs,
  type Model,
  matmul,
  normSpecs,
  type Objective,
  type Output,
  type ParamSpec,
  type Params,
  parseConfig,
  projectInput,
  tf,
  UserError,
} from '@asmil/core';
import { z } from 'zod';

const schema = z.strictObject({
  /** Width H of the reduced tiles; by default from the input width. */
  hidden: z.number().int().positive().optional(),
  heads: z.number().int().positive().default(8),
  /** Dropout after the last layer of the attention. */
  dropout: z.number().min(0).lt(1).default(0.1),
});

const EPS = 1e-6;

/**
 * Multi-head attention pooling, the benchmark code base's MHA: one learned query, keys and values of the reduced tiles, a
 * linear layer, dropout, layer norm, a linear classifier. A host of AEM.
 *
 * Keys and values are never made: q·(W_k h + b_k) = (W_kᵀ q)·h + q·b_k, and a mixture of values is W_v on the mixture of
 * tiles, so that a head costs one vector over the tiles each way.
 */
export function mha(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const parsed = parseConfig('mha', schema, settings);
  const h = parsed.hidden ?? defaultHidden(dims.input);
  const c = { ...parsed, hidden: h };
  if (h % c.heads !== 0) {
    throw new UserError(`mha: hidden width ${h} is not a multiple of ${c.heads} heads; change "hidden" or "heads"`, 2);
  }
  const width = h / c.heads;
  const projection = (name: string): ParamSpec[] => linearSpecs(`attention.${name}_proj`, h, h);
  const params: ParamSpec[] = [
    { name: 'q', shape: [1, 1, h], init: { kind: 'normal', std: 1e-6 } },
    ...linearSpecs('dimreduction.fc1', dims.input, h, { bias: false }),
    ...['q', 'k', 'v', 'out'].flatMap(projection),
    ...normSpecs('attention.layer_norm', h),
    ...linearSpecs('classifier.fc', h, dims.classes),
  ];
  const project = (p: Params, name: string, x: tf.Tensor): tf.Tensor2D =>
    linear(x, p[`attention.${name}_proj.weight`]!, p[`attention.${name}_proj.bias`]!);

  const scores = (p: Params, tiles: tf.Tensor): tf.Tensor2D => {
    const query = tf.mul(project(p, 'q', tf.reshape(p.q!, [1, h])), 1 / Math.sqrt(width)); // [1, H]
    const asked = tf.reshape(query, [c.heads, 1, width]);
    const keys = tf.reshape(p['attention.k_proj.weight']!, [c.heads, width, h]);
    const direction = tf.reshape(matmul(asked, keys), [c.heads, h]); // W_kᵀ q of each head
    const bias = tf.reshape(p['attention.k_proj.bias']!, [c.heads, width]);
    const shift = tf.sum(tf.mul(tf.reshape(query, [c.heads, width]), bias), 1, true); // [heads, 1]
    return tf.add(matmul(direction, tiles, false, true), shift) as tf.Tensor2D; // [heads, N]
  };

  const forward = (p: Params, x: tf.Tensor2D, ctx: Context): Output => {
    const tiles = projectInput(x, p['dimreduction.fc1.weight']!); // [N, H]
    const s = scores(p, tiles); // [heads, N]
    const attention = tf.softmax(s); // [heads, N]
    const mixed = tf.reshape(matmul(attention, tiles), [c.heads, 1, h]);
    const values = tf.reshape(p['attention.v_proj.weight']!, [c.heads, width, h]);
    const pooled = tf.reshape(matmul(mixed, values, false, true), [1, h]); // [1, H], heads side by side
    const joined = project(p, 'out', tf.add(pooled, p['attention.v_proj.bias']!)); // [1, H]
    const norm = [p['attention.layer_norm.weight']!, p['attention.layer_norm.bias']!] as const;
    const bagFeature = layerNorm(dropout(joined, ctx.draws.dropout, c.dropout), ...norm, EPS); // [1, H]
    const logits = linear(bagFeature, p['classifier.fc.weight']!, p['classifier.fc.bias']!); // [1, C]
    const map = tf.mean(attention, 0, true) as tf.Tensor2D; // [1, N]
    return { logits, scores: s, attention, map, bagFeature, attentionInput: { tiles } };
  };

  return {
    name: 'mha',
    version: 1,
    config: c,
    dims,
    params,
    draws: (rng): Record<string, Draw> => (c.dropout > 0 ? { dropout: dropoutSeed(rng) } : {}),
    forward,
    objective(p, x, target, ctx): Objective {
      const output = forward(p, x, ctx);
      const ce = crossEntropy(output.logits, target);
      return { loss: ce, terms: { ce }, output };
    },
    host: {
      params: ['q', 'q_proj', 'k_proj'].flatMap((name) =>
        name === 'q' ? [name] : [`attention.${name}.weight`, `attention.${name}.bias`],
      ),
      scores: (p, input) => scores(p, input.tiles!),
    },
  };
}
