import { logSigmoid } from '../attention/normalisers.js';
import { softmaxLse } from '../attention/softmax-mix.js';
import { tf } from '../engine/index.js';
import type { ParamSpec, Params } from '../model.js';
import { linearSpecs, normSpecs } from '../nn/init.js';
import { gelu, layerNorm, linear, matmul, standardize } from '../nn/ops.js';

/** One pre-norm transformer block of width d with an r-fold MLP: ln1, q, k, v, o, ln2, fc1, fc2. */
export function blockSpecs(prefix: string, d: number, r: number): ParamSpec[] {
  return [
    ...normSpecs(`${prefix}.ln1`, d),
    ...linearSpecs(`${prefix}.q`, d, d),
    ...linearSpecs(`${prefix}.k`, d, d),
    ...linearSpecs(`${prefix}.v`, d, d),
    ...linearSpecs(`${prefix}.o`, d, d),
    ...normSpecs(`${prefix}.ln2`, d),
    ...linearSpecs(`${prefix}.fc1`, d, r * d),
    ...linearSpecs(`${prefix}.fc2`, r * d, d),
  ];
}

/** The parameters of a block that determine its attention scores: what an anchor copies. */
export function scoreParams(prefix: string): string[] {
  return ['ln1', 'q', 'k'].flatMap((layer) => [`${prefix}.${layer}.weight`, `${prefix}.${layer}.bias`]);
}

/** Tile tokens and FEAT tokens, standardised row by row: what the score functions read. */
export interface Tokens {
  readonly tiles: tf.Tensor2D; // [N, D]
  readonly feat: tf.Tensor2D; // [K, D]
}

export function standardizeTokens(tiles: tf.Tensor, feat: tf.Tensor, eps: number): Tokens {
  return { tiles: standardize(tiles, eps), feat: standardize(feat, eps) };
}

/** Scores of the FEAT queries before normalisation, rows ordered head by head. */
export interface TokenScores {
  readonly tiles: tf.Tensor2D; // [H·K, N]
  readonly feat: tf.Tensor2D; // [H·K, K]
}

/**
 * S = q kᵀ/√d of the FEAT rows against all N + K keys, without building the keys: with û the standardised tokens and
 * u = û ⊙ γ + β, q·(W_k u + b_k) = ((W_kᵀ q) ⊙ γ)·û + (W_kᵀ q)·β + q·b_k. So the layer norm's affine part and W_k are
 * folded into a query of H·K rows, exactly in real arithmetic, and the cost per tile is H·K·D in the place of D².
 */
export function tokenScores(p: Params, prefix: string, tokens: Tokens, heads: number): TokenScores {
  const [k, d] = tokens.feat.shape;
  const width = d / heads;
  const gamma = p[`${prefix}.ln1.weight`]!;
  const beta = p[`${prefix}.ln1.bias`]!;
  const u = tf.add(tf.mul(tokens.feat, gamma), beta); // [K, D]
  const q = splitHeads(linear(u, p[`${prefix}.q.weight`]!, p[`${prefix}.q.bias`]!), heads); // [H, K, d]
  const folded = matmul(q, tf.reshape(p[`${prefix}.k.weight`]!, [heads, width, d])); // [H, K, D]
  const scale = 1 / Math.sqrt(width);
  const keyBias = tf.sum(tf.mul(q, tf.reshape(p[`${prefix}.k.bias`]!, [heads, 1, width])), -1, true); // [H, K, 1]
  const offset = tf.reshape(tf.mul(tf.add(tf.sum(tf.mul(folded, beta), -1, true), keyBias), scale), [heads * k, 1]);
  const query = tf.reshape(tf.mul(tf.mul(folded, gamma), scale), [heads * k, d]); // [H·K, D]
  return {
    tiles: tf.add(matmul(query, tokens.tiles, false, true), offset) as tf.Tensor2D,
    feat: tf.add(matmul(query, tokens.feat, false, true), offset) as tf.Tensor2D,
  };
}

/** ln of the unnormalised attention weights: the score, or ln σ(score) for the online NSF. */
export function logWeights(scores: tf.Tensor, online: 'softmax' | 'nsf'): tf.Tensor {
  return online === 'nsf' ? logSigmoid(scores) : scores;
}

/**
 * The encoder's rows of the FEAT tokens, [K, D], and the attention over the tiles alone, [H·K, N].
 * The mixing weights run over N + K keys; they are the tile softmax and the FEAT softmax joined by their sums. As the
 * weights of a row add up to 1, mixing goes before W_v, b_v and the layer norm's affine part.
 */
