import { z } from 'zod';
import { klFromTarget } from '../attention/divergence.js';
import { nsfRelease } from '../attention/normalisers.js';
import { ema } from '../ema.js';
import { noGrad, tf } from '../engine/index.js';
import { UserError } from '../errors.js';
import type { Context, Dims, Draw, Model, Objective, Output, ParamSpec, Params } from '../model.js';
import { fanIn, linearSpecs, normSpecs, stacked } from '../nn/init.js';
import { crossEntropy, layerNorm, linear, matmul, projectInput } from '../nn/ops.js';
import { tokenAttentionSpecs, tokenFeatures, tokenScores } from '../nn/token-attention.js';
import type { Rng } from '../rng.js';
import { defaultHidden, parseConfig } from './paper-config.js';

/** Fixed in the released code. */
const HEADS = 8;

/** The attention modules of the FEAT tokens. */
const SUB = 'sub_attention.*';

export const releaseConfigSchema = z.strictObject({
  variant: z.literal('release'),
  hidden: z.number().int().positive().optional(),
  /** FEAT tokens (`n_token`). */
  nFeat: z.number().int().positive().default(8),
  /** Tokens dropped in training (`n_drop`), a fixed number. */
  nDrop: z.number().int().min(0).default(4),
  /** Temperature of the anchor's NSF (`temp`); 0.5 in most of the shell scripts. */
  temp: z.number().positive().default(0.5),
  /** After each attention's output projection. */
  dropout: z.number().min(0).lt(1).default(0.1),
  lnEps: z.number().positive().default(1e-6),
  /** EMA momentum; without `fixEma` it has no effect. */
  emaM: z.number().min(0).max(1).default(0.999),
  /** Not the released behaviour: run the EMA line at every step. */
  fixEma: z.boolean().default(false),
  /** Not the released behaviour: start the anchor as a copy of the online model. */
  copyStart: z.boolean().default(false),
  /** Not the released behaviour: sum the anchor term over the tiles in the place of the mean. */
  sumOverTiles: z.boolean().default(false),
});

export type ReleaseConfig = Required<z.infer<typeof releaseConfigSchema>>;

/**
 * ASMIL as the authors' released code computes it: one eight-head attention module per FEAT token, a class token that reads
 * the kept tokens, and a second network with weights of its own whose NSF attention is the target.
 * RELEASE: the anchor keeps its own random start, since the update runs only for tensors that hold a NaN.
 */
export function asmilRelease(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const parsed = parseConfig('asmil (release)', releaseConfigSchema, settings);
  const d = parsed.hidden ?? defaultHidden(dims.input);
  if (d % HEADS !== 0)
    throw new UserError(`asmil (release): hidden width ${d} is not a multiple of ${HEADS} heads; change "hidden"`, 2);
  if (parsed.nDrop >= parsed.nFeat) {
    throw new UserError(
      `asmil (release): nDrop ${parsed.nDrop} leaves none of ${parsed.nFeat} tokens; it must be smaller than nFeat`,
      2,
    );
  }
  const c: ReleaseConfig = { ...parsed, hidden: d };
  const k = c.nFeat;

  const params: ParamSpec[] = [
    { name: 'dimreduction.fc1.weight', shape: [d, dims.input], init: fanIn(dims.input) },
    { name: 'q', shape: [1, k, d], init: { kind: 'normal', std: 1e-6 } },
    { name: 'cls', shape: [1, 1, d], init: { kind: 'constant', value: 0 } },
    ...stacked(k, tokenAttentionSpecs(SUB, d)),
    ...tokenAttentionSpecs('bag_attention', d),
    ...linearSpecs('Slide_classifier.fc', d, dims.classes),
  ];
  const watched = new Set([
    'dimreduction.fc1.weight',
    'q',
    ...['q', 'k'].flatMap((l) => [`sub_attention.*.${l}_proj.weight`, `sub_attention.*.${l}_proj.bias`]),
  ]);
  const anchor = params
    .filter((s) => watched.has(s.name))
    .map((s): ParamSpec => (c.copyStart ? { ...s, init: { kind: 'copy', of: s.name } } : s));

  const behindDrop = params.filter((s) => /^sub_attention\.\*\.(v_proj|out_proj|layer_norm)\./.test(s.name));

  const run = (p: Params, x: tf.Tensor2D, ctx: Context): Output & { scores: tf.Tensor; flat: tf.Tensor2D } => {
    const tiles = projectInput(x, p['dimreduction.fc1.weight']!); // [N, D]
    const flat = tokenScores(p, SUB, p.q!, tiles, HEADS); // [H·K, N]
    const weights = tf.softmax(flat); // [H·K, N]
    const mixed = matmul(weights, tiles); // [H·K, D]
    const features = tokenFeatures(p, SUB, mixed, HEADS, c.lnEps, ctx.draws.featDropout); // [K, D]

    const keep = ctx.draws.keep;
    const bagFeature = bagAttention(p, features, keep, ctx.draws.bagDropout, c.lnEps); // [1, D]
    const logits = linear(bagFeature, p['Slide_classifier.fc.weight']!, p['Slide_classifier.fc.bias']!); // [1, C]
    const n = x.shape[0];
    return {
      logits,
      flat,
      scores: tf.reshape(flat, [HEADS, k, n]),
      attention: tf.reshape(weights, [HEADS, k, n]),
      map: tf.mean(weights, 0, true) as tf.Tensor2D, // [1, N]
      bagFeature,
      extra: { features },
    };
  };

  return {
    name: 'asmil',
    version: 1,
    config: { ...c },
    dims,
    params,
    unused: [...stacked(k, linearSpecs('classifier.*.fc', d, dims.classes)), ...normSpecs('dimreduction.bn', d)],
    trees: { anchor },
    draws: c.nDrop > 0 || c.dropout > 0 ? (rng) => drawRelease(rng, c) : undefined,
    forward: (p, x, ctx) => run(p, x, ctx),
    objective(p, x, label, ctx): Objective {
      const out = run(p, x, ctx);
      const ce = crossEntropy(out.logits, label);
      const n = x.shape[0];
      const t = noGrad(() => {
        const own = ctx.trees.anchor!;
        const scores = tokenScores(own, SUB, own.q!, projectInput(x, own['dimreduction.fc1.weight']!), HEADS);
        return { scores, attention: nsfRelease(scores, c.temp) };
      });
      // RELEASE: a mean over heads, tokens and tiles of −α′ ln α; the paper sums over the tiles.
      const rows = tf.mul(tf.onesLike(tf.slice(t.attention, [0, 0], [HEADS * k, 1])), 1 / (HEADS * k)); // [H·K, 1]
      const weights = c.sumOverTiles ? rows : tf.mul(rows, perTile(t.attention));
      const as = klFromTarget(out.flat, t.attention, weights, { entropy: false });
      return {
        loss: tf.add(ce, as),
        terms: { ce, as },
        output: {
          ...out,
          extra: {
            ...out.extra,
            anchorScores: tf.reshape(t.scores, [HEADS, k, n]),
            anchorAttention: tf.reshape(t.attention, [HEADS, k, n]),
          },
        },
      };
    },
    // RELEASE: a dropped token's value and output layers get no gradient, so AdamW passes them over, its decay included.
    reached:
      c.nDrop > 0
        ? ({ keep }) =>
            Object.fromEntries(
              behindDrop.map(({ name, shape }) => [
                name,
                tf.reshape(
                  keep!,
                  shape.map((_, axis) => (axis === 0 ? k : 1)),
                ),
              ]),
            )
        : undefined,
    update: c.fixEma
      ? (trees, p, when) => (when === 'step' ? { anchor: ema(trees.anchor!, p, c.emaM) } : undefined)
      : undefined,
  };
}

