import {
  type Context,
  type Draw,
  linearSpecs,
  normSpecs,
  type ParamSpec,
  type Params,
  type Rng,
  stacked,
  tf,
  tokenAttentionSpecs,
  tokenFeatures,
  tokenScores,
  UserError,
} from '@asmil/core';
import { z } from 'zod';

/** What the variants of ACMIL differ in; R = heads · K rows of attention, ordered head by head. */
export interface AcmilBody {
  readonly heads: number;
  readonly params: readonly ParamSpec[];
  /** Those that map tiles to scores. */
  readonly attentionParams: readonly string[];
  /** Those that reach a branch's logits alone, its classifier included. */
  readonly branchOnly: readonly string[];
  /** tiles: [N, H] → [R, N]. */
  scores(p: Params, tiles: tf.Tensor2D): tf.Tensor2D;
  /** From the tiles as each row's attention mixes them, [R, H]. */
  features(p: Params, mixed: tf.Tensor, ctx: Context): { branches: tf.Tensor; bagFeature: tf.Tensor2D };
  draws?(rng: Rng): Record<string, Draw>;
}

export const mhaSettings = {
  /** After the output projections of the branches and of the bag. */
  dropout: z.number().min(0).lt(1).default(0.1),
};

const HEADS = 8;
const EPS = 1e-6;
const SUB = 'sub_attention.*';
const BAG = 'bag_attention';

/**
 * One module of 8-head attention a branch, each with a query of its own; the bag is read with the branches' mean attention,
 * head by head, through value and output layers of its own.
 */
export function mhaBody(h: number, k: number, rate: number): AcmilBody {
  if (h % HEADS !== 0)
    throw new UserError(`acmil: hidden width ${h} is not a multiple of ${HEADS} heads; change "hidden"`, 2);
  const sub = stacked(k, tokenAttentionSpecs(SUB, h));
  const block = sub.filter((s) => /\.[qk]_proj\./.test(s.name));
  const factors = (rng: Rng, rows: number): Draw => ({
    shape: [rows, h],
    values: Float32Array.from({ length: rows * h }, () => (rng.next() < rate ? 0 : 1 / (1 - rate))),
  });
  return {
    heads: HEADS,
    params: [
      { name: 'q', shape: [1, k, h], init: { kind: 'normal', std: 1e-6 } },
      ...sub,
      ...['v_proj', 'out_proj'].flatMap((l) => linearSpecs(`${BAG}.${l}`, h, h)),
      ...normSpecs(`${BAG}.layer_norm`, h),
    ],
    attentionParams: ['q', ...block.map((s) => s.name)],
    branchOnly: [
      'classifier.*.fc.weight',
      'classifier.*.fc.bias',
      ...sub.filter((s) => !block.includes(s)).map((s) => s.name),
    ],
    scores: (p, tiles) => tokenScores(p, SUB, p.q!, tiles, HEADS),
    features(p, mixed, { draws }) {
      // The mean attention mixes the tiles into the mean of what the branches' attention makes of them.
      const mean = tf.mean(tf.reshape(mixed, [HEADS, k, h]), 1); // [8, H]
      return {
        branches: tokenFeatures(p, SUB, mixed, HEADS, EPS, draws.branchDropout), // [K, H]
        bagFeature: tokenFeatures(p, BAG, mean, HEADS, EPS, draws.bagDropout), // [1, H]
      };
    },
    draws: rate > 0 ? (rng) => ({ branchDropout: factors(rng, k), bagDropout: factors(rng, 1) }) : undefined,
  };
}