export function encodeFeat(
  p: Params,
  prefix: string,
  feat: tf.Tensor,
  tokens: Tokens,
  scores: TokenScores,
  options: { heads: number; eps: number; online: 'softmax' | 'nsf' },
): { out: tf.Tensor2D; attention: tf.Tensor2D } {
  const { heads } = options;
  const [k, d] = tokens.feat.shape;
  const width = d / heads;
  const overTiles = softmaxLse(logWeights(scores.tiles, options.online)); // [H·K, N]
  const overFeat = softmaxLse(logWeights(scores.feat, options.online)); // [H·K, K]
  const share = tf.sigmoid(tf.sub(overTiles.lse, overFeat.lse)); // [H·K, 1], the tiles' part of the mass
  const fromTiles = matmul(overTiles.weights, tokens.tiles); // [H·K, D]
  const fromFeat = matmul(overFeat.weights, tokens.feat); // [H·K, D]
  const mixed = tf.add(fromFeat, tf.mul(share, tf.sub(fromTiles, fromFeat)));
  const u = tf.add(tf.mul(mixed, p[`${prefix}.ln1.weight`]!), p[`${prefix}.ln1.bias`]!); // [H·K, D]
  const values = tf.add(
    matmul(tf.reshape(u, [heads, k, d]), tf.reshape(p[`${prefix}.v.weight`]!, [heads, width, d]), false, true), // [H, K, d]
    tf.reshape(p[`${prefix}.v.bias`]!, [heads, 1, width]),
  );
  const out = finish(p, prefix, feat, joinHeads(values), options.eps); // [K, D]
  return { out, attention: overTiles.weights };
}

/**
 * One full block for the class token: its query, residual and MLP; keys and values of all rows. `mask` is added to the
 * scores, 0 for rows that take part and −1e9 for dropped ones, whose weight is then exactly 0: the same numbers as
 * removing the rows, with shapes that do not depend on the draw. rows: [M, D], mask: [M]. → [1, D].
 */
export function aggregate(
  p: Params,
  prefix: string,
  rows: tf.Tensor,
  mask: tf.Tensor | undefined,
  options: { heads: number; eps: number },
): tf.Tensor2D {
  const { heads } = options;
  const [m, d] = rows.shape as [number, number];
  const width = d / heads;
  const u = layerNorm(rows, p[`${prefix}.ln1.weight`]!, p[`${prefix}.ln1.bias`]!, options.eps); // [M, D]
  const first = tf.slice(u, [0, 0], [1, d]); // [1, D]
  const q = splitHeads(linear(first, p[`${prefix}.q.weight`]!, p[`${prefix}.q.bias`]!), heads); // [H, 1, d]
  const keys = splitHeads(linear(u, p[`${prefix}.k.weight`]!, p[`${prefix}.k.bias`]!), heads); // [H, M, d]
  const values = splitHeads(linear(u, p[`${prefix}.v.weight`]!, p[`${prefix}.v.bias`]!), heads); // [H, M, d]
  let scores: tf.Tensor = tf.mul(matmul(q, keys, false, true), 1 / Math.sqrt(width)); // [H, 1, M]
  if (mask) scores = tf.add(scores, tf.reshape(mask, [1, 1, m]));
  const weights = tf.softmax(scores as tf.Tensor3D); // [H, 1, M]
  const mixed = joinHeads(matmul(weights, values)); // [1, D]
  return finish(p, prefix, tf.slice(rows, [0, 0], [1, d]), mixed, options.eps);
}

/** Output projection, residual, and the MLP with its residual. residual, mixed: [M, D]. */
function finish(p: Params, prefix: string, residual: tf.Tensor, mixed: tf.Tensor, eps: number): tf.Tensor2D {
  const y = tf.add(residual, linear(mixed, p[`${prefix}.o.weight`]!, p[`${prefix}.o.bias`]!)); // [M, D]
  const u = layerNorm(y, p[`${prefix}.ln2.weight`]!, p[`${prefix}.ln2.bias`]!, eps);
  const h = gelu(linear(u, p[`${prefix}.fc1.weight`]!, p[`${prefix}.fc1.bias`]!)); // [M, rD]
  return tf.add(y, linear(h, p[`${prefix}.fc2.weight`]!, p[`${prefix}.fc2.bias`]!)) as tf.Tensor2D;
}

/** [M, H·d] → [H, M, d]: blocks of d consecutive columns. */
function splitHeads(x: tf.Tensor, heads: number): tf.Tensor3D {
  const [m, d] = x.shape as [number, number];
  return tf.transpose(tf.reshape(x, [m, heads, d / heads]), [1, 0, 2]) as tf.Tensor3D;
}

/** [H, M, d] → [M, H·d]. */
function joinHeads(x: tf.Tensor): tf.Tensor2D {
  const [h, m, d] = x.shape as [number, number, number];
  return tf.reshape(tf.transpose(x, [1, 0, 2]), [m, h * d]) as tf.Tensor2D;
}
