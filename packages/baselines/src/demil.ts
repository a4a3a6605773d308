import {
  type Context,
  crossEntropy,
  type Dims,
  defaultHidden,
  dropout,
  dropoutSeed,
  gate,
  linear,
  linearSpecs,
  logSigmoid,
  type Model,
  matmul,
  noGrad,
  type Objective,
  type Output,
  type ParamSpec,
  type Params,
  parseConfig,
  projectInput,
  stopGradient,
  tf,
} from '@asmil/core';
import { z } from 'zod';
import { leavesAlone, regressorSpec, stem, stemSettings, stemSpecs } from './stem.js';

const schema = z.strictObject({
  /** `benchmark`: the form for ordinary MIL. `demipl`: the original, for partial labels. */
  variant: z.enum(['benchmark', 'demipl']).default('benchmark'),
  /** The default width of `demipl` is 500, and its features are one layer whatever `layers` says. */
  ...stemSettings,
  /** benchmark: whether the classifier learns; on a GPU the released program leaves it at its start. */
  trainClassifier: z.boolean().default(true),
  /** demipl: width of the hidden layer behind the gate. */
  attention: z.number().int().positive().default(128),
  /** demipl: the released program passes the tanh branch's weights to the sigmoid branch too. */
  sharedGate: z.boolean().default(true),
  /** demipl: dropout rate of the instance features. */
  dropout: z.number().min(0).lt(1).default(0.5),
  /** demipl: weight w of the entropy of the attention scores. */
  entropyWeight: z.number().min(0).default(5e-4),
});

/** `demipl` sees class outputs in [1e-5, 1 − 1e-5]; outside, the gradient is 0. */
const CLAMP = 1e-5;

/**
 * DEMIL, disambiguation attention (DEMIPL: Tang, Zhang, Zhang, NeurIPS 2023). The width of its gate is the number of
 * classes C, and tiles are weighted by a normalised sigmoid: a_i = σ(e_i)/Σ σ(e_j) = softmax(ln σ(e))_i.
 */
export function demil(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const c = parseConfig('demil', schema, settings);
  const original = c.variant === 'demipl';
  const h = c.hidden ?? (original ? 500 : defaultHidden(dims.input));
  const config = { ...c, hidden: h };
  return original ? demipl(config, h, dims) : benchmark(config, h, dims);
}

type Config = z.infer<typeof schema>;

const weightOf = (p: Params, name: string): tf.Tensor => p[`${name}.weight`]!;
const biasOf = (p: Params, name: string): tf.Tensor => p[`${name}.bias`]!;

/** tanh(V f) ⊙ σ(U f) of both branches in one product. tiles: [N, H] → [N, C]. */
function gated(p: Params, tiles: tf.Tensor): tf.Tensor2D {
  const weight = tf.concat([weightOf(p, 'linear_V'), weightOf(p, 'linear_U')]); // [2C, H]
  const bias = tf.concat([biasOf(p, 'linear_V'), biasOf(p, 'linear_U')]); // [2C]
  const [v, u] = tf.split(linear(tiles, weight, bias), 2, 1); // [N, C] each
  return gate(v!, u!);
}

/** Names of the parameters of a list of specs. */
const names = (specs: readonly ParamSpec[]): string[] => specs.map((s) => s.name);

/** Two-layer stem, gate, one score a tile, a classifier without bias, cross entropy. */
function benchmark(config: Config, h: number, dims: Dims): Model {
  const { classes } = dims;
  const attention = [
    ...linearSpecs('linear_V', h, classes),
    ...linearSpecs('linear_U', h, classes),
    ...linearSpecs('ps_attention.0', classes, 1),
  ];
  const classifier = regressorSpec(h, classes);

  const raw = (p: Params, tiles: tf.Tensor): tf.Tensor2D => {
    const e = linear(gated(p, tiles), weightOf(p, 'ps_attention.0'), biasOf(p, 'ps_attention.0')); // [N, 1]
    return tf.reshape(e, [1, tiles.shape[0]!]);
  };

  const forward = (p: Params, x: tf.Tensor2D): Output => {
    const tiles = stem(p, x); // [N, H]
    const e = raw(p, tiles); // [1, N]
    const scores = logSigmoid(e); // [1, N]
    const attention = tf.softmax(scores) as tf.Tensor2D; // [1, N]
    const bagFeature = matmul(attention, tiles) as tf.Tensor2D; // [1, H]
    const r = config.trainClassifier ? p.linear! : stopGradient(p.linear!);
    const logits = matmul(bagFeature, r) as tf.Tensor2D; // [1, C]
    return {
      logits,
      scores,
      attention,
      map: attention,
      bagFeature,
      attentionInput: { tiles },
      extra: { raw: e, features: tiles },
    };
  };

  return {
    name: 'demil',
    version: 1,
    config,
    dims,
    params: [...stemSpecs(dims.input, h, config.layers), ...attention, classifier],
    ...leavesAlone(config.trainClassifier ? [] : ['linear']),
    forward,
    objective(p, x, target): Objective {
      const output = forward(p, x);
      const ce = crossEntropy(output.logits, target);
      return { loss: ce, terms: { ce }, output };
    },
    host: { params: names(attention), scores: (p, input) => logSigmoid(raw(p, input.tiles!)) },
  };
}

