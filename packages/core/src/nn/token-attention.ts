import { tf } from '../engine/index.js';
import type { ParamSpec, Params } from '../model.js';
import { linearSpecs, normSpecs } from './init.js';
import { layerNorm, matmul } from './ops.js';

/**
 * K learned tokens that read the same tiles, each through a multi-head attention module of its own. The modules are stacked
 * in parameters called `NAME.*.q_proj.weight` and so on; rows of scores are ordered head by head: row h·K + k.
 */

/** One module: q, k, v and out projections and a layer norm. */
export function tokenAttentionSpecs(name: string, d: number): ParamSpec[] {
  return [
    ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].flatMap((l) => linearSpecs(`${name}.${l}`, d, d)),
    ...normSpecs(`${name}.layer_norm`, d),
  ];
}

/**
 * Scores of every token's own attention, q·k/√(D/H). tokens: [1, K, D], tiles: [N, D] → [H·K, N]. W_k is folded into the
 * query: q·(W_k t + b_k) = (W_kᵀ q)·t + q·b_k, exact in real arithmetic, so no [N, D] keys are built for any token.
 */
export function tokenScores(
  p: Params,
  name: string,
  tokens: tf.Tensor,
  tiles: tf.Tensor2D,
  heads: number,
): tf.Tensor2D {
  const d = tiles.shape[1];
  const k = tokens.size / d;
  const width = d / heads;
  const q = tf.add(
    tf.reshape(matmul(tf.reshape(tokens, [k, 1, d]), p[`${name}.q_proj.weight`]!, false, true), [k, d]),
    p[`${name}.q_proj.bias`]!,
  ); // [K, D]
  const scale = 1 / Math.sqrt(width);
  const folded = matmul(
    tf.reshape(q, [k * heads, 1, width]),
    tf.reshape(p[`${name}.k_proj.weight`]!, [k * heads, width, d]),
  ); // [K·H, 1, D]
  const offset = tf.sum(tf.reshape(tf.mul(q, p[`${name}.k_proj.bias`]!), [k, heads, width]), -1); // [K, H]
  const query = tf.reshape(tf.mul(swapped(tf.reshape(folded, [k, heads, d])), scale), [heads * k, d]); // [H·K, D]
  const shift = tf.reshape(tf.mul(tf.transpose(offset), scale), [heads * k, 1]);
  return tf.add(matmul(query, tiles, false, true), shift) as tf.Tensor2D;
}

/**
 * What every token makes of the tiles that its heads have mixed: value and output projections, dropout, layer norm. The
 * value projection acts on the mixtures, since Σ_n a_n (W_v t_n + b_v) = W_v Σ_n a_n t_n + b_v.
 * mixed: [H·K, D], dropout: factors [K, D] → [K, D].
 */
export function tokenFeatures(
  p: Params,
  name: string,
  mixed: tf.Tensor,
  heads: number,
  eps: number,
  dropout?: tf.Tensor,
): tf.Tensor2D {
  const d = mixed.shape[1]!;
  const k = mixed.shape[0]! / heads;
  const perHead = swapped(tf.reshape(mixed, [heads, k, d])); // [K, H, D]
  const values = tf.add(
    tf.reshape(
      matmul(
        tf.reshape(perHead, [k * heads, 1, d]),
        tf.reshape(p[`${name}.v_proj.weight`]!, [k * heads, d / heads, d]),
        false,
        true,
      ), // [K·H, 1, D/H]
      [k, d],
    ),
    tf.reshape(p[`${name}.v_proj.bias`]!, [k, d]),
  ); // [K, D]
  const out = tf.reshape(p[`${name}.out_proj.weight`]!, [k, d, d]);
  const projected = tf.add(
    tf.reshape(matmul(tf.reshape(values, [k, 1, d]), out, false, true), [k, d]),
    tf.reshape(p[`${name}.out_proj.bias`]!, [k, d]),
  ); // [K, D]
  // Row k goes through layer norm k.
  const [gamma, beta] = ['weight', 'bias'].map((part) => tf.reshape(p[`${name}.layer_norm.${part}`]!, [k, d]));
  return layerNorm(dropout ? tf.mul(projected, dropout) : projected, gamma!, beta!, eps);
}

/** [A, B, D] → [B, A, D]. */
function swapped(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [1, 0, 2]);
}
