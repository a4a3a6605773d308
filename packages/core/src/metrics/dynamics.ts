import type { AttentionSummary, BagEpoch } from '../train/types.js';
import { auc } from './ranks.js';
import { renormalise, type Vector } from './simplex.js';
import { mean, meanDefined } from './summary.js';

export interface JsdOptions {
  /** Raises all weights to at least this value and leaves out the renormalisation: 1e-8 is what the released code does. */
  readonly clamp?: number;
}

/**
 * Jensen–Shannon divergence of two distributions over the same N tiles in nats (paper, Eq. 3): a sum over tiles in
 * float64, p and q scaled to sum 1 first, 0 ln 0 = 0. In [0, ln 2].
 */
export function jsd(p: Vector, q: Vector, options: JsdOptions = {}): number {
  if (p.length !== q.length || p.length === 0)
    throw new Error(`jsd: distributions over ${p.length} and ${q.length} tiles; expected the same number, at least 1`);
  const { clamp } = options;
  // RELEASE: clamped values are used as they are, so the result may leave the range by a rounding.
  const [a, b] = clamp === undefined ? [renormalise(p), renormalise(q)] : [raise(p, clamp), raise(q, clamp)];
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const half = (a[i]! + b[i]!) / 2;
    if (a[i]! > 0) sum += 0.5 * a[i]! * Math.log(a[i]! / half);
    if (b[i]! > 0) sum += 0.5 * b[i]! * Math.log(b[i]! / half);
    if (Number.isNaN(half)) return Number.NaN; // which both comparisons above pass over
  }
  return clamp === undefined ? Math.min(Math.max(sum, 0), Math.LN2) : sum;
}

function raise(p: Vector, least: number): Float64Array {
  return Float64Array.from(p, (v) => Math.max(v, least));
}

/** Entropy / ln N: 1 for flat attention, 0 for all on one tile; null for N = 1, where it is 0/0. */
export function entropyRatio(p: Vector): number | null {
  if (p.length < 2) return null;
  let entropy = 0;
  for (const v of renormalise(p)) if (v !== 0) entropy -= v * Math.log(v);
  return entropy / Math.log(p.length);
}

/** Largest weight × N: 1 for flat attention, N for all on one tile. */
export function peak(p: Vector): number {
  const w = renormalise(p);
  let top = w[0]!;
  for (const v of w) if (v > top) top = v;
  return top * p.length;
}

/** The smallest number of tiles that hold half of the mass, and its share of N. */
export function halfMass(p: Vector): { count: number; share: number } {
  const w = renormalise(p).sort().reverse();
  let sum = 0;
  let count = 0;
  // Flat attention over an even N sums to one half only up to rounding.
  while (count < w.length && sum < 0.5 - 1e-12) sum += w[count++]!;
  return { count, share: count / w.length };
}

/** Attention mass on the instances labelled 1; null if none is. */
export function instanceMass(p: Vector, labels: ArrayLike<number>): number | null {
  let sum = 0;
  let any = false;
  renormalise(p).forEach((v, i) => {
    if (!labels[i]) return;
    any = true;
    sum += v;
  });
  return any ? sum : null;
}

/** AUC of attention against the instance labels of one bag; null unless the bag holds both kinds. */
export function instanceAuc(p: Vector, labels: ArrayLike<number>): number | null {
  return auc(p, labels);
}

/** Attention of one bag, row-major [M, N], each row a distribution over the N tiles. */
export interface AttentionMap {
  readonly rows: number;
  readonly n: number;
  readonly values: Vector;
}

/** Row i as a vector [N]. */
export function rowOf(map: AttentionMap, i: number): Vector {
  return map.values.slice(i * map.n, (i + 1) * map.n);
}

/** What attention does on one bag at one epoch, each figure taken per row and then averaged. */
export interface BagAttention extends Omit<BagEpoch, 'crossEntropy' | 'entropy'> {
  /** null for N = 1. */
  readonly entropy: number | null;
}

/** `previous`: the same bag's map one epoch before; without it `jsd` is null. `instanceLabels`: [N], 0 or 1. */
export function bagAttention(
  map: AttentionMap,
  given: { readonly previous?: AttentionMap | undefined; readonly instanceLabels?: ArrayLike<number> | undefined } = {},
): BagAttention {
  const { previous, instanceLabels } = given;
  if (map.rows < 1 || map.values.length !== map.rows * map.n)
    throw new Error(`attention map: ${map.values.length} values; expected rows × tiles = ${map.rows} × ${map.n}`);
  if (instanceLabels !== undefined && instanceLabels.length !== map.n)
    throw new Error(`attention map: ${instanceLabels.length} instance labels for ${map.n} tiles`);
  const rows = Array.from({ length: map.rows }, (_, i) => rowOf(map, i));
  return {
    jsd: previous === undefined ? null : mapJsd(previous, map),
    peak: mean(rows.map(peak)),
    entropy: meanDefined(rows.map(entropyRatio)),
    halfMass: mean(rows.map((p) => halfMass(p).share)),
    instanceMass: instanceLabels === undefined ? null : meanDefined(rows.map((p) => instanceMass(p, instanceLabels))),
    instanceAuc: instanceLabels === undefined ? null : meanDefined(rows.map((p) => instanceAuc(p, instanceLabels))),
  };
}

/** JSD per row, then the mean over rows. */
export function mapJsd(a: AttentionMap, b: AttentionMap, options: JsdOptions = {}): number {
  if (a.rows !== b.rows) throw new Error(`jsd: attention maps of ${a.rows} and ${b.rows} rows; expected as many`);
  return mean(Array.from({ length: a.rows }, (_, i) => jsd(rowOf(a, i), rowOf(b, i), options)));
}

/** Means over a set's bags at one epoch, undefined values left out; null for no bags. */
export function summariseAttention(bags: readonly BagAttention[]): AttentionSummary | null {
  if (bags.length === 0) return null;
  return {
    jsd: meanDefined(bags.map((bag) => bag.jsd)),
    peak: mean(bags.map((bag) => bag.peak)),
    // A set of one-instance bags alone: attention cannot be anything but flat.
    entropy: meanDefined(bags.map((bag) => bag.entropy)) ?? 1,
    halfMass: mean(bags.map((bag) => bag.halfMass)),
    instanceMass: meanDefined(bags.map((bag) => bag.instanceMass)),
    instanceAuc: meanDefined(bags.map((bag) => bag.instanceAuc)),
  };
}

/**
 * JSD between consecutive epochs of one bag, E maps → E − 1 values in order of epochs. `withUniform` puts the divergence
 * of the first map from flat attention in front, as the released plot does.
 */
export function jsdSeries(
  maps: readonly AttentionMap[],
  options: JsdOptions & { readonly withUniform?: boolean } = {},
): number[] {
  const series = maps.slice(1).map((map, t) => mapJsd(maps[t]!, map, options));
  const first = maps[0];
  if (!options.withUniform || first === undefined) return series;
  const flat = { ...first, values: new Float64Array(first.values.length).fill(1 / first.n) };
  return [mapJsd(first, flat, options), ...series];
}

/** A JSD series of T values in two numbers: the mean of its last 10 values and its mean over all t. null for none. */
export function summariseSeries(series: readonly number[]): { tail: number | null; area: number | null } {
  return { tail: meanDefined(series.slice(-10)), area: meanDefined(series) };
}
