import {
  type Context,
  crossEntropy,
  type Dims,
  defaultHidden,
  linear,
  linearSpecs,
  type Model,
  matmul,
  type NamedArray,
  type NamedArrays,
  noGrad,
  type Objective,
  type Output,
  type ParamSpec,
  type Params,
  type Pretrained,
  type Pretraining,
  parseConfig,
  projectInput,
  stopGradient,
  tf,
  UserError,
} from '@asmil/core';
import { z } from 'zod';
import { abmil } from './abmil.js';
import { confounders } from './confounders.js';
import { gatedScores, gatedSpecs } from './gated-attention.js';

const schema = z.strictObject({
  /** `benchmark`: gated attention over reduced tiles, cross entropy. `official`: plain attention over the features, BCE. */
  variant: z.enum(['benchmark', 'official']).default('benchmark'),
  /** 1: the model without confounders, which the dictionary is made of; for `benchmark` it is plain ABMIL. */
  stage: z.union([z.literal(1), z.literal(2)]).default(2),
  /** Width L of the reduced tiles; by default from the input width. Without a reduction (`official`) it is the input's. */
  hidden: z.number().int().positive().optional(),
  /** Width A of the attention's hidden layer; `official`: by default the input's. */
  attention: z.number().int().positive().optional(),
  /** Width J of the space in which bags and confounders are compared. */
  joint: z.number().int().positive().default(128),
  /** Rows K of the dictionary. */
  confounders: z.number().int().positive().default(8),
  /** How the confounders' mixture joins the bag feature. */
  merge: z.enum(['cat', 'add', 'sub']).default('cat'),
  /** The dictionary is trained too. */
  learnable: z.boolean().default(false),
  /** Whether stage 2 starts fresh or from what stage 1 has learnt of reduction and attention. */
  start: z.enum(['fresh', 'stage1']).default('fresh'),
  /** `official`, two classes: one logit in the place of two. */
  oneLogit: z.boolean().default(false),
});

type Config = z.infer<typeof schema> & { readonly hidden: number; readonly attention: number };

const DICTIONARY = 'confounder_feat';

/**
 * IBMIL, interventional bag MIL (Lin et al., CVPR 2023). Stage 1 is an attention MIL model; its bag features over the training
 * slides are clustered into a dictionary of K confounders Z (`confounders.ts`). Stage 2 is a new model of the same form, whose
 * bag feature B attends to Z: β = softmax(W_k Z · W_q B/√J), logits = W [B, βᵀZ] + b.
 */
