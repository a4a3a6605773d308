import {
  type Context,
  chebyshevBasis,
  crossEntropy,
  type Dims,
  type Draw,
  dropout,
  dropoutSeed,
  gate,
  gatherRows,
  linear,
  type Model,
  matmul,
  noGrad,
  type Objective,
  type Output,
  type ParamSpec,
  type Params,
  parseConfig,
  projectInput,
  stacked,
  tf,
  topIndices,
  UserError,
} from '@asmil/core';
import { z } from 'zod';
import { gumbelDifferences, maskRate, selectedWeights, straightThrough, trainingWeights } from './hdmil-masks.js';
import { xavier } from './xavier.js';

const share = z.number().min(0).max(1);

const schema = z.strictObject({
  /** Width L of the reduced tiles. */
  hidden: z.number().int().positive().default(512),
  /** Width D of the gated attention's hidden layers. */
  attention: z.number().int().positive().default(256),
  /** Degree of the Chebyshev polynomials. */
  degree: z.number().int().min(1).default(12),
  /** Dropout rate of the reduced tiles and of both branches of the gate. */
  dropout: z.number().min(0).lt(1).default(0.25),
  /** Target r of the share of tiles that are kept. */
  maskRatio: share.default(0.6),
  /** Temperature and threshold of the Gumbel mask. */
  tau: z.number().positive().default(0.7),
  threshold: share.default(0.5),
  /** Tiles of each kind that the instance loss looks at. */
  kSample: z.number().int().positive().default(32),
  /** Whether the most attended tiles of the other classes are negatives (exclusive subtypes). */
  subtyping: z.boolean().default(false),
  /** The mask rate counts the tiles that class 0 or class 1 selects, or those that any class selects. */
  rateClasses: z.enum(['first-two', 'any']).default('first-two'),
});

/** Weights of the loss: bag, instances, KL, features, mask rate. */
const WEIGHTS = { ce: 0.7, instance: 0.3, kl: 0.5, mse: 0.5, rate: 2 };

/** Where the smooth top-1 SVM takes its limit: e to this power is 1000. */
const SMOOTH = Math.log(1000);

/**
 * HDMIL, the dynamic network on tile features (Dong et al., CVPR 2025): one gated attention map a class, Chebyshev
 * classifiers, and in training two paths with the same weights. The teacher pools all tiles; the student those that a
 * Gumbel mask selects, which is what evaluation does without noise. The second stage, a screen on pixels, is left out.
 */
