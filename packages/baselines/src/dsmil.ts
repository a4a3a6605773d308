import {
  type Context,
  crossEntropy,
  type Dims,
  type Draw,
  dataProduct,
  defaultHidden,
  dropout,
  dropoutSeed,
  linear,
  type Model,
  matmul,
  noGrad,
  type Objective,
  type Output,
  type Params,
  parseConfig,
  projectInput,
  tf,
  topIndices,
  UserError,
} from '@asmil/core';
import { z } from 'zod';
import { bernoulli, logitsOfMean } from './dsmil-loss.js';
import { dsmilSpecs } from './dsmil-params.js';
import { drawTiles, keepTiles, keptShape } from './subsample.js';

const schema = z.strictObject({
  /** Width Q of the queries; by default from the input width. */
  query: z.number().int().positive().optional(),
  /** Queries of two layers, tanh(W₂ relu(W₀ x)), in the place of one linear layer. */
  nonlinear: z.boolean().default(false),
  /** Width between those two layers; by default Q. */
  queryHidden: z.number().int().positive().optional(),
  /** Values relu(W x) in the place of the tiles themselves, with dropout before W. */
  passingV: z.boolean().default(false),
  dropoutV: z.number().min(0).lt(1).default(0),
  /** `ce`: softmax cross entropy. `bce`: the original's C sigmoids. */
  loss: z.enum(['ce', 'bce']).default('ce'),
  /**
   * What the C logits speak of. `classes`: one a class. `single` (two classes): one, of class 1. `positive`: one a class but
   * the last, which means that none of the others is there.
   */
  outputs: z.enum(['classes', 'single', 'positive']).default('classes'),
  /** Predicts by the mean of both branches' probabilities; by default so with `ce`, and by the bag branch with `bce`. */
  average: z.boolean().optional(),
  maxWeight: z.number().min(0).default(0.5),
  bagWeight: z.number().min(0).default(0.5),
  /** T: the mean cosine similarity among the first T attention rows is added to the loss; 1 means none. */
  diversityTokens: z.number().int().positive().default(1),
  diversityWeight: z.number().min(0).default(1),
  /** Weight of the positive term of `bce`: negative over positive training bags, for the classic data sets. */
  positiveWeight: z.number().positive().default(1),
  /** Share of the tiles that a training step keeps. RELEASE: the original code drops tiles in evaluation as well. */
  keepTiles: z.number().positive().max(1).default(1),
  /** `orthogonal`: the original's start for slides, with biases of 0. */
  init: z.enum(['uniform', 'orthogonal']).default('uniform'),
});

type Config = z.infer<typeof schema>;

/**
 * DSMIL, dual-stream MIL (Li, Li, Eliceiri, CVPR 2021), in the form of the benchmark code base. A linear classifier of tiles
 * finds the critical tile of every class, whose logit is the first stream; the second pools the tiles once a class by
 * softmax_n(q(x_n)·q(x_crit)/√Q) and classifies all C pooled vectors together. Both streams are trained with half weight.
 */
