import { matmul, type ParamSpec, product, tf } from '@asmil/core';
import { pseudoInverse } from './pseudo-inverse.js';
import { sequenceConv } from './sequence-conv.js';

/** Added to a count of kept tokens before it divides, as in the reference package. */
const EPS = 1e-8;
/** What is added to the scores of masked pairs; a row that holds nothing else becomes uniform. */
const MASKED = -1e9;

export interface NystromOptions {
  /** Heads h; each has E/h consecutive channels. */
  readonly heads: number;
  /** Landmarks m; the sequence's length is a multiple of it. */
  readonly landmarks: number;
  /** Iterations of the pseudo-inverse. */
  readonly iterations: number;
}

/** Weights of one block. D: width of the tokens, E = h·d: inner width. */
export interface NystromWeights {
  /** Queries, keys and values, [3E, D]. */
  readonly qkv: tf.Tensor;
  /** [D, E] and [D]. */
  readonly out?: { readonly weight: tf.Tensor; readonly bias: tf.Tensor };
  /** One filter a head, [h, 1, K, 1], K odd. */
  readonly conv?: tf.Tensor;
  /** In its place, a mixture of the channels of each token's values, [E, E]; for one sequence. */
  readonly mixture?: tf.Tensor;
}

/** A sequence whose landmarks are not the means over its equal runs; one sequence without a mask. */
export interface Sequence {
  /** The tokens' mean in each landmark's run, [m, D]. */
  readonly means: tf.Tensor;
  /** Added to the landmarks' scores for each token, [1, 1, L]. */
  readonly added: tf.Tensor;
}

/** How long a sequence of n tokens becomes, and the tokens l of a landmark's run: L = m·l. */
export function paddedLength(n: number, landmarks: number): { readonly length: number; readonly run: number } {
  const run = Math.ceil(n / landmarks);
  return { length: run * landmarks, run };
}

/** Zero rows in front, up to a multiple of the landmarks. x: [n, D] → [L, D]. */
export function padFront(x: tf.Tensor2D, landmarks: number): tf.Tensor2D {
  const n = x.shape[0];
  const front = paddedLength(n, landmarks).length - n;
  return tf.pad(x, [
    [front, 0],
    [0, 0],
  ]);
}

/** Everything that is multiplied with each other, channel by channel: G groups (heads, times sequences) of d channels. */
export interface Projected {
  readonly q: tf.Tensor3D; // [G, d, L], divided by √d
  readonly k: tf.Tensor3D; // [G, d, L]
  readonly v: tf.Tensor3D; // [G, d, L]
  readonly landmarks: Landmarks;
  /** Of `Sequence`. */
  readonly added?: tf.Tensor;
  /** Z, [G, m, m]. */
  readonly inverse?: tf.Tensor;
}

export interface Landmarks {
  readonly q: tf.Tensor3D; // [G, d, m], divided by √d
  readonly k: tf.Tensor3D; // [G, d, m]
  /** Which landmarks have a token that is not masked, [B, m]; absent without a mask. */
  readonly keep?: tf.Tensor;
}

/**
 * Nyström attention (Xiong et al., AAAI 2021) as the package `nystrom-attention` 0.0.14 computes it: softmax(q kᵀ) is
 * replaced by A₁ Z A₃ with A₁ = softmax(q k̃ᵀ), A₃ = softmax(q̃ kᵀ), Z the iterated pseudo-inverse of softmax(q̃ k̃ᵀ), where
 * q̃, k̃ are means over m runs of consecutive tokens. Padding zeros are tokens like others. The products run as
 * A₁ (Z (A₃ v)), which is the cheapest order, and tokens lie along the last axis, so that no head is ever transposed.
 * x: [L, D], padded in front by `padFront`, or B such sequences one below the other [B·L, D] → y: [L, D] or [B·L, D], and
 * what it was made of. mask: [B, L], 1 for tokens that take part.
 */
