import {
  type Context,
  type Dims,
  type Draw,
  defaultHidden,
  dropout,
  dropoutSeed,
  ema,
  type Model,
  noGrad,
  type Objective,
  type ParamSpec,
  type Params,
  type Pretraining,
  parseConfig,
  projectInput,
  type Rng,
  tf,
} from '@asmil/core';
import { z } from 'zod';
import { attnBaseline } from './mhim-attn.js';
import type { Encoded, MhimBaseline } from './mhim-baseline.js';
import { dsmilBaseline } from './mhim-dsmil.js';
import { cosineTo, keptByPlace, keptTiles, type MaskRatios, permutation } from './mhim-masking.js';
import { selfattnBaseline } from './mhim-selfattn.js';
import { xavier } from './xavier.js';

const ratio = z.number().min(0).max(1);

const schema = z.strictObject({
  /** `mhim`: student and teacher. `pure`: the student's network alone, which is what a teacher is trained as beforehand. */
  variant: z.enum(['mhim', 'pure']).default('mhim'),
  /** The network: attention pooling, TransMIL's encoder, or DSMIL. */
  baseline: z.enum(['attn', 'selfattn', 'dsmil']).default('attn'),
  /** Width L of the reduced tiles; by default from the input width. */
  hidden: z.number().int().positive().optional(),
  /** Width A of the hidden layer of the attention (`attn`) or of the queries (`dsmil`). */
  attention: z.number().int().positive().default(128),
  /** `selfattn`: heads, landmarks (L/2 by default), iterations of the pseudo-inverse, dropout after each attention. */
  heads: z.number().int().positive().default(8),
  landmarks: z.number().int().positive().optional(),
  iterations: z.number().int().min(0).default(6),
  attentionDropout: z.number().min(0).lt(1).default(0.1),
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

const SELFATTN = ['heads', 'landmarks', 'iterations', 'attentionDropout'];
const REDUCTION = ['patch_to_emb.0.weight', 'patch_to_emb.0.bias'];

/** The teacher's pass over all tiles, as far as the student reads it. */
export interface Guidance {
  /** What masks tiles, [1, N] or [h, N]. */
  readonly guide: tf.Tensor;
  readonly bagFeature: tf.Tensor2D;
  readonly scores?: tf.Tensor;
}

/**
 * MHIM-MIL (Tang et al., ICCV 2023), in the form of the benchmark code base.
 * A teacher, the moving average of the student, attends to all tiles; the student is trained without some that the teacher
 * attends to most: CE + α·ℒ, ℒ = −Σ_l softmax(f_T/τ_T)_l ln softmax(f_S/τ_S)_l over the channels of the bag features,
 * averaged over their rows. `taught` stands in for the teacher's pass where that is known.
 */
export function mhimMil(
  settings: Readonly<Record<string, unknown>>,
  dims: Dims,
  taught?: (draws: Params) => Guidance,
): Model {
  const parsed = parseConfig('mhim-mil', schema, settings);
  const h = parsed.hidden ?? defaultHidden(dims.input);
  const c = { ...parsed, hidden: h, landmarks: parsed.landmarks ?? Math.max(1, Math.floor(h / 2)) };
  const net = baselineOf(c, dims);
  const params = [...xavier('patch_to_emb.0', dims.input, h), ...net.params];
  const pure = c.variant === 'pure';

  /** A pass over all tiles, or those to keep; `of` names the draws of student or teacher. */
  const encode = (p: Params, x: tf.Tensor2D, { train, draws }: Context, of = '', keep?: tf.Tensor): Encoded => {
    const seed = draws[`${of}dropout`];
    const tiles = dropout(projectInput(x, p[REDUCTION[0]!]!, p[REDUCTION[1]!]!), seed, c.dropout); // [N, L]
    const drops = Object.fromEntries(net.drops.flatMap((name) => withSeed(name, draws[`${of}${name}`])));
    return net.encode(p, tiles, { train, keep, drops });
  };

  const objective = (p: Params, x: tf.Tensor2D, target: tf.Tensor2D, ctx: Context): Objective => {
    if (!ctx.train || pure) return net.supervised(encode(p, x, ctx), target);
    const { teacher, keep, goal } = noGrad(() => {
      const own = taught ? taught(ctx.draws) : encode(ctx.trees.teacher!, x, ctx, 'teacher:');
      const kept = keptTiles(own.guide, ctx.draws); // [1, N]
      return { teacher: own, keep: kept, goal: tf.softmax(tf.div(own.bagFeature, c.tempT)) }; // goal: [R, L]
    });
    const student = encode(p, x, ctx, '', keep);
    const base = net.supervised(student, target);
    const extra = {
      ...student.extra,
      keep,
      ...(teacher.scores && { teacherScores: teacher.scores }),
      teacherAttention: teacher.guide,
      teacherBagFeature: teacher.bagFeature,
    };
    if (c.clAlpha === 0) return { ...base, output: { ...student, extra } };
    const logs = tf.logSoftmax(tf.div(student.bagFeature, c.tempS) as tf.Tensor2D); // [R, L]
    const consistency = tf.mean(tf.neg(tf.sum(tf.mul(goal, logs), 1))) as tf.Scalar;
    return {
      loss: tf.add(base.loss, tf.mul(consistency, c.clAlpha)),
      terms: { ...base.terms, consistency },
      output: { ...student, extra },
    };
  };

  const seeds = (rng: Rng, of = ''): Record<string, Draw> => ({
    ...(c.dropout > 0 && { [`${of}dropout`]: dropoutSeed(rng) }),
    ...Object.fromEntries(net.drops.map((name) => [`${of}${name}`, dropoutSeed(rng)])),
  });
  const teacher: ParamSpec[] = params.map((s) => ({ ...s, init: { kind: 'copy', of: s.name } }));
  return {
    name: 'mhim-mil',
    version: 1,
    config: ownSettings(c),
    dims,
    params,
    ...(net.shapes && { shapes: net.shapes }),
    ...(!pure && { trees: { teacher }, ...pretraining(c, dims), update: follow(c) }),
    draws(rng, n, progress) {
      const own = seeds(rng);
      if (pure) return own;
      const on: MaskRatios = { random: c.maskRatio, low: c.maskRatioL, high: c.maskRatioH, highShare: c.maskRatioHr };
      const now = { ...on, high: c.mrhSchedule ? cosineTo(c.maskRatioH, 0, progress) : c.maskRatioH };
      return {
        ...own,
        ...seeds(rng, 'teacher:'),
        ...keptByPlace(n, now, on, permutation(rng), net.votes),
        ...(c.mmSchedule && { rate: { shape: [1], values: Float32Array.of(1 - cosineTo(c.mm, 1, progress)) } }), // 1 − m
      };
    },
    forward: (p, x, ctx) => encode(p, x, ctx),
    objective,
    ...(net.host && { host: net.host }),
  };
}

/** The settings that the baseline reads; those of attention pooling alone say nothing of others. */
function ownSettings(c: Config): Record<string, unknown> {
  const foreign = { attn: ['baseline', ...SELFATTN], selfattn: ['attention'], dsmil: SELFATTN }[c.baseline];
  return Object.fromEntries(Object.entries(c).filter(([key]) => !foreign.includes(key)));
}

function baselineOf(c: Config & { hidden: number; landmarks: number }, dims: Dims): MhimBaseline {
  if (c.baseline === 'attn') return attnBaseline(c.hidden, c.attention, dims);
  if (c.baseline === 'dsmil') return dsmilBaseline(c.hidden, c.attention, dims);
  return selfattnBaseline({ ...c, dropout: c.attentionDropout }, dims);
}

function withSeed(name: string, seed: tf.Tensor | undefined): [string, tf.Tensor][] {
  return seed ? [[name, seed]] : [];
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
function pretraining(c: Config, dims: Dims): { pretraining?: Pretraining } {
  if (c.teacherInit === 'copy' && c.studentInit === 'none') return {};
  const own = ownSettings(c);
  const shared = ['baseline', 'hidden', 'attention', 'dropout', ...SELFATTN].filter((key) => key in own);
  const model = mhimMil({ ...Object.fromEntries(shared.map((key) => [key, own[key]])), variant: 'pure' }, dims);
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
