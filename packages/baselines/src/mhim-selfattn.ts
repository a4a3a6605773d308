import {
  type BagShape,
  crossEntropy,
  type Dims,
  dropout,
  layerNorm,
  linear,
  noGrad,
  normSpecs,
  type ParamSpec,
  type Params,
  tf,
  UserError,
} from '@asmil/core';
import { classRow, distribution, HALF, KERNEL } from './class-token.js';
import { ppeg, ppegSpecs } from './depthwise.js';
import { keptFirst, keptTokens, largestSide } from './kept-tokens.js';
import type { Encoded, MhimBaseline, MhimPass } from './mhim-baseline.js';
import { type NystromOptions, nystromAttention, nystromRow } from './nystrom.js';
import { convBlock } from './sequence-conv.js';
import { xavier } from './xavier.js';

const EPS = 1e-5;
const DROPS = ['layer1', 'layer2'] as const;

/** Settings of the encoder. */
export interface SelfAttention {
  readonly hidden: number;
  readonly heads: number;
  readonly landmarks: number;
  readonly iterations: number;
  /** After the output projection of each attention. */
  readonly dropout: number;
}

/**
 * TransMIL's encoder on the reduced tiles: a class token, two layers of Nyström attention with a position encoding between
 * them, the class token's feature. Tiles that are masked are absent, so runs of landmarks and grid are those of the tiles
 * that stay. The class token's attention of the first layer masks tiles, by the votes of its heads; it is no softmax of
 * scores, so that the map is its mean over heads without negative values, scaled to a sum of 1.
 */
export function selfattnBaseline(c: SelfAttention, dims: Dims): MhimBaseline {
  const { hidden: d, heads, landmarks } = c;
  if (d % heads !== 0) {
    throw new UserError(
      `mhim-mil: hidden width ${d} is not a multiple of ${heads} heads; change "hidden" or "heads"`,
      2,
    );
  }
  const options: NystromOptions = c;
  const of = (name: string): string => `online_encoder.${name}`;
  const norm = (p: Params, name: string, x: tf.Tensor): tf.Tensor2D =>
    layerNorm(x, p[`${of(name)}.weight`]!, p[`${of(name)}.bias`]!, EPS);

  const encode = (p: Params, all: tf.Tensor2D, { train, keep, drops }: MhimPass): Encoded => {
    const n = all.shape[0];
    const tokens = keptTokens(keep ?? tf.ones([1, n]));
    const tiles = keptFirst(all, keep); // [N, D]
    const x = tf.concat([tf.reshape(p[of('cls_token')]!, [1, d]), tiles, tf.zeros([1, d])]); // [N + 2, D]
    const normed = (name: string, rows: tf.Tensor): tf.Tensor2D => tf.mul(norm(p, name, rows), tokens.valid);

    const u = normed('layer1.norm', x); // [N + 2, D]
    const out = { weight: p[of('layer1.attn.to_out.0.weight')]!, bias: p[of('layer1.attn.to_out.0.bias')]! };
    const weights = { qkv: p[of('layer1.attn.to_qkv.weight')]!, out, conv: p[of('layer1.attn.res_conv.weight')] };
    const { y, parts } = nystromAttention(u, weights, options, { sequence: tokens.sequence(u, landmarks) });
    const mixed = tf.add(x, dropout(y, drops.layer1, c.dropout)); // [N + 2, D]
    const [first, rest] = tf.split(mixed, [1, n, 1]) as [tf.Tensor2D, tf.Tensor2D];
    const placed = tokens.fromGrid(ppeg(p, of('pos_embedding'), tokens.toGrid(rest))); // [N, D]
    const encoded = tf.concat([first, placed, tf.zeros([1, d])]); // [N + 2, D]

    const v = normed('layer2.norm', encoded); // [N + 2, D]
    const { row, y: read } = classRow(p, of('layer2.attn'), v, options, tokens.sequence(v, landmarks));
    const feature = tf.add(first, dropout(read, drops.layer2, c.dropout)); // [1, D]
    const bagFeature = norm(p, 'norm', feature); // [1, D]
    const logits = linear(bagFeature, p['predictor.weight']!, p['predictor.bias']!); // [1, C]

    const tilesOf = (whole: tf.Tensor): tf.Tensor2D =>
      tf.slice(tf.reshape(whole, [heads, n + 2]) as tf.Tensor2D, [0, 1], [heads, n]);
    // Of a student in training they speak of the tiles that stay, in their own order.
    const rows = keep
      ? undefined
      : noGrad(() => ({ layer1: tilesOf(nystromRow(parts, 0, options)), layer2: tilesOf(row) })); // [h, N]
    return {
      logits,
      bagFeature,
      guide: rows?.layer1 ?? tf.ones([heads, n]),
      ...(rows && { map: noGrad(() => distribution(rows.layer1)) }),
      ...(rows && !train && { extra: { firstLayerRow: rows.layer1, secondLayerRow: rows.layer2 } }),
    };
  };

  return {
    params: specs(c, of, dims),
    drops: c.dropout > 0 ? DROPS : [],
    votes: true,
    shapes: tokenShape,
    encode,
    supervised(output, target) {
      const ce = crossEntropy(output.logits, target);
      return { loss: ce, terms: { ce }, output };
    },
  };
}

/** Shapes follow N, the side of the largest grid, and the blocks of the convolution. */
function tokenShape(n: number): BagShape {
  const side = largestSide(n);
  const length = n + 2;
  // Fewer tokens than the half of a filter that looks ahead.
  const family = length < HALF ? `N=${n}` : '';
  return { family, sizes: [side, side * side, Math.ceil(length / convBlock(KERNEL))] };
}

function specs({ hidden: d, heads }: SelfAttention, of: (name: string) => string, dims: Dims): ParamSpec[] {
  const layer = (name: string): ParamSpec[] => [
    ...normSpecs(of(`${name}.norm`), d),
    ...xavier(of(`${name}.attn.to_qkv`), d, 3 * d, false),
    ...xavier(of(`${name}.attn.to_out.0`), d, d),
    {
      name: of(`${name}.attn.res_conv.weight`),
      shape: [heads, 1, KERNEL, 1],
      init: { kind: 'uniform', bound: 1 / Math.sqrt(KERNEL) },
    },
  ];
  return [
    { name: of('cls_token'), shape: [1, 1, d], init: { kind: 'normal', std: 1 } },
    ...normSpecs(of('norm'), d),
    ...layer('layer1'),
    ...layer('layer2'),
    ...ppegSpecs(of('pos_embedding'), d),
    ...xavier('predictor', d, dims.classes),
  ];
}