export function nystromAttention(
  x: tf.Tensor,
  weights: NystromWeights,
  options: NystromOptions,
  given: { readonly batch?: number; readonly mask?: tf.Tensor; readonly sequence?: Sequence } = {},
): { readonly y: tf.Tensor2D; readonly parts: Projected } {
  const batch = given.batch ?? 1;
  const parts = project(x, weights.qkv, options, given);
  const { q, k, v, landmarks } = parts;
  const ofLandmarks = parts.added ?? pairMask(landmarks.keep, given.mask, options.heads);
  const mixed = attend(landmarks.q, k, v, ofLandmarks); // [G, d, m], (A₃ v)ᵀ
  const z = pseudoInverse(landmarkAttention(parts, options), options.iterations); // [G, m, m]
  const solved = matmul(mixed, z, false, true); // [G, d, m], (Z A₃ v)ᵀ
  let o: tf.Tensor = attend(q, landmarks.k, solved, pairMask(given.mask, landmarks.keep, options.heads)); // [G, d, L]
  if (weights.conv) o = tf.add(o, sequenceConv(v, weights.conv, batch)); // [G, d, L]
  if (weights.mixture) {
    const values = tf.reshape(v, [weights.mixture.shape[1]!, -1]); // [E, L]
    o = tf.add(o, tf.reshape(matmul(weights.mixture, values), o.shape));
  }
  const joined = joinGroups(o, batch); // [E, B·L]
  const made = { ...parts, inverse: z };
  if (!weights.out) return { y: tf.transpose(joined), parts: made };
  const y = tf.add(matmul(joined, weights.out.weight, true, true), weights.out.bias) as tf.Tensor2D; // [B·L, D]
  return { y, parts: made };
}

/** The row of A₁ Z A₃ that belongs to one token, head by head. `token`: its place in the padded sequence. → [G, 1, L]. */
export function nystromRow(
  parts: Omit<Projected, 'v'>,
  token: number,
  options: NystromOptions,
  mask?: tf.Tensor,
): tf.Tensor3D {
  const { q, k, landmarks } = parts;
  const [groups, d] = q.shape;
  const query = tf.slice(q, [0, 0, token], [groups, d, 1]); // [G, d, 1]
  const toKeys = pairMask(mask && tf.slice(mask as tf.Tensor2D, [0, token], [-1, 1]), landmarks.keep, options.heads);
  const scores = matmul(query, landmarks.k, true, false); // [G, 1, m]
  const first = tf.softmax(toKeys ? tf.add(scores, toKeys) : scores) as tf.Tensor3D; // [G, 1, m]
  const z = parts.inverse ?? pseudoInverse(landmarkAttention(parts, options), options.iterations); // [G, m, m]
  const solved = matmul(first, z); // [G, 1, m]
  return weightedAttention(solved, landmarks.q, k, parts.added ?? pairMask(landmarks.keep, mask, options.heads));
}

/** Queries, keys and values of all tokens, and the landmarks. Arguments as of `nystromAttention`. */
export function project(
  x: tf.Tensor,
  qkv: tf.Tensor,
  { heads, landmarks: m }: NystromOptions,
  given: { readonly batch?: number; readonly mask?: tf.Tensor; readonly sequence?: Sequence } = {},
): Projected {
  const batch = given.batch ?? 1;
  const length = x.shape[0]! / batch;
  const tokens = given.mask ? tf.mul(x, tf.reshape(given.mask, [batch * length, 1])) : x; // [B·L, D]
  const { query, key, value } = splitWeights(qkv, heads);
  const all = matmul(tf.concat([query, key, value]), tokens, false, true); // [3E, B·L]
  const [q, k, v] = tf.split(all, 3).map((part) => splitGroups(part, heads, batch)) as [
    tf.Tensor3D,
    tf.Tensor3D,
    tf.Tensor3D,
  ];
  const { means, added } = given.sequence ?? {};
  const landmarks = means
    ? landmarksOf(means, query, key, heads)
    : projectLandmarks(tokens, query, key, heads, m, batch, given.mask);
  return { q, k, v, landmarks, ...(added && { added }) };
}

