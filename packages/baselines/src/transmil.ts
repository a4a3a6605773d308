import {
  type BagShape,
  type Context,
  crossEntropy,
  type Dims,
  defaultHidden,
  dropout,
  dropoutSeed,
  layerNorm,
  linear,
  linearSpecs,
  type Model,
  matmul,
  noGrad,
  normSpecs,
  type Objective,
  type Output,
  type ParamSpec,
  type Params,
  parseConfig,
  projectInput,
  standardize,
  tf,
  UserError,
} from '@asmil/core';
import { z } from 'zod';
import { classRow, distribution, HALF, KERNEL } from './class-token.js';
import { ppeg, ppegSpecs } from './depthwise.js';
import {
  type NystromOptions,
  nystromAttention,
  nystromRow,
  nystromSpecs,
  type Projected,
  paddedLength,
  padFront,
  splitWeights,
} from './nystrom.js';
import { convBlock } from './sequence-conv.js';

const schema = z.strictObject({
  /** Width D of the tokens; by default from the input width. */
  hidden: z.number().int().positive().optional(),
  heads: z.number().int().positive().default(8),
  /** Landmarks m of the Nyström attention; D/2 by default. */
  landmarks: z.number().int().positive().optional(),
  /** Iterations of the pseudo-inverse. */
  iterations: z.number().int().min(0).default(6),
  /** After the output projection of each attention. */
  dropout: z.number().min(0).lt(1).default(0.1),
});

const EPS = 1e-5;

/**
 * TransMIL (Shao et al., NeurIPS 2021): tiles, filled up to a square with copies of the first ones, and a class token go
 * through two layers of Nyström attention with a convolutional position encoding (PPEG) between them; the class token is
 * classified. Tokens lie on the grid in bag order.
 *
 * Only the class token leaves the second layer, so of that layer its row alone is computed: the same numbers, without
 * queries, values and outputs of the other tokens.
 */
export function transmil(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const parsed = parseConfig('transmil', schema, settings);
  const d = parsed.hidden ?? defaultHidden(dims.input);
  const { heads, iterations } = parsed;
  if (d % heads !== 0) {
    throw new UserError(
      `transmil: hidden width ${d} is not a multiple of ${heads} heads; change "hidden" or "heads"`,
      2,
    );
  }
  const landmarks = parsed.landmarks ?? Math.max(1, Math.floor(d / 2));
  const c = { ...parsed, hidden: d, landmarks };
  const options: NystromOptions = { heads, landmarks, iterations };

  const params: ParamSpec[] = [
    { name: 'cls_token', shape: [1, 1, d], init: { kind: 'normal', std: 1 } },
    ...linearSpecs('_fc1.0', dims.input, d),
    ...normSpecs('layer1.norm', d),
    ...nystromSpecs('layer1.attn', d, heads, KERNEL),
    ...ppegSpecs('pos_layer', d),
    ...normSpecs('layer2.norm', d),
    ...nystromSpecs('layer2.attn', d, heads, KERNEL),
    ...normSpecs('norm', d),
    ...linearSpecs('_fc2', d, dims.classes),
  ];
  const norm = (p: Params, name: string, x: tf.Tensor): tf.Tensor2D =>
    layerNorm(x, p[`${name}.weight`]!, p[`${name}.bias`]!, EPS);

  /** Class token and grid before the first layer, [s² + 1, D]. */
  const tokensOf = (p: Params, x: tf.Tensor2D): tf.Tensor2D => {
    const tiles = projectInput(x, p['_fc1.0.weight']!, p['_fc1.0.bias']); // [N, D]
    return withClassToken(tf.reshape(p.cls_token!, [1, d]), tiles);
  };

  /** Tokens after the first layer and the position encoding, [s² + 1, D], and what the layer's attention was made of. */
  const encode = (
    p: Params,
    x: tf.Tensor2D,
    drop: tf.Tensor | undefined,
  ): { tokens: tf.Tensor2D; parts: Projected } => {
    const tokens = tokensOf(p, x);
    const n = tokens.shape[0];
    const padded = padFront(norm(p, 'layer1.norm', tokens), landmarks); // [L, D]
    const out = { weight: p['layer1.attn.to_out.0.weight']!, bias: p['layer1.attn.to_out.0.bias']! };
    const weights = { qkv: p['layer1.attn.to_qkv.weight']!, out, conv: p['layer1.attn.res_conv.weight'] };
    const { y, parts } = nystromAttention(padded, weights, options); // [L, D]
    const own = tf.slice(y, [padded.shape[0] - n, 0], [n, d]); // [n, D]
    const mixed = tf.add(tokens, dropout(own, drop, c.dropout)); // [n, D]
    const [first, rest] = tf.split(mixed, [1, n - 1]) as [tf.Tensor2D, tf.Tensor2D];
    const side = gridSide(x.shape[0]);
    const grid = ppeg(p, 'pos_layer', tf.reshape(rest, [side, side, d]));
    return { tokens: tf.concat([first, tf.reshape(grid, [n - 1, d])]), parts };
  };

  /**
   * q_class · k_j/√d of every tile in the second layer, [h, N], from its standardised tokens. The key weights and the
   * norm's affine part are folded into the query, so no keys are built. first: [1, D], tiles: [N, D].
   */
  const scores = (p: Params, { first, tiles }: Params): tf.Tensor2D => {
    const { query, key } = splitWeights(p['layer2.attn.to_qkv.weight']!, heads);
    const [gamma, beta] = [p['layer2.norm.weight']!, p['layer2.norm.bias']!];
    const q = tf.reshape(linear(tf.add(tf.mul(first!, gamma), beta), query), [heads, 1, d / heads]);
    const folded = tf.reshape(matmul(q, tf.reshape(key, [heads, d / heads, d])), [heads, d]); // [h, D]
    const offset = tf.sum(tf.mul(folded, beta), -1, true); // [h, 1]
    return tf.add(matmul(tf.mul(folded, gamma), tiles!, false, true), offset) as tf.Tensor2D;
  };

  const run = (p: Params, x: tf.Tensor2D, { draws, train }: Context): Output => {
    const n = x.shape[0];
    const { tokens, parts } = encode(p, x, draws.drop1); // [s² + 1, D]
    const standard = standardize(tokens, EPS); // [s² + 1, D]
    const u = tf.add(tf.mul(standard, p['layer2.norm.weight']!), p['layer2.norm.bias']!) as tf.Tensor2D;
    const { row, y } = classRow(p, 'layer2.attn', u, options); // [h, s² + 1], [1, D]
    const feature = tf.add(tf.slice(tokens, [0, 0], [1, d]), dropout(y, draws.drop2, c.dropout)); // [1, D]
    const bagFeature = norm(p, 'norm', feature); // [1, D]
    const logits = linear(bagFeature, p['_fc2.weight']!, p['_fc2.bias']!); // [1, C]
    const input = { first: tf.slice(standard, [0, 0], [1, d]), tiles: tf.slice(standard, [1, 0], [n, d]) };
    const exact = scores(p, input); // [h, N]
    const tilesOf = (whole: tf.Tensor, from: number): tf.Tensor =>
      tf.slice(whole as tf.Tensor2D, [0, from], [heads, n]);
    const extra: Record<string, tf.Tensor> = { nystromRow: tilesOf(row, 1) };
    if (!train) {
      const front = parts.k.shape[2] - tokens.shape[0];
      const first = nystromRow(parts, front, options); // [h, 1, L]
      extra.firstLayerRow = tilesOf(tf.reshape(first, [heads, -1]), front + 1);
    }
    return {
      logits,
      scores: exact,
      attention: tf.softmax(exact),
      map: noGrad(() => distribution(extra.nystromRow!)),
      bagFeature,
      attentionInput: input,
      extra,
    };
  };

  return {
    name: 'transmil',
    version: 1,
    config: c,
    dims,
    params,
    shapes: (n) => gridShape(n, landmarks),
    draws: c.dropout > 0 ? (rng) => ({ drop1: dropoutSeed(rng), drop2: dropoutSeed(rng) }) : undefined,
    forward: run,
    objective(p, x, target, ctx): Objective {
      const output = run(p, x, ctx);
      const ce = crossEntropy(output.logits, target);
      return { loss: ce, terms: { ce }, output };
    },
    host: { params: ['layer2.norm.weight', 'layer2.norm.bias', 'layer2.attn.to_qkv.weight'], scores },
  };
}