export function hdmil(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const c = parseConfig('hdmil', schema, settings);
  const { classes } = dims;
  if (classes < 2) throw new UserError(`hdmil: ${classes} class, expected at least 2`, 2);
  const orders = c.degree + 1;
  const counted = c.rateClasses === 'any' ? classes : 2;
  const gated = ['attention_a.0', 'attention_b.0'].flatMap((l) =>
    xavier(`attention_net.3.${l}`, c.hidden, c.attention),
  );
  const block = [...gated, ...xavier('attention_net.3.attention_c', c.attention, classes)];
  const polynomials = (name: string, outputs: number): ParamSpec[] =>
    stacked(classes, [
      {
        name: `${name}.*.act_fun.0.cheby_coeffs`,
        shape: [c.hidden, outputs, orders],
        init: { kind: 'normal', std: Math.sqrt(2 / ((c.hidden + outputs) * orders)) },
      },
    ]);

  const layer = (p: Params, name: string, x: tf.Tensor): tf.Tensor2D =>
    linear(x, p[`attention_net.${name}.weight`]!, p[`attention_net.${name}.bias`]!);

  /** s = W_c(drop(tanh) ⊙ drop(σ)) + b_c. tiles: [N, L] → [C, N]. */
  const scores = (p: Params, tiles: tf.Tensor, draws: Params = {}): tf.Tensor2D => {
    const gates = gate(layer(p, '3.attention_a.0', tiles), layer(p, '3.attention_b.0', tiles)); // [N, D]
    const kept = dropout(dropout(gates, draws.dropoutA, c.dropout), draws.dropoutB, c.dropout);
    const s = matmul(p['attention_net.3.attention_c.weight']!, kept, false, true); // [C, N]
    return tf.add(s, tf.reshape(p['attention_net.3.attention_c.bias']!, [classes, 1])) as tf.Tensor2D;
  };

  const reduced = (p: Params, x: tf.Tensor2D, seed?: tf.Tensor): tf.Tensor2D =>
    dropout(projectInput(x, p['attention_net.0.weight']!, p['attention_net.0.bias']!), seed, c.dropout); // [N, L]

  /** Class c reads the c-th feature of each path. features: [P·C, L] → [P, C]. */
  const classify = (p: Params, features: tf.Tensor2D): tf.Tensor2D => {
    const basis = tf.reshape(chebyshevBasis(features, c.degree), [-1, classes, orders, c.hidden]); // [P, C, K, L]
    const theta = tf.reshape(p['classifiers.*.act_fun.0.cheby_coeffs']!, [classes, c.hidden, orders]);
    return tf.sum(tf.mul(basis, tf.transpose(theta, [0, 2, 1])), [2, 3]);
  };

  /** Evaluation: every class over its own selected tiles. */
  const evaluate = (p: Params, x: tf.Tensor2D): Output => {
    const tiles = reduced(p, x); // [N, L]
    const s = scores(p, tiles); // [C, N]
    const mask = noGrad(() => tf.cast(tf.greater(tf.sigmoid(s), c.threshold), 'float32')); // [C, N]
    const weights = selectedWeights(s, mask); // [C, N]
    const bagFeature = matmul(weights, tiles) as tf.Tensor2D; // [C, L]
    const attention = tf.softmax(s) as tf.Tensor2D; // [C, N]
    return {
      logits: classify(p, bagFeature), // [1, C]
      scores: s,
      attention,
      map: attention,
      bagFeature,
      attentionInput: { tiles },
      extra: { mask, selected: weights },
    };
  };

  /** Both paths, the straight-through mask and what the losses need of them. */
  const paths = (p: Params, x: tf.Tensor2D, { draws }: Context) => {
    const tiles = reduced(p, x, draws.dropout); // [N, L]
    const s = scores(p, tiles, draws); // [C, N]
    const attention = tf.softmax(s) as tf.Tensor2D; // [C, N]
    const q = tf.sigmoid(tf.div(draws.noise ? tf.add(s, draws.noise) : s, c.tau)); // [C, N]
    const mask = straightThrough(q, c.threshold); // [C, N]
    const { weights, total } = trainingWeights(s, mask);
    const features = matmul(tf.concat([attention, weights]), tiles) as tf.Tensor2D; // [2C, L]
    const [logits, studentLogits] = tf.split(classify(p, features), 2) as [tf.Tensor2D, tf.Tensor2D]; // [1, C] each
    const [bagFeature, studentFeature] = tf.split(features, 2) as [tf.Tensor2D, tf.Tensor2D]; // [C, L] each
    const output: Output = {
      logits,
      scores: s,
      attention,
      map: attention,
      bagFeature,
      attentionInput: { tiles },
      extra: { mask, soft: q, studentLogits, studentFeature },
    };
    return { output, tiles, mask, total, logits, studentLogits, bagFeature, studentFeature };
  };

  /**
   * Of the bag's class, the most attended tiles are positive and the least attended negative; of every other class, with
   * `subtyping`, the most attended are negative. A mean over each class's rows; with `subtyping` over the classes too.
   */
  const instanceLoss = (p: Params, tiles: tf.Tensor2D, s: tf.Tensor2D, target: tf.Tensor2D): tf.Scalar => {
    const n = tiles.shape[0];
    const k = Math.min(c.kSample, n);
    const own = noGrad(() => matmul(target, s)); // scores of the bag's class, [1, N]
    const top = topIndices(c.subtyping ? s : own, k); // [G, k], G classes or the bag's alone
    const bottom = topIndices(
      noGrad(() => tf.neg(own)),
      k,
    ); // [1, k]
    const groups = top.shape[0]!;
    const rows = tf.reshape(tf.concat([top, bottom]), [(groups + 1) * k]) as tf.Tensor1D;
    const basis = chebyshevBasis(gatherRows(tiles, rows), c.degree); // [(G + 1)·k, K, L]
    const theta = p['instance_classifiers.*.act_fun.0.cheby_coeffs']!; // [C, L, 2, K]
    const [negative, positive] = tf.split(theta, 2, 2);
    const rise = tf.transpose(tf.reshape(tf.sub(positive!, negative!), [classes, c.hidden, orders]), [0, 2, 1]); // [C, K, L]
    const flat = tf.reshape(rise, [classes, orders * c.hidden]);
    const mine = matmul(target, flat); // [1, K·L]
    const readers = tf.reshape(c.subtyping ? tf.concat([flat, mine]) : tf.concat([mine, mine]), [groups + 1, -1, 1]);
    const x = matmul(tf.reshape(basis, [groups + 1, k, -1]), readers); // r₁ − r₀, [G + 1, k, 1]
    const x2 = tf.reshape(x, [groups + 1, k]);
    const [first, last] = tf.split(x2, [groups, 1]) as [tf.Tensor2D, tf.Tensor2D]; // [G, k], [1, k]
    const isOwn = c.subtyping ? tf.transpose(target) : tf.onesLike(tf.slice(target, [0, 0], [1, 1])); // [G, 1]
    // u = the wrong class's logit less the right one's.
    const tops = tf.mean(smoothSvm(tf.mul(first, tf.sub(1, tf.mul(isOwn, 2)))), 1, true); // [G, 1]
    const bottoms = tf.mean(smoothSvm(last)); // []
    // The bag's class has twice the rows of another one.
    const total = tf.add(tf.sum(tf.mul(tops, tf.sub(1, tf.mul(isOwn, 0.5)))), tf.mul(bottoms, 0.5));
    return tf.mul(total, c.subtyping ? 1 / classes : 1) as tf.Scalar;
  };

  return {
    name: 'hdmil',
    version: 1,
    config: c,
    dims,
    params: [
      ...xavier('attention_net.0', dims.input, c.hidden),
      ...block,
      ...polynomials('classifiers', 1),
      ...polynomials('instance_classifiers', 2),
    ],
    // The top and bottom tiles of a smaller bag are fewer.
    shapes: (n) => ({ family: n < c.kSample ? `N=${n}` : '' }),
    draws(rng, n): Record<string, Draw> {
      const noise = gumbelDifferences(rng, classes, n);
      if (c.dropout === 0) return { noise };
      return { noise, dropout: dropoutSeed(rng), dropoutA: dropoutSeed(rng), dropoutB: dropoutSeed(rng) };
    },
    forward: (p, x, ctx) => (ctx.train ? paths(p, x, ctx).output : evaluate(p, x)),
    objective(p, x, target, ctx): Objective {
      if (!ctx.train) {
        const output = evaluate(p, x);
        const ce = crossEntropy(output.logits, target);
        return { loss: ce, terms: { ce }, output };
      }
      const { output, tiles, mask, total, logits, studentLogits, bagFeature, studentFeature } = paths(p, x, ctx);
      const ce = crossEntropy(logits, target);
      const instance = instanceLoss(p, tiles, output.scores as tf.Tensor2D, target);
      const [logp, logq] = [tf.logSoftmax(logits), tf.logSoftmax(studentLogits)]; // [1, C]
      const kl = tf.sum(tf.mul(tf.exp(logp), tf.sub(logp, logq))) as tf.Scalar;
      const mse = tf.mean(tf.square(tf.sub(studentFeature, bagFeature))) as tf.Scalar;
      const kept = maskRate(mask, counted);
      const rate = tf.square(tf.sub(kept, c.maskRatio)) as tf.Scalar;
      const terms = { ce, instance, kl, mse, rate };
      const parts = Object.entries(WEIGHTS).map(([name, w]) => tf.mul(terms[name as keyof typeof terms], w));
      // Without a selected tile the student is undefined, and the reference takes no step.
      const skipped = noGrad(() => tf.cast(tf.equal(total, 0), 'float32')) as tf.Scalar;
      return {
        loss: tf.addN(parts) as tf.Scalar,
        terms: { ...terms, kept, skipped },
        output,
        skipped: tf.clone(skipped),
      };
    },
    host: { params: block.map((s) => s.name), scores: (p, input) => scores(p, input.tiles!) },
  };
}

/** Smooth top-1 SVM of margin 1 and temperature 1 for two classes: ln(1 + e^{1+u}) up to |u| = ln 1000, then max(0, 1 + u). */
function smoothSvm(u: tf.Tensor): tf.Tensor {
  const margin = tf.add(u, 1);
  const smooth = noGrad(() => tf.less(tf.abs(u), SMOOTH));
  return tf.where(smooth, tf.softplus(margin), tf.relu(margin));
}