/** The three parts of the joint projection, [E, D] each; the query's is divided by √d. */
export function splitWeights(
  qkv: tf.Tensor,
  heads: number,
): { readonly query: tf.Tensor; readonly key: tf.Tensor; readonly value: tf.Tensor } {
  const [query, key, value] = tf.split(qkv, 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { query: tf.mul(query, 1 / Math.sqrt(query.shape[0]! / heads)), key, value };
}

/**
 * Landmark queries and keys. Projections are linear, so the means are taken of the tokens, once. query, key: [E, D].
 * With a mask a run's sum is divided by the number of its tokens that take part.
 */
export function projectLandmarks(
  tokens: tf.Tensor,
  query: tf.Tensor,
  key: tf.Tensor,
  heads: number,
  m: number,
  batch = 1,
  mask?: tf.Tensor,
): Landmarks {
  let means: tf.Tensor = runMeans(tokens, batch * m); // [B·m, D]
  let keep: tf.Tensor | undefined;
  if (mask) {
    const run = mask.shape[1]! / m;
    const counts = tf.sum(tf.reshape(mask, [batch * m, run]), -1, true); // [B·m, 1]
    keep = tf.reshape(tf.cast(tf.greater(counts, 0), 'float32'), [batch, m]);
    means = tf.mul(means, tf.div(run, tf.add(counts, EPS)));
  }
  return { ...landmarksOf(means, query, key, heads, batch), keep };
}

/** Queries and keys of the landmarks' mean tokens [B·m, D]. query, key: [E, D]. */
export function landmarksOf(means: tf.Tensor, query: tf.Tensor, key: tf.Tensor, heads: number, batch = 1): Landmarks {
  const both = matmul(tf.concat([query, key]), means, false, true); // [2E, B·m]
  const [q, k] = tf.split(both, 2).map((part) => splitGroups(part, heads, batch)) as [tf.Tensor3D, tf.Tensor3D];
  return { q, k };
}

/** A₂ = softmax(q̃ k̃ᵀ), [G, m, m]. */
export function landmarkAttention({ landmarks }: Pick<Projected, 'landmarks'>, { heads }: NystromOptions): tf.Tensor3D {
  const { q, k, keep } = landmarks;
  const scores = matmul(q, k, true, false); // [G, m, m]
  const mask = pairMask(keep, keep, heads);
  return tf.softmax((mask ? tf.add(scores, mask) : scores) as tf.Tensor3D);
}

/** 0 where both the row's and the column's token take part, else a large negative number. rows: [B, R], columns: [B, C] → [B·h, R, C]. */
export function pairMask(
  rows: tf.Tensor | undefined,
  columns: tf.Tensor | undefined,
  heads: number,
): tf.Tensor | undefined {
  if (!rows || !columns) return undefined;
  const [batch, r] = rows.shape as [number, number];
  const c = columns.shape[1]!;
  const pairs = tf.mul(tf.reshape(rows, [batch, r, 1]), tf.reshape(columns, [batch, 1, c])); // [B, R, C]
  const added = tf.mul(tf.sub(pairs, 1), -MASKED);
  return tf.reshape(tf.tile(tf.reshape(added, [batch, 1, r, c]), [1, heads, 1, 1]), [batch * heads, r, c]);
}

/** [h·d, B·L] → [B·h, d, L]. */
function splitGroups(x: tf.Tensor, heads: number, batch: number): tf.Tensor3D {
  const [e, tokens] = x.shape as [number, number];
  const [d, length] = [e / heads, tokens / batch];
  if (batch === 1) return tf.reshape(x, [heads, d, length]);
  const apart = tf.transpose(tf.reshape(x, [heads, d, batch, length]), [2, 0, 1, 3]); // [B, h, d, L]
  return tf.reshape(apart, [batch * heads, d, length]);
}

/** [B·h, d, L] → [h·d, B·L]. */
function joinGroups(x: tf.Tensor, batch: number): tf.Tensor2D {
  const [groups, d, length] = x.shape as [number, number, number];
  const heads = groups / batch;
  if (batch === 1) return tf.reshape(x, [heads * d, length]);
  return tf.reshape(tf.transpose(tf.reshape(x, [batch, heads, d, length]), [1, 2, 0, 3]), [heads * d, batch * length]);
}

/** Means over runs of equally many consecutive rows. x: [r·l, D] → [r, D]. */
function runMeans(x: tf.Tensor, runs: number): tf.Tensor2D {
  const [rows, d] = x.shape as [number, number];
  const run = rows / runs;
  return tf.customGrad((...args: unknown[]) => {
    const [z] = args as [tf.Tensor];
    return {
      value: tf.mean(tf.reshape(z, [runs, run, d]), 1),
      gradFunc: (dy: tf.Tensor) => {
        // The run's length as a tensor, since a compiled step holds no number that follows the bag's size but integers.
        const share = tf.div(dy, tf.cast(tf.scalar(run, 'int32'), 'float32')); // [r, D]
        return tf.reshape(tf.tile(tf.reshape(share, [runs, 1, d]), [1, run, 1]), [rows, d]);
      },
    };
  })(x) as tf.Tensor2D;
}

/**
 * (softmax(qᵀ k) vᵀ)ᵀ with tokens along the last axis. The gradient of the softmax needs Σ dA ⊙ A of each row, which is
 * Σ dO ⊙ O over the channels: no further pass over the large matrix.
 * q: [G, d, R], k: [G, d, C], v: [G, e, C], mask: added to the scores [G, R, C] → [G, e, R].
 */
function attend(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, mask?: tf.Tensor): tf.Tensor3D {
  return tf.customGrad((...args: unknown[]) => {
    const [x, y, z, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const a = attentionOf(x, y, mask); // [G, R, C]
    const o = product(z, a, false, true); // [G, e, R]
    save([x, y, z, a, o]);
    return {
      value: o,
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => {
        const [qs, ks, vs, as, os] = s as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const [groups, , rows] = os.shape as [number, number, number];
        const along = tf.reshape(tf.sum(tf.mul(dy, os), 1), [groups, rows, 1]);
        const ds = tf.mul(tf.sub(product(dy, vs, true, false), along), as); // [G, R, C]
        return [product(ks, ds, false, true), product(qs, ds, false, false), product(dy, as, false, false)];
      },
    };
  })(q, k, v) as tf.Tensor3D;
}

/**
 * b softmax(qᵀ k) for one row b a group. b: [G, 1, R], q: [G, d, R], k: [G, d, C] → [G, 1, C].
 * With dA = bᵀ dO the gradient of the scores is b ⊙ A ⊙ (dO − dOAᵀ), whose b goes to the small side of the products.
 */
function weightedAttention(b: tf.Tensor, q: tf.Tensor, k: tf.Tensor, mask?: tf.Tensor): tf.Tensor3D {
  return tf.customGrad((...args: unknown[]) => {
    const [w, x, y, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const a = attentionOf(x, y, mask); // [G, R, C]
    save([w, x, y, a]);
    return {
      value: product(w, a, false, false),
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => {
        const [bs, qs, ks, as] = s as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const db = product(dy, as, false, true); // [G, 1, R]
        const [groups, , rows] = db.shape as [number, number, number];
        const ds = tf.mul(tf.sub(dy, tf.reshape(db, [groups, rows, 1])), as); // [G, R, C], without b
        return [db, tf.mul(product(ks, ds, false, true), bs), product(tf.mul(qs, bs), ds, false, false)];
      },
    };
  })(b, q, k) as tf.Tensor3D;
}

function attentionOf(q: tf.Tensor, k: tf.Tensor, mask?: tf.Tensor): tf.Tensor3D {
  const scores = product(q, k, true, false);
  return tf.softmax((mask ? tf.add(scores, mask) : scores) as tf.Tensor3D);
}

/** Parameters of the block under the names of the PyTorch package, PyTorch's default starts. */
export function nystromSpecs(name: string, d: number, heads: number, kernel: number): ParamSpec[] {
  const bound = 1 / Math.sqrt(d);
  return [
    { name: `${name}.to_qkv.weight`, shape: [3 * d, d], init: { kind: 'uniform', bound } },
    { name: `${name}.to_out.0.weight`, shape: [d, d], init: { kind: 'uniform', bound } },
    { name: `${name}.to_out.0.bias`, shape: [d], init: { kind: 'uniform', bound } },
    {
      name: `${name}.res_conv.weight`,
      shape: [heads, 1, kernel, 1],
      init: { kind: 'uniform', bound: 1 / Math.sqrt(kernel) },
    },
  ];
}