/** 1/N as a tensor that follows the bag's size, [1, 1]. */
function perTile(x: tf.Tensor): tf.Tensor {
  return tf.mean(tf.div(1, tf.sum(tf.onesLike(tf.slice(x, [0, 0], [1, x.shape[1]!])), -1, true)), 0, true);
}

/** The class token's attention over the kept features; the class token itself is no key. features: [K, D] → [1, D]. */
function bagAttention(
  p: Params,
  features: tf.Tensor2D,
  keep: tf.Tensor | undefined,
  dropout: tf.Tensor | undefined,
  eps: number,
): tf.Tensor2D {
  const [k, d] = features.shape;
  const width = d / HEADS;
  const project = (x: tf.Tensor, l: string): tf.Tensor =>
    linear(x, p[`bag_attention.${l}_proj.weight`]!, p[`bag_attention.${l}_proj.bias`]!);
  const heads = (x: tf.Tensor, rows: number): tf.Tensor => tf.transpose(tf.reshape(x, [rows, HEADS, width]), [1, 0, 2]); // [H, rows, d]
  const q = heads(project(tf.reshape(p.cls!, [1, d]), 'q'), 1);
  const keys = heads(project(features, 'k'), k);
  const values = heads(project(features, 'v'), k);
  let scores: tf.Tensor = tf.mul(matmul(q, keys, false, true), 1 / Math.sqrt(width)); // [H, 1, K]
  // A dropped token gets weight exactly 0: the same numbers as leaving it out.
  if (keep) scores = tf.add(scores, tf.reshape(tf.mul(tf.sub(keep, 1), 1e9), [1, 1, k]));
  const mixed = tf.reshape(matmul(exactSoftmax(scores), values), [1, d]);
  const out = project(mixed, 'out');
  return layerNorm(
    dropout ? tf.mul(out, dropout) : out,
    p['bag_attention.layer_norm.weight']!,
    p['bag_attention.layer_norm.bias']!,
    eps,
  );
}

/**
 * Softmax over the last axis whose gradient is exactly 0 where one key is left, as it is in PyTorch. TensorFlow's own gives
 * 1 − 6e-8 there, and Adam would turn that rounding noise into steps of length lr for the class token and its query.
 */
function exactSoftmax(scores: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const e = tf.exp(tf.sub(z, tf.max(z, -1, true)));
    const p = tf.div(e, tf.sum(e, -1, true));
    save([p]);
    return {
      value: p,
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => tf.mul(s[0]!, tf.sub(dy, tf.sum(tf.mul(dy, s[0]!), -1, true))),
    };
  })(scores);
}

/** A permutation of the tokens, of which the first `nDrop` are dropped, and inverted dropout masks. */
function drawRelease(rng: Rng, c: ReleaseConfig): Record<string, Draw> {
  const keep = new Float32Array(c.nFeat).fill(1);
  for (const token of rng.shuffle(Array.from(keep.keys())).slice(0, c.nDrop)) keep[token] = 0;
  const mask = (rows: number): Draw => ({
    shape: [rows, c.hidden],
    values: Float32Array.from({ length: rows * c.hidden }, () => (rng.next() < c.dropout ? 0 : 1 / (1 - c.dropout))),
  });
  const draws: Record<string, Draw> = { keep: { shape: [c.nFeat], values: keep } };
  if (c.dropout > 0) Object.assign(draws, { featDropout: mask(c.nFeat), bagDropout: mask(1) });
  return draws;
}
