import { type Draw, noGrad, type Rng, tf, topIndices } from '@asmil/core';

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
 * random and the low stage, `descending` for the high one, where those stages are on at all.
 */
export function keptByPlace(n: number, ratios: MaskRatios, on: MaskRatios, permute: Permute): Record<string, Draw> {
  const ascending = new Float32Array(n).fill(1);
  const descending = new Float32Array(n).fill(1);
  // The reference asks for a share of 0.001, which stands for: of all tiles.
  mask(ascending, ratios.random, 0.001, permute);
  mask(ascending, ratios.low, 1, permute);
  mask(descending, ratios.high, ratios.highShare, permute);
  return {
    ...((on.random > 0 || on.low > 0) && { ascending: { shape: [n], values: ascending } }),
    ...(on.high > 0 && { descending: { shape: [n], values: descending } }),
  };
}

/** One selection: of the first ⌈N·ratio/share⌉ places the share that a random order puts in front, all for share 1. */
function mask(places: Float32Array, ratio: number, share: number, permute: Permute): void {
  if (ratio === 0) return;
  const reach = ratio / share;
  const part = reach > 1 ? ratio : share;
  const k = Math.ceil(places.length * Math.min(reach, 1));
  if (part >= 1) places.fill(0, 0, k);
  else for (const place of permute(k).slice(0, Math.ceil(k * part))) places[place] = 0;
}

export function permutation(rng: Rng): Permute {
  return (k) => rng.shuffle(Array.from({ length: k }, (_, i) => i));
}

/**
 * The tiles that stay, 1 or 0, from the teacher's attention and what `keptByPlace` has drawn; all of them where none would.
 * attention: [1, N] → [1, N], no gradient.
 */
export function keptTiles(attention: tf.Tensor, ascending?: tf.Tensor, descending?: tf.Tensor): tf.Tensor {
  return noGrad(() => {
    const n = attention.shape[1]!;
    const byTile = (places: tf.Tensor, largestFirst: boolean): tf.Tensor => {
      const order = topIndices(largestFirst ? attention : tf.neg(attention), n); // int32 [1, N]
      return tf.reshape(tf.scatterND(tf.reshape(order, [n, 1]), places, [n]), [1, n]);
    };
    const parts = [...(ascending ? [byTile(ascending, false)] : []), ...(descending ? [byTile(descending, true)] : [])];
    if (parts.length === 0) return tf.onesLike(attention);
    const kept = parts.reduce((a, b) => tf.mul(a, b));
    return tf.add(kept, tf.cast(tf.equal(tf.sum(kept), 0), 'float32'));
  });
}

/** From `base` to `final` along half a cosine; `progress` of the way lies behind. */
export function cosineTo(base: number, final: number, progress: number): number {
  return final + 0.5 * (base - final) * (1 + Math.cos(Math.PI * progress));
}
