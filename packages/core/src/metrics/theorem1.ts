import type { Vector } from './simplex.js';

/**
 * Theorem 1 of the paper as numbers. Scores lie in [τ, τ + γ] on h ≥ 1 high tiles, at or below −τ on the low tiles and
 * anywhere between on the rest (Remark 3).
 */
export interface Setting {
  readonly tau: number;
  readonly gamma: number;
  /** Number of high tiles. */
  readonly high: number;
}

/** Part A: what NSF keeps to. */
export interface NsfBounds {
  /** Upper bound κ of the ratio of two high weights, σ(τ + γ) / σ(τ). */
  readonly ratio: number;
  /** The looser bound 1 + e^(−τ), free of γ. */
  readonly ratioLoose: number;
  /** Upper bound ε of a low weight, e^(−τ) / h. */
  readonly low: number;
}

export function nsfBounds({ tau, gamma, high }: Setting): NsfBounds {
  return {
    ratio: (1 + Math.exp(-tau)) / (1 + Math.exp(-(tau + gamma))),
    ratioLoose: 1 + Math.exp(-tau),
    low: Math.exp(-tau) / high,
  };
}

/** Part B: the worst that softmax with temperature T does within the setting. */
export function softmaxWorst({ tau, gamma, high }: Setting, temperature: number): { ratio: number; low: number } {
  return {
    ratio: Math.exp(gamma / temperature),
    low: 1 / (high * Math.exp((2 * tau) / temperature) + 1),
  };
}

export interface TemperatureRange {
  /** Smallest T that keeps the ratio of high weights within κ: γ / ln κ. */
  readonly min: number;
  /** Largest T that keeps every low weight within ε (appendix, Eq. 24); Infinity if every T does. */
  readonly max: number;
  /** The bound as the main text prints it, 2τ / ln(h/ε). The derivation supports `max`. */
  readonly maxMainText: number;
  /** No temperature fulfils both. */
  readonly empty: boolean;
}

/**
 * The temperatures with which softmax would reach the bounds (ε, κ); NSF's own bounds unless others are given. With one
 * high tile (h = 1) there is no ratio to keep, and `min` asks for more than is needed.
 */
export function temperatureRange(
  setting: Setting,
  target: { readonly low: number; readonly ratio: number } = nsfBounds(setting),
): TemperatureRange {
  const { tau, gamma, high } = setting;
  const odds = 1 / target.low - 1;
  const min = gamma === 0 ? 0 : gamma / Math.log(target.ratio);
  const max = odds <= high ? Number.POSITIVE_INFINITY : (2 * tau) / (Math.log(odds) - Math.log(high));
  return { min, max, maxMainText: (2 * tau) / Math.log(high / target.low), empty: min > max };
}

/** What a distribution does on the high and the low tiles: the largest ratio of two high weights, the largest low weight. */
export function observed(
  weights: Vector,
  high: readonly number[],
  low: readonly number[],
): { ratio: number; low: number } {
  const top = high.map((i) => weights[i]!);
  return { ratio: Math.max(...top) / Math.min(...top), low: Math.max(...low.map((i) => weights[i]!)) };
}
