import type { Ring } from '../ring.js';

/** A slide has some hundred rows of tiles; more bands than this would only cost memory. */
const MOST_BANDS = 4096;
/** In how many bands an edge may stand on average. */
const BANDS_AN_EDGE = 8;

/** The edges of many rings, found by the rows of the slide that they cross. */
export class EdgeIndex {
  /** Ends of each edge as they stand in the ring: x and y of the first, x and y of the second. */
  readonly ends: Float64Array;
  /** The ring that each edge is of. */
  readonly ring: Int32Array;
  private readonly bands: number[][];
  private readonly first: number;
  private readonly height: number;
  /** The query that an edge was last given to: a long edge stands in several bands. */
  private readonly seen: Int32Array;
  private query = 0;

  /** `height`: about the height of a query, above 0. */
  constructor(rings: readonly Ring[], height: number) {
    const count = rings.reduce((sum, ring) => sum + Math.max(0, ring.length / 2 - 1), 0);
    this.ends = new Float64Array(4 * count);
    this.ring = new Int32Array(count);
    this.seen = new Int32Array(count);
    let [low, high, rise] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    let edge = 0;
    rings.forEach((ring, r) => {
      for (let p = 0; p + 3 < ring.length; p += 2, edge++) {
        this.ends.set(ring.subarray(p, p + 4), 4 * edge);
        this.ring[edge] = r;
        low = Math.min(low, ring[p + 1]!);
        high = Math.max(high, ring[p + 1]!);
        rise += Math.abs(ring[p + 3]! - ring[p + 1]!);
      }
    });
    this.first = count === 0 ? 0 : low;
    this.height = count === 0 ? 1 : Math.max(height, (high - low) / MOST_BANDS, rise / (BANDS_AN_EDGE * count));
    this.bands = Array.from({ length: count === 0 ? 0 : this.bandOf(high) + 1 }, () => []);
    for (let e = 0; e < count; e++) {
      const [from, to] = this.rows(e);
      for (let band = this.bandOf(from); band <= this.bandOf(to); band++) this.bands[band]!.push(e);
    }
  }

  /** Calls `visit` once with every edge that has a point with `top` ≤ y ≤ `bottom`. */
  between(top: number, bottom: number, visit: (edge: number) => void): void {
    this.query++;
    const last = Math.min(this.bands.length - 1, this.bandOf(bottom));
    for (let band = Math.max(0, this.bandOf(top)); band <= last; band++) {
      for (const edge of this.bands[band]!) {
        if (this.seen[edge] === this.query) continue;
        this.seen[edge] = this.query;
        const a = this.ends[4 * edge + 1]!;
        const b = this.ends[4 * edge + 3]!;
        if ((a <= bottom || b <= bottom) && (a >= top || b >= top)) visit(edge);
      }
    }
  }

  private rows(edge: number): readonly [number, number] {
    const [a, b] = [this.ends[4 * edge + 1]!, this.ends[4 * edge + 3]!];
    return a < b ? [a, b] : [b, a];
  }

  private bandOf(y: number): number {
    return Math.floor((y - this.first) / this.height);
  }
}