/** Side s of the square that N tiles fill, with copies where N is no square. */
function gridSide(n: number): number {
  return Math.ceil(Math.sqrt(n));
}

/** Shapes follow N, s, s², the run of a landmark l = L/m, and the blocks of the convolution where those do not follow L. */
function gridShape(n: number, landmarks: number): BagShape {
  const side = gridSide(n);
  const tokens = side * side + 1;
  const { length, run } = paddedLength(tokens, landmarks);
  const blocks = landmarks % convBlock(KERNEL) === 0 ? [] : [Math.ceil(length / convBlock(KERNEL))];
  // Fewer tokens than the half of a filter that looks ahead.
  const family = tokens < HALF ? `N=${n}` : '';
  return { family, sizes: [side, side * side, run, ...blocks] };
}

/** The class token, the tiles, and the first ones again up to a square. token: [1, D], tiles: [N, D] → [s² + 1, D]. */
function withClassToken(token: tf.Tensor, tiles: tf.Tensor): tf.Tensor2D {
  const [n, d] = tiles.shape as [number, number];
  const copies = gridSide(n) ** 2 - n;
  return tf.customGrad((...args: unknown[]) => {
    const [first, rest] = args as [tf.Tensor2D, tf.Tensor2D];
    const again = copies > 0 ? [tf.slice(rest, [0, 0], [copies, d])] : [];
    return {
      value: tf.concat([first, rest, ...again]),
      gradFunc: (dy: tf.Tensor) => {
        const part = (from: number, count: number): tf.Tensor2D => tf.slice(dy as tf.Tensor2D, [from, 0], [count, d]);
        if (copies === 0) return [part(0, 1), part(1, n)];
        const twice = tf.add(part(1, copies), part(1 + n, copies)) as tf.Tensor2D;
        return [part(0, 1), copies === n ? twice : tf.concat([twice, part(1 + copies, n - copies)])];
      },
    };
  })(token, tiles) as tf.Tensor2D;
}
