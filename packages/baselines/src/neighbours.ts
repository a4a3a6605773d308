import { engineInfo, tf } from '@asmil/core';
import { nearest } from './nearest.js';

/** Nearest tiles that a weight is relative to, and those that are kept, the tile itself among both. */
const STORED = 16;
const KEPT = 8;
/** Cosine distances below this are those of equal features. */
const SAME = 1e-12;

/** The graph of a bag: for each tile the tiles that it attends to, with weights. */
export interface NeighbourGraph {
  /** Columns k = min(8, N). */
  readonly count: number;
  /** Row-major [N, k]. */
  readonly index: Int32Array;
  readonly weight: Float32Array;
  /** Row-major [N, min(16, N)]: the nearest tiles, and 1 − cos of the features to each of them. */
  readonly stored: { readonly count: number; readonly index: Int32Array; readonly distance: Float64Array };
}

/** Columns of the graph of a bag of n tiles. */
export function neighbourCount(n: number): number {
  return Math.min(KEPT, n);
}

/**
 * CAMIL's graph: each tile and its 7 nearest by coordinates. The 15 nearest have the cosine distances c of their features,
 * as a row of length 1, and the weights e^(−c); the tile itself weighs as much as the largest of them.
 * coords: row-major [N, 2], features: row-major [N, D].
 */
export function neighbourGraph(coords: ArrayLike<number>, features: Float32Array): NeighbourGraph {
  const n = coords.length / 2;
  const d = features.length / n;
  const { count: stored, index: near } = nearest(coords, STORED);
  const norms = Float64Array.from({ length: n }, (_, i) => Math.sqrt(dot(features, i, i, d)));
  const distance = Float64Array.from(near, (j, at) => {
    const i = Math.floor(at / stored);
    const apart = 1 - dot(features, i, j, d) / (norms[i]! * norms[j]!);
    // NaN of a zero vector, and rounding noise between equal ones, which the division by the row's length would blow up.
    return Math.abs(apart) > SAME ? apart : 0;
  });
  const count = neighbourCount(n);
  const index = new Int32Array(n * count);
  const weight = new Float32Array(n * count);
  for (let i = 0; i < n; i++) {
    const others = distance.subarray(i * stored + 1, (i + 1) * stored);
    const length = Math.sqrt(others.reduce((sum, v) => sum + v * v, 0));
    const similar = Array.from(others, (v) => Math.exp(length > 0 ? -v / length : 0));
    const own = similar.length > 0 ? Math.max(...similar) : 1;
    index.set(near.subarray(i * stored, i * stored + count), i * count);
    weight.set([own, ...similar].slice(0, count), i * count);
  }
  return { count, index, weight, stored: { count: stored, index: near, distance } };
}

function dot(features: Float32Array, i: number, j: number, d: number): number {
  let sum = 0;
  for (let a = i * d, b = j * d, end = a + d; a < end; a++, b++) sum += features[a]! * features[b]!;
  return sum;
}

/**
 * Σ_c weight[i, c] x[index[i, c]], the product of the sparse graph with the rows of x; no matrix of N × N.
 * x: [N, D], index: int32 [N, k], weight: [N, k] → [N, D].
 */
export function neighbourSum(x: tf.Tensor, index: tf.Tensor, weight: tf.Tensor): tf.Tensor2D {
  const [n, k] = index.shape as [number, number];
  const flat = tf.reshape(index, [n * k]) as tf.Tensor1D;
  return tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const d = z.shape[1];
    save([flat, weight]);
    const rows = tf.reshape(tf.gather(z, flat), [n, k, d]);
    return {
      value: tf.sum(tf.mul(rows, tf.reshape(weight, [n, k, 1])), 1),
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => {
        const [at, w] = s as [tf.Tensor1D, tf.Tensor];
        if (engineInfo()?.name === 'wasm') return [scatter(dy, at, w)];
        const parts = tf.mul(tf.reshape(dy, [n, 1, d]), tf.reshape(w, [n, k, 1])); // [N, k, D]
        return [tf.unsortedSegmentSum(tf.reshape(parts, [n * k, d]), at, n)];
      },
    };
  })(x) as tf.Tensor2D;
}

/** The transposed product, added up here: WebAssembly has no kernel for it, and runs nothing but eager steps. */
function scatter(dy: tf.Tensor, index: tf.Tensor1D, weight: tf.Tensor): tf.Tensor2D {
  const [n, d] = dy.shape as [number, number];
  const [rows, at, w] = [dy.dataSync(), index.dataSync(), weight.dataSync()];
  const k = at.length / n;
  const sum = new Float32Array(n * d);
  for (let e = 0; e < at.length; e++) {
    const [from, to, share] = [Math.floor(e / k) * d, at[e]! * d, w[e]!];
    for (let c = 0; c < d; c++) sum[to + c]! += share * rows[from + c]!;
  }
  return tf.tensor2d(sum, [n, d]);
}