export function dsmil(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const parsed = parseConfig('dsmil', schema, settings);
  const query = parsed.query ?? defaultHidden(dims.input);
  const c = {
    ...parsed,
    query,
    queryHidden: parsed.queryHidden ?? query,
    average: parsed.average ?? parsed.loss === 'ce',
  };
  const classes = outputsOf(c, dims);
  const scale = 1 / Math.sqrt(query);
  const specs = dsmilSpecs({ ...c, input: dims.input, outputs: classes });

  /** q(x) of two layers, [N, Q]. */
  const twoLayers = (p: Params, x: tf.Tensor): tf.Tensor2D => {
    const hidden = projectInput(x, p['b_classifier.q.0.weight']!, p['b_classifier.q.0.bias']!); // [N, H]
    return tf.tanh(linear(hidden, p['b_classifier.q.2.weight']!, p['b_classifier.q.2.bias']!)) as tf.Tensor2D;
  };

  /** Scores of N tiles for the critical tile of each class: tiles [N, D], critical [C, D] → [C, N]. */
  const scores = (p: Params, tiles: tf.Tensor, critical: tf.Tensor): tf.Tensor2D => {
    if (c.nonlinear) {
      const asked = tf.mul(twoLayers(p, critical), scale); // [C, Q]
      return matmul(asked, twoLayers(p, tiles), false, true) as tf.Tensor2D; // [C, N]
    }
    // q(x)·q' = x·(Wᵀ q') + b·q': the tiles meet C vectors instead of the Q rows of W.
    const [weight, bias] = [p['b_classifier.q.weight']!, p['b_classifier.q.bias']!];
    const asked = tf.mul(linear(critical, weight, bias), scale); // [C, Q]
    const direction = matmul(asked, weight); // [C, D]
    const shift = tf.sum(tf.mul(asked, bias), 1, true); // [C, 1]
    return tf.add(dataProduct(direction, tiles), shift) as tf.Tensor2D; // [C, N]
  };

  const forward = (p: Params, x: tf.Tensor2D, ctx: Context): Output => {
    const [weight, bias] = [p['i_classifier.fc.0.weight']!, p['i_classifier.fc.0.bias']!]; // [C, D], [C]
    const { tiles, instance, index, critical } = noGrad(() => {
      const kept = keepTiles(x, ctx.draws.tiles); // [N, D]
      const logits = tf.add(dataProduct(weight, kept), tf.reshape(bias, [classes, 1])); // [C, N]
      const first = tf.reshape(topIndices(logits, 1), [classes]) as tf.Tensor1D; // [C]
      return { tiles: kept, instance: logits, index: first, critical: tf.gather(kept, first) }; // critical: [C, D]
    });
    const maxLogits = tf.reshape(tf.add(tf.sum(tf.mul(critical, weight), 1), bias), [1, classes]); // [1, C]
    const s = scores(p, tiles, critical); // [C, N]
    const attention = tf.softmax(s); // [C, N]
    const pooled = c.passingV
      ? matmul(attention, values(p, tiles, ctx.draws.dropout)) // [C, D]
      : dataProduct(attention, tiles, { mix: true }); // [C, D]
    const bagFeature = tf.reshape(pooled, [1, classes * dims.input]) as tf.Tensor2D; // [1, C D]
    const mixing = tf.reshape(p['b_classifier.fcc.weight']!, [classes, classes * dims.input]); // [C, C D]
    const bagLogits = linear(bagFeature, mixing, p['b_classifier.fcc.bias']!); // [1, C]
    const logits = noGrad(() => prediction(c, bagLogits, maxLogits as tf.Tensor2D)); // [1, C], of what is predicted
    const extra = { bagLogits, maxLogits, instanceLogits: instance, critical: index };
    return {
      logits,
      scores: s,
      attention,
      map: attention,
      bagFeature,
      attentionInput: { tiles, critical },
      extra,
    };
  };

  const values = (p: Params, tiles: tf.Tensor2D, seed: tf.Tensor | undefined): tf.Tensor2D =>
    projectInput(dropout(tiles, seed, c.dropoutV), p['b_classifier.v.1.weight']!, p['b_classifier.v.1.bias']!); // [N, D]

  const branch = (logits: tf.Tensor, target: tf.Tensor2D): tf.Scalar => {
    if (c.loss === 'ce') return crossEntropy(logits, target);
    const first = c.outputs === 'single' ? 1 : 0;
    return bernoulli(logits, tf.slice(target, [0, first], [1, classes]), c.positiveWeight);
  };

  const dropsValues = c.passingV && c.dropoutV > 0;
  return {
    name: 'dsmil',
    version: 1,
    config: c,
    dims,
    params: specs,
    mapRows: 'classes',
    ...(c.keepTiles < 1 && { shapes: (n: number) => keptShape(n, c.keepTiles) }),
    draws: (rng, n): Record<string, Draw> => ({
      ...(c.keepTiles < 1 && { tiles: drawTiles(rng.split('tiles'), n, c.keepTiles) }),
      ...(dropsValues && { dropout: dropoutSeed(rng.split('dropout')) }),
    }),
    forward,
    objective(p, x, target, ctx): Objective {
      const output = forward(p, x, ctx);
      const max = branch(output.extra!.maxLogits!, target);
      const bag = branch(output.extra!.bagLogits!, target);
      const both = tf.add(tf.mul(max, c.maxWeight), tf.mul(bag, c.bagWeight)) as tf.Scalar;
      if (c.diversityTokens === 1) return { loss: both, terms: { [c.loss]: both, bag, max }, output };
      const diversity = similarity(output.attention!, c.diversityTokens);
      const loss = tf.add(both, tf.mul(diversity, c.diversityWeight)) as tf.Scalar;
      return { loss, terms: { [c.loss]: both, bag, max, diversity }, output };
    },
    host: {
      params: specs.map(({ name }) => name).filter((name) => name.startsWith('b_classifier.q.')),
      // The online model's critical tiles: both distributions answer the same question.
      scores: (p, input) => scores(p, input.tiles!, input.critical!),
    },
  };
}

/** The number C of logits. */
function outputsOf(c: Config, { classes }: Dims): number {
  if (c.loss === 'ce' && c.outputs !== 'classes') {
    throw new UserError(`dsmil: outputs "${c.outputs}" has no softmax over the classes; use loss "bce" with it`, 2);
  }
  if (c.outputs === 'single' && classes !== 2) {
    throw new UserError(`dsmil: outputs "single" with ${classes} classes, expected 2; use "classes" or "positive"`, 2);
  }
  const outputs = c.outputs === 'classes' ? classes : classes - 1;
  if (c.diversityTokens > outputs) {
    throw new UserError(
      `dsmil: diversityTokens is ${c.diversityTokens}, expected at most the ${outputs} rows of attention`,
      2,
    );
  }
  return outputs;
}

/** Logits whose probabilities are the prediction, [1, C]; with `positive`, the class of none of them stands last at 0. */
function prediction(c: Config & { average: boolean }, bag: tf.Tensor2D, max: tf.Tensor2D): tf.Tensor2D {
  const logits = c.average ? logitsOfMean(bag, max, c.loss) : bag;
  return c.outputs === 'positive' ? tf.concat([logits, tf.zeros([1, 1])], 1) : logits;
}

/** Mean cosine similarity among the first T rows. attention: [C, N]; the mean over pairs of ‖Σ rows‖² less each row's own. */
function similarity(attention: tf.Tensor, t: number): tf.Scalar {
  const rows = tf.slice(attention, [0, 0], [t, -1]); // [T, N]
  const lengths = tf.maximum(tf.sqrt(tf.sum(tf.square(rows), 1, true)), 1e-8); // [T, 1]
  const unit = tf.div(rows, lengths); // [T, N]
  const together = tf.sum(tf.square(tf.sum(unit, 0))); // Σ over all i, j
  return tf.div(tf.sub(together, tf.sum(tf.square(unit))), t * (t - 1)) as tf.Scalar;
}
