import { type Draw, noGrad, type Params, type Rng, ranks, tf, topIndices } from '@asmil/core';

/** Masked hard instance mining: which tiles a step leaves out, by the rank of the teacher's attention. */

/** Shares of the bag that each stage masks. */
export interface MaskRatios {
  /** Of all tiles, at random. */
  readonly random: number;
  /** Of the least attended tiles. */
  readonly low: number;
  /** Of the most attended tiles; of 1/`highShare` times as many, that share is chosen at random. */
  readonly high: number;
  readonly highShare: number;
}

/** A random order of 0 … k − 1. */
export type Permute = (k: number) => readonly number[];

/**
 * What stays (1) and what is masked (0) by place in the order of the teacher's attention, [N] each: `ascending` for the
 * random and the low stage, `descending` for the high one, where those stages are on at all. Where the rows of several
 * heads vote, the random stage goes by tile, and of each head's least (or most) attended tiles `lowest` (`highest`) vote.
 */
export function keptByPlace(
  n: number,
  ratios: MaskRatios,
  on: MaskRatios,
  permute: Permute,
  votes = false,
): Record<string, Draw> {
  const byTile = new Float32Array(n).fill(1);
  const ascending = votes ? new Float32Array(n).fill(1) : byTile;
  const descending = new Float32Array(n).fill(1);
  // The reference asks for a share of 0.001, which stands for: of all tiles.
  mask(byTile, ratios.random, 0.001, permute);
  const lowest = mask(ascending, ratios.low, 1, permute);
  const highest = mask(descending, ratios.high, ratios.highShare, permute);
  const list = (values: Float32Array): Draw => ({ shape: [n], values });
  const count = (k: number): Draw => ({ shape: [1], values: Float32Array.of(k) });
  const low = on.low > 0 || (on.random > 0 && !votes);
  return {
    ...(votes && on.random > 0 && { byTile: list(byTile) }),
    ...(low && { ascending: list(ascending), ...(votes && { lowest: count(lowest) }) }),
    ...(on.high > 0 && { descending: list(descending), ...(votes && { highest: count(highest) }) }),
  };
}

/**
 * One selection: of the first k = ⌈N·ratio/share⌉ places the share that a random order puts in front, all for share 1.
 * Returns k.
 */
function mask(places: Float32Array, ratio: number, share: number, permute: Permute): number {
  if (ratio === 0) return 0;
  const reach = ratio / share;
  const part = reach > 1 ? ratio : share;
  const k = Math.ceil(places.length * Math.min(reach, 1));
  if (part >= 1) places.fill(0, 0, k);
  else for (const place of permute(k).slice(0, Math.ceil(k * part))) places[place] = 0;
  return k;
}

export function permutation(rng: Rng): Permute {
  return (k) => rng.shuffle(Array.from({ length: k }, (_, i) => i));
}

/**
 * The tiles that stay, 1 or 0, from the teacher's attention and what `keptByPlace` has drawn; all of them where none would.
 * attention: [1, N], or [h, N] where the heads vote → [1, N], no gradient.
 */
export function keptTiles(attention: tf.Tensor, draws: Params): tf.Tensor {
  return noGrad(() => {
    const n = attention.shape[1]!;
    const byTile = (places: tf.Tensor, from: tf.Tensor, voting: tf.Tensor | undefined): tf.Tensor => {
      const order = topIndices(voting ? ballot(from, voting) : from, n); // int32 [1, N]
      return tf.reshape(tf.scatterND(tf.reshape(order, [n, 1]), places, [n]), [1, n]);
    };
    const { byTile: random, ascending, lowest, descending, highest } = draws;
    const parts = [
      ...(random ? [tf.reshape(random, [1, n])] : []),
      ...(ascending ? [byTile(ascending, tf.neg(attention), lowest)] : []),
      ...(descending ? [byTile(descending, attention, highest)] : []),
    ];
    if (parts.length === 0) return tf.ones([1, n]);
    const kept = parts.reduce((a, b) => tf.mul(a, b));
    return tf.add(kept, tf.cast(tf.equal(tf.sum(kept), 0), 'float32'));
  });
}

/** How many heads have each tile among the first k of theirs. scores: [h, N] → [1, N]. */
function ballot(scores: tf.Tensor, k: tf.Tensor): tf.Tensor {
  return tf.sum(tf.cast(tf.less(ranks(scores), k), 'float32'), 0, true);
}

/** From `base` to `final` along half a cosine; `progress` of the way lies behind. */
export function cosineTo(base: number, final: number, progress: number): number {
  return final + 0.5 * (base - final) * (1 + Math.cos(Math.PI * progress));
}
