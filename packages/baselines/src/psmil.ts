import {
  crossEntropy,
  type Dims,
  defaultHidden,
  gatherRows,
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
  product,
  stopGradient,
  tf,
  UserError,
} from '@asmil/core';
import { z } from 'zod';
import { leavesAlone, regressorSpec, stem, stemSettings, stemSpecs } from './stem.js';

const schema = z.strictObject({
  ...stemSettings,
  /**
   * How the prototype of the bag's class moves. `paper`: towards the mean of the instances of that class.
   * `release-benchmark`: the same as the released program for the classic benchmarks executes it. `wsi`: towards the
   * instance that is most of that class.
   */
  prototypeRule: z.enum(['paper', 'release-benchmark', 'wsi']).default('paper'),
  /** `identity`: the features as they come, which is the form for slides. By default `identity` for the rule `wsi` alone. */
  features: z.enum(['stem', 'identity']).optional(),
  /** m of the prototypes; by default 0.99 for the rule `wsi` and 0.999 for the others. */
  momentum: z.number().min(0).max(1).optional(),
  /** Whether the classifier learns; on a GPU the released benchmark program leaves it at its start. */
  trainClassifier: z.boolean().default(true),
});

type Rule = z.infer<typeof schema>['prototypeRule'];

/** Norms are at least this much. */
const TINY = 1e-12;

/**
 * PSMIL, attention in the space of class probabilities (Du et al., ICLR 2025). Prototypes P [H, C] turn instance features
 * into probabilities Q = softmax(F P), of which the attention is made: a = softmax(Q vᵀ + c), z = Σ a_i f_i, logits z·R.
 * The loss reaches F through z alone; P moves by its own rule, with the bags in their order of training.
 */
export function psmil(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const c = parseConfig('psmil', schema, settings);
  const wsi = c.prototypeRule === 'wsi';
  const features = c.features ?? (wsi ? 'identity' : 'stem');
  const momentum = c.momentum ?? (wsi ? 0.99 : 0.999);
  const h = features === 'identity' ? dims.input : (c.hidden ?? defaultHidden(dims.input));
  if (features === 'identity' && c.hidden !== undefined && c.hidden !== h)
    throw new UserError(
      `psmil: hidden ${c.hidden} with features "identity", expected ${h}; leave out one of the two`,
      2,
    );
  const { classes } = dims;
  const zeros = { kind: 'constant', value: 0 } as const;
  const attention = linearSpecs('ps_attention.0', classes, 1);
  // Moved by their rule, not by the optimiser. At 0 every Q is exactly uniform, which is what the first bag sees.
  const prototypes: ParamSpec[] = [
    { name: 'prototypes', shape: [h, classes], init: zeros },
    { name: 'prototypes_set', shape: [1], init: zeros },
  ];

  const scores = (p: Params, q: tf.Tensor): tf.Tensor2D => {
    const e = linear(q, p['ps_attention.0.weight']!, p['ps_attention.0.bias']!); // [N, 1]
    return tf.reshape(e, [1, q.shape[0]!]);
  };

  const forward = (p: Params, x: tf.Tensor2D): Output & { bagFeature: tf.Tensor2D; extra: Params } => {
    const tiles = features === 'identity' ? x : stem(p, x); // F, [N, H]
    const q = noGrad(() => tf.softmax(product(tiles, p.prototypes!, false, false))); // [N, C]
    const e = scores(p, q); // [1, N]
    const weights = tf.softmax(e) as tf.Tensor2D; // [1, N]
    const bagFeature = matmul(weights, tiles) as tf.Tensor2D; // [1, H]
    const r = c.trainClassifier ? p.linear! : stopGradient(p.linear!);
    const logits = matmul(bagFeature, r) as tf.Tensor2D; // [1, C]
    return {
      logits,
      scores: e,
      attention: weights,
      map: weights,
      bagFeature,
      attentionInput: { probabilities: q },
      extra: { features: tiles, probabilities: q },
    };
  };

  return {
    name: 'psmil',
    version: 1,
    config: { ...c, hidden: h, features, momentum },
    dims,
    params: [
      ...(features === 'identity' ? [] : stemSpecs(dims.input, h, c.layers)),
      ...attention,
      regressorSpec(h, classes),
      ...prototypes,
    ],
    ...leavesAlone(c.trainClassifier ? [] : ['linear']),
    forward,
    objective(p, x, target): Objective {
      const output = forward(p, x);
      const ce = crossEntropy(output.logits, target);
      const { moved, selected } = noGrad(() =>
        movePrototypes(p, output.extra, output.bagFeature, target, c.prototypeRule, momentum),
      );
      return {
        loss: ce,
        terms: { ce },
        output: { ...output, extra: { ...output.extra, selected } },
        assigned: { prototypes: moved, prototypes_set: tf.ones([1]) },
      };
    },
    host: { params: attention.map((s) => s.name), scores: (p, input) => scores(p, input.probabilities!) },
  };
}