/**
 * The original: a bag carries weights t over its candidate labels, which training moves towards what the model believes.
 * A target with several ones is a set of candidates; with one, t stays one-hot and the loss is cross entropy.
 */
function demipl(config: Config, h: number, dims: Dims): Model {
  const { classes } = dims;
  const own = linearSpecs('linear_V', h, classes);
  const other = linearSpecs('linear_U', h, classes);
  const attention = [
    ...own,
    ...(config.sharedGate ? [] : other),
    ...linearSpecs('attention_weights.0', classes, config.attention),
    ...linearSpecs('attention_weights.2', config.attention, 1),
  ];

  const raw = (p: Params, tiles: tf.Tensor): tf.Tensor2D => {
    let gates: tf.Tensor2D; // [N, C]
    if (config.sharedGate) {
      const v = linear(tiles, weightOf(p, 'linear_V'), biasOf(p, 'linear_V'));
      gates = gate(v, v);
    } else gates = gated(p, tiles);
    const inner = linear(gates, weightOf(p, 'attention_weights.0'), biasOf(p, 'attention_weights.0'));
    const e = linear(tf.relu(inner), weightOf(p, 'attention_weights.2'), biasOf(p, 'attention_weights.2')); // [N, 1]
    return tf.reshape(e, [1, tiles.shape[0]!]);
  };

  const forward = (p: Params, x: tf.Tensor2D, ctx: Context): Output => {
    const layer = 'feature_extractor_part2.0';
    // The factors are not negative, so dropout behind the relu is the released dropout before it.
    const tiles = dropout(
      projectInput(x, weightOf(p, layer), biasOf(p, layer)),
      ctx.train ? ctx.draws.dropout : undefined,
      config.dropout,
    ); // [N, L]
    const e = raw(p, tiles); // [1, N]
    const scores = logSigmoid(e); // [1, N]
    const attention = tf.softmax(scores) as tf.Tensor2D; // [1, N]
    const bagFeature = matmul(attention, tiles) as tf.Tensor2D; // [1, L]
    const o = tf.sigmoid(linear(bagFeature, weightOf(p, 'classifier.0'), biasOf(p, 'classifier.0'))); // [1, C]
    // The model's probabilities are a softmax of sigmoids, so these are its logits.
    return {
      logits: o,
      scores,
      attention,
      map: attention,
      bagFeature,
      attentionInput: { tiles },
      extra: { raw: e, sigmoids: tf.exp(scores) }, // σ(e)
    };
  };

  return {
    name: 'demil',
    version: 1,
    config,
    dims,
    params: [
      ...linearSpecs('feature_extractor_part2.0', dims.input, h),
      ...attention,
      ...linearSpecs('classifier.0', h, classes),
    ],
    ...(config.sharedGate && { unused: other }),
    bagState: () => ({ weights: [1, classes], visited: [1, 1] }),
    draws: (rng, _n, progress) => ({
      ...(config.dropout > 0 && { dropout: dropoutSeed(rng) }),
      // λ = (T − τ + 1)/T at the start of epoch τ of T; it goes on falling within an epoch here.
      remembered: { shape: [1], values: Float32Array.of(1 - progress) },
    }),
    forward,
    objective(p, x, target, ctx): Objective {
      const output = forward(p, x, ctx);
      const weights = noGrad(() => labelWeights(target, ctx.bagState)); // [1, C]
      const logQ = tf.logSoftmax(clamped(output.logits)); // [1, C]
      const ce = tf.neg(tf.sum(tf.mul(weights, logQ))) as tf.Scalar;
      // −Σ s ln s of the scores as they are, ln s = ln σ(e).
      const entropy = tf.neg(tf.sum(tf.mul(output.extra!.sigmoids!, output.scores!))) as tf.Scalar;
      const { believed, next } = noGrad(() => {
        const masked = tf.mul(tf.exp(logQ), tf.cast(tf.greater(weights, 0), 'float32'));
        const q = tf.div(masked, tf.sum(masked)); // [1, C]
        const kept = ctx.draws.remembered ?? tf.ones([1]);
        return { believed: q, next: tf.add(tf.mul(weights, kept), tf.mul(q, tf.sub(1, kept))) };
      });
      return {
        loss: tf.add(ce, tf.mul(entropy, config.entropyWeight)),
        terms: { ce, entropy },
        output: { ...output, extra: { ...output.extra, probabilities: tf.exp(logQ), believed } },
        bagState: { weights: next, visited: tf.ones([1, 1]) },
      };
    },
    host: { params: names(attention), scores: (p, input) => logSigmoid(raw(p, input.tiles!)) },
  };
}

/** The weights remembered of the bag; at its first visit 1/|candidates| on each candidate. → [1, C]. */
function labelWeights(target: tf.Tensor2D, { weights, visited }: Params): tf.Tensor {
  const first = tf.div(target, tf.sum(target)); // [1, C]
  return weights && visited ? tf.add(weights, tf.mul(tf.sub(1, visited), first)) : first;
}

/** Outputs within the clamp. A diverged one stays NaN, which WebAssembly would clip to a bound. */
function clamped(o: tf.Tensor): tf.Tensor2D {
  return tf.add(tf.clipByValue(o, CLAMP, 1 - CLAMP), tf.mul(stopGradient(o), 0)) as tf.Tensor2D;
}
