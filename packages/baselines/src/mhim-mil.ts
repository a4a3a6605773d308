import {
  type Context,
  crossEntropy,
  type Dims,
  type Draw,
  defaultHidden,
  dropout,
  dropoutSeed,
  ema,
  linear,
  linearRelu,
  type Model,
  maskedSoftmax,
  matmul,
  noGrad,
  type Objective,
  type Output,
  type ParamSpec,
  type Params,
  type Pretraining,
  parseConfig,
  product,
  projectInput,
  tf,
} from '@asmil/core';
import { z } from 'zod';
import { cosineTo, keptByPlace, keptTiles, type MaskRatios, permutation } from './mhim-masking.js';
import { xavier } from './xavier.js';

const ratio = z.number().min(0).max(1);

const schema = z.strictObject({
  /** `mhim`: student and teacher. `pure`: the student's network alone, which is what a teacher is trained as beforehand. */
  variant: z.enum(['mhim', 'pure']).default('mhim'),
  /** Width L of the reduced tiles; by default from the input width. */
  hidden: z.number().int().positive().optional(),
  /** Width A of the attention's hidden layer. */
  attention: z.number().int().positive().default(128),
  /** Dropout rate of the reduced tiles, in student and teacher. */
  dropout: z.number().min(0).lt(1).default(0.25),
  /** Share of tiles masked at random. */
  maskRatio: ratio.default(0),
  /** Share of tiles masked from the least attended on. */
  maskRatioL: ratio.default(0),
  /** Share of tiles masked among the most attended, and the part of their candidates that this is. */
  maskRatioH: ratio.default(0.1),
  maskRatioHr: ratio.gt(0).default(0.5),
  /** Whether `maskRatioH` falls to 0 along a cosine. */
  mrhSchedule: z.boolean().default(false),
  /** Weight of the consistency term. */
  clAlpha: z.number().min(0).default(0.1),
  /** Temperatures of the teacher's and the student's bag feature in that term. */
  tempT: z.number().positive().default(0.1),
  tempS: z.number().positive().default(1),
  /** Momentum of the teacher, and whether it rises to 1 along a cosine. */
  mm: ratio.default(0.9999),
  mmSchedule: z.boolean().default(false),
  /** The teacher starts as a trained `pure` model, or as a copy of the student. */
  teacherInit: z.enum(['pretrained', 'copy']).default('pretrained'),
  /** What the student takes from the trained `pure` model: nothing, the reduction, or all. */
  studentInit: z.enum(['none', 'fc', 'all']).default('none'),
});

type Config = z.infer<typeof schema>;

const ATTENTION = ['online_encoder.attention.attention.0.weight', 'online_encoder.attention.attention.2.weight'];
const REDUCTION = ['patch_to_emb.0.weight', 'patch_to_emb.0.bias'];

/**
 * MHIM-MIL (Tang et al., ICCV 2023) with attention pooling as its baseline, in the form of the benchmark code base.
 * A teacher, the moving average of the student, attends to all tiles; the student is trained without some that the teacher
 * attends to most: CE + α·ℒ, ℒ = −Σ_l softmax(f_T/τ_T)_l ln softmax(f_S/τ_S)_l over the channels of the bag features.
 */