export function ibmil(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const parsed = parseConfig('ibmil', schema, settings);
  const official = parsed.variant === 'official';
  if (official && parsed.hidden !== undefined && parsed.hidden !== dims.input)
    throw new UserError(`ibmil: official has no reduction to ${parsed.hidden} of ${dims.input}; leave out "hidden"`, 2);
  if (parsed.oneLogit && (!official || dims.classes !== 2))
    throw new UserError('ibmil: "oneLogit" is for two classes in variant official; leave it out', 2);
  const hidden = official ? dims.input : (parsed.hidden ?? defaultHidden(dims.input));
  const c: Config = { ...parsed, hidden, attention: parsed.attention ?? (official ? dims.input : 128) };
  const body = official ? officialBody(c) : benchmarkBody(c, dims.input);
  if (c.stage === 1) return official ? firstStage(c, dims, body) : plainAbmil(c, dims);

  const { hidden: l, joint: j, confounders: k } = c;
  const outputs = c.oneLogit ? 1 : dims.classes;
  const params: ParamSpec[] = [
    ...body.params,
    ...linearSpecs('W_q', l, j),
    ...linearSpecs('W_k', l, j),
    ...linearSpecs('classifier', c.merge === 'cat' ? 2 * l : l, outputs),
    // Noise until `pretraining` puts the dictionary there; a row of zeros stands for none.
    { name: DICTIONARY, shape: [k, l], init: { kind: 'normal', std: 1 } },
  ];
  const layer = (p: Params, name: string, x: tf.Tensor): tf.Tensor2D =>
    linear(x, p[`${name}.weight`]!, p[`${name}.bias`]!);

  const forward = (p: Params, x: tf.Tensor2D, _ctx: Context): Output => {
    const pooled = pool(body, p, x);
    const dictionary = c.learnable ? p[DICTIONARY]! : stopGradient(p[DICTIONARY]!); // [K, L]
    const query = layer(p, 'W_q', pooled.bagFeature); // [1, J]
    const keys = layer(p, 'W_k', dictionary); // [K, J]
    const products = tf.mul(matmul(query, keys, false, true), 1 / Math.sqrt(j)); // [1, K]
    const attention = tf.softmax(tf.add(products, absent(dictionary))); // [1, K]
    const mixture = matmul(attention, dictionary); // [1, L]
    const merged = merge(c.merge, pooled.bagFeature, mixture);
    const confounding = { query, keys, confounderScores: products, confounderAttention: attention, mixture, merged };
    return { ...pooled, logits: layer(p, 'classifier', merged), extra: { ...pooled.extra, ...confounding } };
  };

  return {
    name: 'ibmil',
    version: 1,
    config: { ...c },
    dims,
    params,
    forward,
    objective: (p, x, target, ctx) => loss(forward(p, x, ctx), target, official),
    // The dictionary takes no step, weight decay included.
    reached: c.learnable ? undefined : () => ({ [DICTIONARY]: tf.scalar(0) }),
    pretraining: pretraining(c, official ? firstStage({ ...c, stage: 1 }, dims, body) : plainAbmil(c, dims), body),
    host: { params: body.attention, scores: (p, input) => body.scores(p, input.tiles!) },
  };
}

/** Stage 1 of the benchmark: nothing but ABMIL, so that its runs are shared. */
function plainAbmil(c: Config, dims: Dims): Model {
  return abmil({ hidden: c.hidden, attention: c.attention }, dims);
}

/** Stage 1 of the official form. */
function firstStage(c: Config, dims: Dims, body: Body): Model {
  const params = [...body.params, ...linearSpecs('classifier', c.hidden, c.oneLogit ? 1 : dims.classes)];
  const forward = (p: Params, x: tf.Tensor2D): Output => {
    const pooled = pool(body, p, x);
    return { ...pooled, logits: linear(pooled.bagFeature, p['classifier.weight']!, p['classifier.bias']!) };
  };
  const { variant, stage, hidden, attention, oneLogit } = c;
  return {
    name: 'ibmil',
    version: 1,
    config: { variant, stage, hidden, attention, oneLogit },
    dims,
    params,
    forward,
    objective: (p, x, target) => loss(forward(p, x), target, true),
    host: { params: body.attention, scores: (p, input) => body.scores(p, input.tiles!) },
  };
}

/** What comes before the bag feature. */
interface Body {
  readonly params: readonly ParamSpec[];
  /** Names of those that map tiles to scores. */
  readonly attention: readonly string[];
  /** [N, D_in] → [N, L]. */
  tiles(p: Params, x: tf.Tensor2D): tf.Tensor2D;
  /** [N, L] → [1, N]. */
  scores(p: Params, tiles: tf.Tensor): tf.Tensor2D;
}

function benchmarkBody(c: Config, input: number): Body {
  const block = gatedSpecs('attention', c.hidden, c.attention);
  return {
    params: [...linearSpecs('dimreduction.fc1', input, c.hidden, { bias: false }), ...block],
    attention: block.map((s) => s.name),
    tiles: (p, x) => projectInput(x, p['dimreduction.fc1.weight']!),
    scores: (p, tiles) => gatedScores(p, 'attention', tiles),
  };
}

