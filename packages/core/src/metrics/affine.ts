import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import type { Vector } from './simplex.js';

/** Unit roundoff of the rank decision, NumPy's `finfo(float64).eps`. */
const EPSILON = 2 ** -52;

export interface AugmentedRank {
  readonly rank: number;
  /** Descending, min(n, d + 1) of them. */
  readonly singularValues: number[];
}

export interface RankOptions {
  /**
   * Singular values up to this share of the largest count as zero; max(n, d + 1) · 2⁻⁵² without it. For features that
   * carry a rounding of their own (printed with nine digits: 1e-8), which hides exact dependence from the default.
   */
  readonly relative?: number;
}

/**
 * Rank of [X, 1], the features [n, d] (row-major) with a column of ones, in float64: the number of singular values above
 * σ_max · max(n, d + 1) · 2⁻⁵².
 */
export function augmentedRank(features: Vector, n: number, d: number, options: RankOptions = {}): AugmentedRank {
  if (features.length !== n * d || n < 1)
    throw new Error(`affine dependence: ${features.length} values; expected n × d = ${n} × ${d}`);
  // The decomposition iterates until a comparison holds, which a NaN never lets happen.
  if (!features.every((v: number) => Number.isFinite(v)))
    throw new Error('affine dependence: the features hold a value that is not finite');
  const augmented = new Matrix(n, d + 1);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) augmented.set(i, j, features[i * d + j]!);
    augmented.set(i, d, 1);
  }
  const { diagonal } = new SingularValueDecomposition(augmented, {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
    autoTranspose: true,
  });
  const singularValues = [...diagonal].slice(0, Math.min(n, d + 1)).sort((a, b) => b - a);
  const bound = singularValues[0]! * (options.relative ?? Math.max(n, d + 1) * EPSILON);
  return { rank: singularValues.filter((s) => s > bound).length, singularValues };
}

/**
 * Whether a bag is affinely dependent (paper, Table 7): some ψ ≠ 0 has Σψ_i = 0 and Σψ_i x_i = 0, so that different
 * attention gives the same bag feature. `features`: row-major [n, d] as the extractor gave them.
 */
export function affinelyDependent(features: Vector, n: number, d: number, options: RankOptions = {}): boolean {
  if (n > d + 1) return true; // more points than an affine space of dimension d can hold independently
  if (n === 1) return false;
  return augmentedRank(features, n, d, options).rank < n;
}

/** Share of affinely dependent bags, 0 to 1. */
export function affineRatio(
  bags: readonly { readonly features: Vector; readonly n: number; readonly d: number }[],
  options: RankOptions = {},
): number {
  return bags.filter((bag) => affinelyDependent(bag.features, bag.n, bag.d, options)).length / bags.length;
}
