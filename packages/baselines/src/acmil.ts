import {
  type Context,
  crossEntropy,
  type Dims,
  type Draw,
  defaultHidden,
  linear,
  linearSpecs,
  type Model,
  matmul,
  type Objective,
  type Output,
  type Params,
  parseConfig,
  projectInput,
  type Rng,
  stacked,
  tf,
} from '@asmil/core';
import { z } from 'zod';
import { type AcmilBody, mhaBody, mhaSettings } from './acmil-mha.js';
import { gatedScores, gatedSpecs } from './gated-attention.js';
import { maskedPlaces, maskTop } from './top-masking.js';

const shared = {
  variant: z.enum(['ga', 'mha']).default('ga'),
  /** Width H of the reduced tiles; by default from the input width. */
  hidden: z.number().int().positive().optional(),
  /** Attention branches K. */
  nToken: z.number().int().positive().default(5),
  /** How many of a row's most attended tiles stochastic masking chooses from; 0 turns it off. */
  nMaskedPatch: z.number().int().min(0).default(10),
  /** Which share of these is masked. */
  maskDrop: z.number().min(0).max(1).default(0.6),
};

const gaSchema = z.strictObject({
  ...shared,
  /** Width of the gated attention's hidden layer. */
  attention: z.number().int().positive().default(128),
});

const mhaSchema = z.strictObject({ ...shared, ...mhaSettings });

/**
 * ACMIL, attention-challenging MIL (Zhang et al., ECCV 2024): K attention branches that see the same tiles and are kept
 * apart, each with a classifier of its own, and in training a random part of every branch's most attended tiles masked.
 * L = CE(bag) + (1/K) Σ_k CE(branch k) + 2/(K(K−1)) Σ_{i<j} cos(a_i, a_j). The bag is read with the mean attention.
 * `variant: 'ga'`: gated attention with K outputs; `'mha'`: K modules of 8-head attention, each with a learned query.
 */
export function acmil(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const mha = settings.variant === 'mha';
  const c = mha ? parseConfig('acmil', mhaSchema, settings) : parseConfig('acmil', gaSchema, settings);
  const h = c.hidden ?? defaultHidden(dims.input);
  const k = c.nToken;
  const body = 'dropout' in c ? mhaBody(h, k, c.dropout) : gaBody(h, k, c.attention);
  const rows = body.heads * k;
  const classifiers = [
    ...stacked(k, linearSpecs('classifier.*.fc', h, dims.classes)),
    ...linearSpecs('Slide_classifier.fc', h, dims.classes),
  ];

  const forward = (p: Params, x: tf.Tensor2D, ctx: Context): Output & { branchLogits: tf.Tensor2D } => {
    const tiles = projectInput(x, p['dimreduction.fc1.weight']!); // [N, H]
    const scores = body.scores(p, tiles); // [R, N]
    const { masked } = ctx.draws;
    const seen = masked ? maskTop(scores, masked, c.nMaskedPatch) : scores; // [R, N]
    const attention = tf.softmax(seen); // [R, N]
    const { branches, bagFeature } = body.features(p, matmul(attention, tiles), ctx); // [K, H], [1, H]
    const weight = p['classifier.*.fc.weight']!; // [K, C, H]
    const products = matmul(tf.reshape(branches, [k, 1, h]), weight, false, true); // [K, 1, C]
    const branchLogits = tf.add(tf.reshape(products, [k, dims.classes]), p['classifier.*.fc.bias']!) as tf.Tensor2D; // [K, C]
    return {
      logits: linear(bagFeature, p['Slide_classifier.fc.weight']!, p['Slide_classifier.fc.bias']!), // [1, C]
      branchLogits,
      scores,
      attention,
      map: tf.mean(attention, 0, true) as tf.Tensor2D, // [1, N]
      bagFeature,
      attentionInput: { tiles },
      extra: { maskedScores: seen, branches, branchLogits },
    };
  };

  const draws = (rng: Rng, n: number): Record<string, Draw> => {
    const masked = maskedPlaces(rng.split('masked'), rows, n, c.nMaskedPatch, c.maskDrop);
    return { ...(masked && { masked }), ...body.draws?.(rng) };
  };

  return {
    name: 'acmil',
    version: 1,
    config: { ...c, hidden: h },
    dims,
    params: [...linearSpecs('dimreduction.fc1', dims.input, h, { bias: false }), ...body.params, ...classifiers],
    shapes: (n) => ({ family: n < c.nMaskedPatch ? `N=${n}` : '' }),
    draws,
    forward,
    objective(p, x, target, ctx): Objective {
      const { branchLogits, ...output } = forward(p, x, ctx);
      const ce = crossEntropy(output.logits, target);
      if (k === 1) {
        const none = tf.scalar(0);
        return { loss: ce, terms: { ce, branchCe: none, diversity: none }, output };
      }
      const branchCe = tf.div(crossEntropy(branchLogits, target), k) as tf.Scalar;
      const diversity = meanCosine(output.attention!, body.heads, k);
      return { loss: tf.addN([ce, branchCe, diversity]), terms: { ce, branchCe, diversity }, output };
    },
    // The loss of a single branch is the bag's: what feeds the branch's own classifier gets no gradient.
    reached: k === 1 ? () => Object.fromEntries(body.branchOnly.map((name) => [name, tf.scalar(0)])) : undefined,
    host: { params: body.attentionParams, scores: (p, input) => body.scores(p, input.tiles as tf.Tensor2D) },
  };
}

/** Gated attention with one output a branch. */
function gaBody(h: number, k: number, width: number): AcmilBody {
  const params = gatedSpecs('attention', h, width, k);
  return {
    heads: 1,
    params,
    attentionParams: params.map((s) => s.name),
    branchOnly: ['classifier.*.fc.weight', 'classifier.*.fc.bias'],
    scores: (p, tiles) => gatedScores(p, 'attention', tiles),
    // Σ_n (1/K Σ_k a_kn) h_n is the mean of the branches' features.
    features: (_p, mixed) => ({ branches: mixed, bagFeature: tf.mean(mixed, 0, true) as tf.Tensor2D }),
  };
}

/**
 * Mean cosine of the K attention rows, over all pairs and heads. With â = a/‖a‖, Σ_{i<j} cos = (‖Σ_i â_i‖² − K)/2, so no pair
 * is formed. attention: [H·K, N], rows head by head.
 */
function meanCosine(attention: tf.Tensor, heads: number, k: number): tf.Scalar {
  const unit = tf.mul(attention, tf.rsqrt(tf.sum(tf.square(attention), -1, true))); // [H·K, N]
  const sums = heads === 1 ? tf.sum(unit, 0) : tf.sum(tf.reshape(unit, [heads, k, -1]), 1); // [N] or [H, N]
  const scale = 1 / (heads * k * (k - 1));
  return tf.sub(tf.mul(tf.sum(tf.square(sums)), scale), 1 / (k - 1)) as tf.Scalar;
}