export function mhimMil(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const c = parseConfig('mhim-mil', schema, settings);
  const h = c.hidden ?? defaultHidden(dims.input);
  const params = [
    ...xavier('patch_to_emb.0', dims.input, h),
    ...xavier('online_encoder.attention.attention.0', h, c.attention, false),
    ...xavier('online_encoder.attention.attention.2', c.attention, 1, false),
    ...xavier('predictor', h, dims.classes),
  ];
  const pure = c.variant === 'pure';

  const reduced = (p: Params, x: tf.Tensor2D, seed: tf.Tensor | undefined): tf.Tensor2D =>
    dropout(projectInput(x, p[REDUCTION[0]!]!, p[REDUCTION[1]!]!), seed, c.dropout); // [N, L]

  /** s_i = w·relu(V e_i). tiles: [N, L] → [1, N]. */
  const scores = (p: Params, tiles: tf.Tensor): tf.Tensor2D =>
    matmul(p[ATTENTION[1]!]!, linearRelu(tiles, p[ATTENTION[0]!]!), false, true) as tf.Tensor2D;

  const run = (p: Params, x: tf.Tensor2D, seed?: tf.Tensor, keep?: tf.Tensor): Output & { bagFeature: tf.Tensor2D } => {
    const tiles = reduced(p, x, seed); // [N, L]
    const s = scores(p, tiles); // [1, N]
    const attention = (keep ? maskedSoftmax(s, keep) : tf.softmax(s)) as tf.Tensor2D; // [1, N]
    const bagFeature = matmul(attention, tiles) as tf.Tensor2D; // [1, L]
    const logits = linear(bagFeature, p['predictor.weight']!, p['predictor.bias']!); // [1, C]
    return { logits, scores: s, attention, map: attention, bagFeature, attentionInput: { tiles } };
  };

  const supervised = (output: Output, target: tf.Tensor2D): Objective => {
    const ce = crossEntropy(output.logits, target);
    return { loss: ce, terms: { ce }, output };
  };

  const objective = (p: Params, x: tf.Tensor2D, target: tf.Tensor2D, ctx: Context): Objective => {
    if (!ctx.train) return supervised(run(p, x), target);
    if (pure) return supervised(run(p, x, ctx.draws.dropout), target);
    const { teacher, keep, goal } = noGrad(() => {
      const own = teacherPass(ctx.trees.teacher!, x, ctx.draws.teacherDropout);
      const kept = keptTiles(own.attention, ctx.draws.ascending, ctx.draws.descending); // [1, N]
      return { teacher: own, keep: kept, goal: tf.softmax(tf.div(own.bagFeature, c.tempT)) }; // goal: [1, L]
    });
    const output = run(p, x, ctx.draws.dropout, keep);
    const base = supervised(output, target);
    const extra = {
      keep,
      teacherScores: teacher.scores,
      teacherAttention: teacher.attention,
      teacherBagFeature: teacher.bagFeature,
    };
    if (c.clAlpha === 0) return { ...base, output: { ...output, extra } };
    const logs = tf.logSoftmax(tf.div(output.bagFeature, c.tempS) as tf.Tensor2D); // [1, L]
    const consistency = tf.neg(tf.sum(tf.mul(goal, logs))) as tf.Scalar;
    return {
      loss: tf.add(base.loss, tf.mul(consistency, c.clAlpha)),
      terms: { ...base.terms, consistency },
      output: { ...output, extra },
    };
  };

  /** The teacher on all tiles, up to its bag feature. */
  const teacherPass = (p: Params, x: tf.Tensor2D, seed?: tf.Tensor) => {
    const tiles = reduced(p, x, seed); // [N, L]
    const s = scores(p, tiles); // [1, N]
    const attention = tf.softmax(s); // [1, N]
    return { scores: s, attention, bagFeature: product(attention, tiles, false, false) }; // [1, L]
  };

  const teacher: ParamSpec[] = params.map((s) => ({ ...s, init: { kind: 'copy', of: s.name } }));
  return {
    name: 'mhim-mil',
    version: 1,
    config: { ...c, hidden: h },
    dims,
    params,
    ...(!pure && { trees: { teacher }, ...pretraining(c, h, dims), update: follow(c) }),
    draws(rng, n, progress) {
      const own: Record<string, Draw> = c.dropout > 0 ? { dropout: dropoutSeed(rng) } : {};
      if (pure) return own;
      const on: MaskRatios = { random: c.maskRatio, low: c.maskRatioL, high: c.maskRatioH, highShare: c.maskRatioHr };
      const now = { ...on, high: c.mrhSchedule ? cosineTo(c.maskRatioH, 0, progress) : c.maskRatioH };
      return {
        ...own,
        ...(c.dropout > 0 && { teacherDropout: dropoutSeed(rng) }),
        ...keptByPlace(n, now, on, permutation(rng)),
        ...(c.mmSchedule && { rate: { shape: [1], values: Float32Array.of(1 - cosineTo(c.mm, 1, progress)) } }), // 1 − m
      };
    },
    forward: (p, x, ctx) => run(p, x, ctx.train ? ctx.draws.dropout : undefined),
    objective,
    host: { params: ATTENTION, scores: (p, input) => scores(p, input.tiles!) },
  };
}

/** The teacher follows the student after every step: θ_T ← m θ_T + (1 − m) θ_S. */
function follow({ mm, mmSchedule }: Config): Model['update'] {
  return ({ teacher }, params, when, { rate }) => {
    if (when === 'epoch') return undefined;
    if (!mmSchedule) return { teacher: ema(teacher!, params, mm) };
    // θ_T + (1 − m)(θ_S − θ_T) keeps the digits of 1 − m.
    const moved = Object.entries(teacher!).map(([name, t]) => {
      return [name, tf.add(t, tf.mul(tf.sub(params[name]!, t), rate!))] as const;
    });
    return { teacher: Object.fromEntries(moved) };
  };
}

/** A `pure` model is trained first where teacher or student start from one. */
function pretraining(c: Config, hidden: number, dims: Dims): { pretraining?: Pretraining } {
  if (c.teacherInit === 'copy' && c.studentInit === 'none') return {};
  const { attention, dropout: rate } = c;
  const model = mhimMil({ variant: 'pure', hidden, attention, dropout: rate }, dims);
  return {
    pretraining: {
      model,
      readsBags: false,
      start({ weights }) {
        const taken = { none: [], fc: REDUCTION, all: Object.keys(weights.params) }[c.studentInit];
        return {
          params: Object.fromEntries(taken.map((name) => [name, weights.params[name]!])),
          ...(c.teacherInit === 'pretrained' && { trees: { teacher: weights.params } }),
        };
      },
    },
  };
}