/**
 * The prototypes after a bag of class y: column y becomes normalise(m P_y + (1 − m) g), g the critical feature of the bag.
 * Before the first bag every column is the mean of its features. `selected` are the instances that g is made of: flags
 * [1, N], or the index [1] for the rule `wsi`.
 */
function movePrototypes(
  p: Params,
  { features: f, probabilities: q }: Params,
  bagFeature: tf.Tensor2D,
  target: tf.Tensor2D,
  rule: Rule,
  m: number,
): { moved: tf.Tensor; selected: tf.Tensor } {
  const [n] = f!.shape as [number, number];
  const unset = tf.sub(1, p.prototypes_set!); // [1]
  const start = (mean: tf.Tensor): tf.Tensor => tf.add(p.prototypes!, tf.mul(tf.transpose(mean), unset)); // [H, C]
  const finish = (before: tf.Tensor, column: (old: tf.Tensor) => tf.Tensor): tf.Tensor => {
    const old = product(target, before, false, true); // P_y, [1, H]
    const kept = tf.mul(before, tf.sub(1, target)); // [H, C]
    return tf.add(kept, product(column(old), target, true, false));
  };
  const mixed = (old: tf.Tensor, g: tf.Tensor): tf.Tensor => tf.add(tf.mul(old, m), tf.mul(g, 1 - m)); // [1, H]

  if (rule === 'wsi') {
    const own = tf.reshape(product(q!, target, false, true), [1, n]); // Q_y
    const selected = tf.argMax(own, 1) as tf.Tensor1D; // int32 [1]
    const g = gatherRows(f!, selected); // [1, H]
    const before = start(tf.mean(f!, 0, true));
    return { moved: finish(before, (old) => normalised(mixed(old, g))), selected };
  }

  const hit = tf.equal(tf.argMax(q!, 1), tf.argMax(target, 1)); // [N], the first of equal classes
  const selected = tf.reshape(tf.cast(hit, 'float32'), [1, n]); // [1, N]
  const count = tf.sum(selected, 1, true); // [1, 1]
  // Both sums in one product: over the selected and over all instances.
  const sums = product(tf.concat([selected, tf.onesLike(selected)]), f!, false, false); // [2, H]
  const [some, all] = tf.split(sums, 2) as [tf.Tensor2D, tf.Tensor2D]; // [1, H] each
  const before = start(tf.div(all, tf.sum(tf.onesLike(selected))));
  const mean = tf.add(tf.div(some, tf.maximum(count, 1)), tf.mul(bagFeature, tf.cast(tf.equal(count, 0), 'float32')));
  if (rule === 'paper') return { moved: finish(before, (old) => normalised(mixed(old, mean))), selected };
  // RELEASE: one selected instance shrinks to the mean of its features; several are normalised along the axis of length 1.
  const lone = tf.cast(tf.equal(count, 1), 'float32'); // [1, 1]
  const column = (old: tf.Tensor): tf.Tensor => {
    const one = normalised(mixed(old, tf.mean(mean, 1, true)));
    const several = mixed(old, mean);
    const signs = tf.div(several, tf.maximum(tf.abs(several), TINY));
    return tf.add(tf.mul(one, lone), tf.mul(signs, tf.sub(1, lone)));
  };
  return { moved: finish(before, column), selected };
}

/** x/max(‖x‖₂, 1e-12) over the last axis. x: [1, H]. */
function normalised(x: tf.Tensor): tf.Tensor {
  return tf.div(x, tf.maximum(tf.norm(x, 2, 1, true), TINY));
}
