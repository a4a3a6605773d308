import { erf } from 'mathjs/number';
import { mean } from './describe.js';
import { ranks } from './rank.js';

export interface Friedman {
  /** Data sets (blocks) and methods compared on all of them. */
  readonly datasets: number;
  readonly methods: number;
  /** Mean rank of each method over the data sets; 1 is the best. */
  readonly averageRanks: readonly number[];
  /** χ²_F with methods − 1 degrees of freedom. */
  readonly chi2: number;
  readonly p: number;
  /** Nemenyi's critical difference of average ranks at α = 0.05; null for more methods than the table has. */
  readonly criticalDifference: number | null;
}

/** q_0.05 of the studentised range over √2, by the number of methods from 2 on (Demšar, JMLR 2006, Table 5a). */
const Q_05 = [
  ...[1.96, 2.343, 2.569, 2.728, 2.85, 2.949, 3.031, 3.102, 3.164, 3.219],
  ...[3.268, 3.313, 3.354, 3.391, 3.426, 3.458, 3.489, 3.517, 3.544],
];

/** Rank of each method on one data set, 1 for the highest score; equal scores share the mean of their ranks. */
export function ranksOf(scores: readonly number[]): number[] {
  return ranks(scores.map((score) => -score));
}

/**
 * Friedman's test and Nemenyi's critical difference (Demšar, JMLR 2006) of scores[data set][method], higher being better.
 * χ²_F = 12 N / (k (k + 1)) · (Σ R² − k (k + 1)² / 4), CD = q √(k (k + 1) / (6 N)). Null for fewer than two of either.
 */
export function friedman(scores: readonly (readonly number[])[]): Friedman | null {
  const n = scores.length;
  const k = scores[0]?.length ?? 0;
  if (n < 2 || k < 2) return null;
  if (scores.some((row) => row.length !== k)) throw new RangeError('friedman needs every method on every data set');
  const byDataset = scores.map(ranksOf);
  const averageRanks = Array.from({ length: k }, (_, m) => mean(byDataset.map((row) => row[m]!))!);
  const squares = averageRanks.reduce((sum, rank) => sum + rank ** 2, 0);
  const chi2 = ((12 * n) / (k * (k + 1))) * (squares - (k * (k + 1) ** 2) / 4);
  const q = Q_05[k - 2];
  return {
    datasets: n,
    methods: k,
    averageRanks,
    chi2,
    p: chiSquareTail(chi2, k - 1),
    criticalDifference: q === undefined ? null : q * Math.sqrt((k * (k + 1)) / (6 * n)),
  };
}

/** P(χ² with `df` degrees of freedom > x), by its closed form for whole degrees. */
export function chiSquareTail(x: number, df: number): number {
  if (x <= 0) return 1;
  const half = x / 2;
  let term = df % 2 === 0 ? Math.exp(-half) : Math.sqrt(half / Math.PI) * 2 * Math.exp(-half);
  let tail = df % 2 === 0 ? term : 1 - erf(Math.sqrt(half)) + (df > 1 ? term : 0);
  for (let i = df % 2 === 0 ? 1 : 1.5; i < df / 2; i += 1) {
    term *= half / i;
    tail += term;
  }
  return Math.min(1, tail);
}

/** Maximal groups of methods, best rank first, whose average ranks lie within the critical difference; pairs at least. */
export function cliques(averageRanks: readonly number[], criticalDifference: number): number[][] {
  const order = averageRanks.map((_, i) => i).sort((a, b) => averageRanks[a]! - averageRanks[b]! || a - b);
  let reached = 0;
  return order.flatMap((first, start) => {
    const group = order.slice(start).filter((i) => averageRanks[i]! - averageRanks[first]! <= criticalDifference);
    if (start + group.length <= reached || group.length < 2) return [];
    reached = start + group.length;
    return [group];
  });
}