function officialBody(c: Config): Body {
  const block = [...linearSpecs('attention.0', c.hidden, c.attention), ...linearSpecs('attention.2', c.attention, 1)];
  return {
    params: block,
    attention: block.map((s) => s.name),
    tiles: (_p, x) => x,
    scores(p, tiles) {
      const inner = tf.tanh(linear(tiles, p['attention.0.weight']!, p['attention.0.bias']!)); // [N, A]
      const column = linear(inner, p['attention.2.weight']!, p['attention.2.bias']!); // [N, 1]
      return tf.reshape(column, [1, tiles.shape[0]!]);
    },
  };
}

function pool(body: Body, p: Params, x: tf.Tensor2D): Omit<Output, 'logits'> & { bagFeature: tf.Tensor2D } {
  const tiles = body.tiles(p, x); // [N, L]
  const scores = body.scores(p, tiles); // [1, N]
  const attention = tf.softmax(scores); // [1, N]
  const bagFeature = matmul(attention, tiles) as tf.Tensor2D; // [1, L]
  return { scores, attention, map: attention, bagFeature, attentionInput: { tiles }, extra: { tiles } };
}

/** −1e9 for the dictionary's rows of zeros, which clusters without slides have left, else 0. [K, L] → [1, K]. */
function absent(dictionary: tf.Tensor): tf.Tensor {
  return noGrad(() => {
    const largest = tf.max(tf.abs(dictionary), 1); // [K]
    return tf.reshape(tf.mul(tf.cast(tf.equal(largest, 0), 'float32'), -1e9), [1, -1]);
  });
}

function merge(how: 'cat' | 'add' | 'sub', bag: tf.Tensor, mixture: tf.Tensor): tf.Tensor {
  if (how === 'cat') return tf.concat([bag, mixture], 1); // [1, 2L]
  return how === 'add' ? tf.add(bag, mixture) : tf.sub(bag, mixture); // [1, L]
}

/** Cross entropy, or the mean over the logits of their binary cross entropy against the one-hot target. */
function loss(output: Output, target: tf.Tensor2D, binary: boolean): Objective {
  if (!binary) {
    const ce = crossEntropy(output.logits, target);
    return { loss: ce, terms: { ce }, output };
  }
  const one = output.logits.shape[1] === 1;
  const bce = binaryCrossEntropy(output.logits, one ? tf.slice(target, [0, 1], [1, 1]) : target);
  return { loss: bce, terms: { bce }, output };
}

/** (1/C) Σ_c max(z, 0) − z y + ln(1 + exp(−|z|)). logits, target: [1, C]. */
function binaryCrossEntropy(logits: tf.Tensor, target: tf.Tensor): tf.Scalar {
  return tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const inner = tf.sub(tf.relu(z), tf.mul(z, target)); // [1, C]
    save([z, target]);
    return {
      value: tf.mean(tf.add(inner, tf.log1p(tf.exp(tf.neg(tf.abs(z)))))),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [u, y] = saved as [tf.Tensor, tf.Tensor];
        return [tf.mul(tf.sub(tf.sigmoid(u), y), tf.div(dy, u.size))];
      },
    };
  })(logits) as tf.Scalar;
}

/** The dictionary from the first stage's bag features, and its weights where stage 2 goes on from them. */
function pretraining(c: Config, model: Model, body: Body): Pretraining {
  return {
    model,
    readsBags: true,
    start({ weights, bagFeatures }: Pretrained): { params: NamedArrays } {
      const data = new Float32Array(c.confounders * c.hidden);
      confounders(bagFeatures, c.confounders).prototypes.forEach((row, i) => {
        data.set(row, i * c.hidden);
      });
      const dictionary: NamedArray = { shape: [c.confounders, c.hidden], data };
      const own = c.start === 'stage1' ? body.params.map(({ name }) => [name, weights.params[name]!] as const) : [];
      return { params: { ...Object.fromEntries(own), [DICTIONARY]: dictionary } };
    },
  };
}
