/**
 * IBMIL's dictionary of confounders: k-means over the bag features of the training slides, each divided by its length, and
 * for every cluster the mean of its features as they are. Numbers are float64. Rows: [S, D], as many as slides.
 */

/** Rounds of assignment and update. */
const ITERATIONS = 20;
/** How far the halves of a split cluster are moved apart, as faiss does. */
const SPLIT = 1 / 1024;

type Row = Float64Array<ArrayBuffer>;

export interface Confounders {
  /** Features over (length + 1e-10). */
  readonly normalised: readonly Row[];
  /** Cluster of each slide. */
  readonly labels: readonly number[];
  /** Slides of each cluster; may be 0. */
  readonly sizes: readonly number[];
  readonly centroids: readonly Row[];
  /** Mean feature of each cluster that holds a slide. */
  readonly prototypes: readonly Row[];
}

/**
 * At most `k` confounders of S features. `firstRows` are the slides whose normalised features are the first centroids; by
 * default those of `firstCentroids`. A cluster that loses its last slide takes half of the largest one.
 */
export function confounders(
  features: readonly ArrayLike<number>[],
  k: number,
  firstRows: readonly number[] = firstCentroids(features.length, k),
): Confounders {
  const normalised = features.map((row) => {
    const length = Math.sqrt(Array.from(row).reduce((sum, v) => sum + v * v, 0)) + 1e-10;
    return Float64Array.from(row, (v) => v / length);
  });
  let centroids = firstRows.map((row) => normalised[row]!.slice());
  const assigned = (): number[] => normalised.map((row) => nearest(row, centroids));
  for (let i = 0; i < ITERATIONS; i++) centroids = updated(normalised, assigned(), centroids);
  const labels = assigned();
  const clusters = centroids.map((_, c) => features.filter((_, i) => labels[i] === c));
  return {
    normalised,
    labels,
    sizes: clusters.map((rows) => rows.length),
    centroids,
    prototypes: clusters.filter((rows) => rows.length > 0).map(mean),
  };
}

/** The closest centroid by squared distance, the lowest of equally close ones. */
function nearest(row: Row, centroids: readonly Row[]): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  centroids.forEach((centroid, c) => {
    const distance = centroid.reduce((sum, v, j) => sum + (row[j]! - v) ** 2, 0);
    if (distance < least) [best, least] = [c, distance];
  });
  return best;
}

/** Means of the clusters; an empty one becomes a copy of the largest, and the two are moved apart coordinate by coordinate. */
function updated(rows: readonly Row[], labels: readonly number[], before: readonly Row[]): Row[] {
  const clusters = before.map((_, c) => rows.filter((_, i) => labels[i] === c));
  const counts = clusters.map((own) => own.length);
  const out = clusters.map((own, c) => (own.length > 0 ? mean(own) : before[c]!));
  for (let c = 0; c < out.length; c++) {
    if (counts[c]! > 0) continue;
    const largest = counts.indexOf(Math.max(...counts));
    const sign = (j: number): number => (j % 2 === 0 ? 1 : -1);
    out[c] = out[largest]!.map((v, j) => v * (1 + sign(j) * SPLIT));
    out[largest] = out[largest]!.map((v, j) => v * (1 - sign(j) * SPLIT));
    counts[c] = Math.floor(counts[largest]! / 2);
    counts[largest] = counts[largest]! - counts[c]!;
  }
  return out;
}

function mean(rows: readonly ArrayLike<number>[]): Row {
  return Float64Array.from(
    { length: rows[0]!.length },
    (_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length,
  );
}

/**
 * The slides whose features are the first centroids, as faiss draws them for the seed 66 of the code base: the head of a
 * permutation made by exchanging place i with i + (next number mod (S − i)), from a Mersenne Twister with seed + 1.
 */
export function firstCentroids(slides: number, k: number, seed = 66): number[] {
  const next = mersenneTwister(seed + 1);
  const order = Array.from({ length: slides }, (_, i) => i);
  for (let i = 0; i < slides - 1; i++) {
    const j = i + (next() % (slides - i));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order.slice(0, k);
}

/** MT19937 (Matsumoto and Nishimura 1998): a stream of 32-bit integers. */
function mersenneTwister(seed: number): () => number {
  const [n, m] = [624, 397];
  const state = new Uint32Array(n);
  state[0] = seed;
  for (let i = 1; i < n; i++) {
    const before = state[i - 1]!;
    state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
  }
  let at = n;
  return () => {
    if (at === n) {
      for (let i = 0; i < n; i++) {
        const y = (state[i]! & 0x80000000) | (state[(i + 1) % n]! & 0x7fffffff);
        state[i] = state[(i + m) % n]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      at = 0;
    }
    let y = state[at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}
