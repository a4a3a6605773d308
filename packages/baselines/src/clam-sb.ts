import {
  type Context,
  crossEntropy,
  type Dims,
  type Draw,
  defaultHidden,
  dropout,
  dropoutSeed,
  gate,
  type Init,
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
  stacked,
  tf,
} from '@asmil/core';
import { z } from 'zod';
import { chooseTiles, embedAgain, instanceLosses } from './clam-instances.js';

const schema = z.strictObject({
  /** Width H of the reduced tiles; by default from the input width. */
  hidden: z.number().int().positive().optional(),
  /** Width L of the attention's hidden layer. */
  attention: z.number().int().positive().default(128),
  gated: z.boolean().default(true),
  /** Dropout after the reduction. Unless it is 0, the gates drop a quarter, whatever this rate is. */
  dropout: z.number().min(0).lt(1).default(0.25),
  /** k, the tiles of largest and of smallest attention that the instance classifiers learn from; all of a bag that has fewer. */
  sampled: z.number().int().positive().default(8),
  instanceLoss: z.enum(['ce', 'svm']).default('ce'),
  /** Whether the classes exclude each other, so that the other classes' classifiers learn as well; by default with more than 2. */
  subtyping: z.boolean().optional(),
  /**
   * w of w · bag + (1 − w) · instance. The original has 0.7; in the benchmark code base it is 1 unless set, and ASMIL's
   * published log has it so: the instance term is then computed for the log alone.
   */
  bagWeight: z.number().min(0).max(1).default(1),
  /** `xavier`: normal weights and no bias, the benchmark's start. `uniform`: the original's, PyTorch's default. */
  init: z.enum(['xavier', 'uniform']).default('xavier'),
});

const GATE_DROPOUT = 0.25;

/**
 * CLAM-SB, clustering-constrained attention MIL with one attention branch (Lu et al., Nature Biomedical Engineering 2021), in
 * the form of the benchmark code base: gated attention pooling with dropout, and for every class a two-way classifier of
 * tiles that learns from pseudo labels, 1 for the k tiles of largest attention and 0 for the k of smallest.
 */
export function clamSb(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const parsed = parseConfig('clam-sb', schema, settings);
  const h = parsed.hidden ?? defaultHidden(dims.input);
  const c = { ...parsed, hidden: h, subtyping: parsed.subtyping ?? dims.classes > 2 };
  const drops = c.dropout > 0;
  const scorer = 'attention_net.3';
  const first = c.gated ? [`${scorer}.attention_a.0`, `${scorer}.attention_b.0`] : [`${scorer}.module.0`];
  // Without gates the layers are numbered through, dropout included.
  const last = c.gated ? `${scorer}.attention_c` : `${scorer}.module.${drops ? 3 : 2}`;
  const layer = (name: string, inputs: number, outputs: number): ParamSpec[] =>
    linearSpecs(name, inputs, outputs).map((s) => ({ ...s, init: c.init === 'xavier' ? xavier(s.shape) : s.init }));
  const block = [...first.flatMap((name) => layer(name, h, c.attention)), ...layer(last, c.attention, 1)];
  const params: ParamSpec[] = [
    ...layer('attention_net.0', dims.input, h),
    ...block,
    ...layer('classifiers', h, dims.classes),
    ...stacked(dims.classes, layer('instance_classifiers.*', h, 2)),
  ];
  const [reduce, shift] = ['attention_net.0.weight', 'attention_net.0.bias'];
  // Two independent masks on the two factors are one on their product.
  const gateDropout = c.gated ? 1 - (1 - GATE_DROPOUT) ** 2 : GATE_DROPOUT;

  const scores = (p: Params, tiles: tf.Tensor, seed?: tf.Tensor): tf.Tensor2D => {
    const part = (name: string): tf.Tensor2D => linear(tiles, p[`${name}.weight`]!, p[`${name}.bias`]!); // [N, L]
    const hidden = c.gated ? gate(part(first[0]!), part(first[1]!)) : tf.tanh(part(first[0]!)); // [N, L]
    const s = linear(dropout(hidden, seed, gateDropout), p[`${last}.weight`]!, p[`${last}.bias`]!); // [N, 1]
    return tf.reshape(s, [1, tiles.shape[0]!]); // [1, N]
  };

  const forward = (p: Params, x: tf.Tensor2D, ctx: Context): Output => {
    const tiles = dropout(projectInput(x, p[reduce]!, p[shift]), ctx.draws.tiles, c.dropout); // [N, H]
    const s = scores(p, tiles, ctx.draws.gates); // [1, N]
    const attention = tf.softmax(s); // [1, N]
    const bagFeature = matmul(attention, tiles) as tf.Tensor2D; // [1, H]
    const logits = linear(bagFeature, p['classifiers.weight']!, p['classifiers.bias']!); // [1, C]
    return { logits, scores: s, attention, map: attention, bagFeature, attentionInput: { tiles } };
  };

  return {
    name: 'clam-sb',
    version: 1,
    config: c,
    dims,
    params,
    // A bag with fewer tiles than k is a graph of its own.
    shapes: (n) => ({ family: n < c.sampled ? `N=${n}` : '' }),
    draws: (rng): Record<string, Draw> =>
      drops ? { tiles: dropoutSeed(rng.split('tiles')), gates: dropoutSeed(rng.split('gates')) } : {},
    forward,
    objective(p, x, target, ctx): Objective {
      const output = forward(p, x, ctx);
      const { tiles } = output.attentionInput!;
      const ids = chooseTiles(output.scores!, Math.min(c.sampled, x.shape[0])); // [2k]
      const rows = embedAgain({ x, ids, tiles: tiles!, weight: p[reduce]!, bias: p[shift]! }, c.dropout); // [2k, H]
      const weights = { weight: p['instance_classifiers.*.weight']!, bias: p['instance_classifiers.*.bias']! };
      const { inside, outside } = instanceLosses(rows, weights, c.instanceLoss); // [1, C] each
      const own = tf.sum(tf.mul(inside, target)) as tf.Scalar;
      const others = (): tf.Tensor => tf.sum(tf.mul(outside, tf.sub(1, target)));
      const instance = (c.subtyping ? tf.div(tf.add(own, others()), dims.classes) : own) as tf.Scalar;
      const ce = crossEntropy(output.logits, target);
      const both = (): tf.Tensor => tf.add(tf.mul(ce, c.bagWeight), tf.mul(instance, 1 - c.bagWeight));
      const loss = (c.bagWeight === 1 ? ce : both()) as tf.Scalar;
      const extra = { tiles: tiles!, chosen: ids, chosenTiles: rows, inside, outside };
      return { loss, terms: { ce, instance }, output: { ...output, extra } };
    },
    ...(!c.subtyping && {
      // The classifiers of the other classes have no gradient in this step, so the optimiser leaves them alone.
      reached: (_: Params, target: tf.Tensor2D): Params => ({
        'instance_classifiers.*.weight': tf.reshape(target, [dims.classes, 1, 1]),
        'instance_classifiers.*.bias': tf.reshape(target, [dims.classes, 1]),
      }),
    }),
    host: { params: block.map((s) => s.name), scores: (p, input) => scores(p, input.tiles!) },
  };
}

/** Xavier's normal start of a weight [out, in], and 0 for a bias. */
function xavier(shape: readonly number[]): Init {
  if (shape.length === 1) return { kind: 'constant', value: 0 };
  return { kind: 'normal', std: Math.sqrt(2 / (shape[0]! + shape[1]!)) };
}
