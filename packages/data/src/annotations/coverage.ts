import type { metrics } from '@asmil/core';
import { EdgeIndex } from './edges.js';

type TilePlaces = metrics.localization.TilePlaces;

/** Rings whose union counts, and rings that are taken out of it; each is filled by the even-odd rule. */
export interface RingRegion {
  readonly tumour: readonly Float64Array[];
  readonly cutOuts: readonly Float64Array[];
}

/** A piece of an edge inside a tile, going down from (x1, y1) to (x2, y2). */
interface Piece {
  readonly ring: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/**
 * The share of each tile that a region covers, [N], exact up to rounding whatever the rings do: overlap, cross each other or
 * themselves, lie partly inside one another. A tile is cut into horizontal beams at every corner and crossing; within a beam no
 * two edges cross, so that what is inside is a row of trapezoids.
 */
export function regionCoverage({ tumour, cutOuts }: RingRegion, { coords, tile0 }: TilePlaces): Float64Array {
  if (!(tile0 > 0)) throw new Error(`coverage: a tile of ${tile0} pixels; expected a side above 0`);
  const edges = new EdgeIndex([...tumour, ...cutOuts], tile0);
  const counts = (odd: ReadonlySet<number>): boolean => {
    let inside = false;
    for (const ring of odd) {
      if (ring >= tumour.length) return false;
      inside = true;
    }
    return inside;
  };
  const out = new Float64Array(coords.length / 2);
  for (let i = 0; i < out.length; i++) {
    const [left, top] = [coords[2 * i]!, coords[2 * i + 1]!];
    const pieces = piecesIn(edges, left, top, left + tile0, top + tile0);
    out[i] = pieces.length === 0 ? 0 : areaOf(pieces, left + tile0, counts) / (tile0 * tile0);
  }
  return out;
}

/** The pieces of all edges inside a tile; what lies left of it stands on its left side, where it still counts for what is inside. */
function piecesIn(edges: EdgeIndex, left: number, top: number, right: number, bottom: number): Piece[] {
  const out: Piece[] = [];
  /** By ring: ends of the stretches of the left side that something lies left of. */
  const beside = new Map<number, number[]>();
  const aside = (ring: number, from: number, to: number): void => {
    const own = beside.get(ring);
    if (own) own.push(from, to);
    else beside.set(ring, [from, to]);
  };
  edges.between(top, bottom, (edge) => {
    const down = edges.ends[4 * edge + 1]! < edges.ends[4 * edge + 3]!;
    const [a, b] = down ? [4 * edge, 4 * edge + 2] : [4 * edge + 2, 4 * edge];
    const [x1, y1, x2, y2] = [edges.ends[a]!, edges.ends[a + 1]!, edges.ends[b]!, edges.ends[b + 1]!];
    if (y1 === y2 || y1 >= bottom || y2 <= top || Math.min(x1, x2) >= right) return;
    const ring = edges.ring[edge]!;
    if (Math.max(x1, x2) <= left) return aside(ring, Math.max(y1, top), Math.min(y2, bottom));
    const slope = (x2 - x1) / (y2 - y1);
    const at = (y: number): number => (y === y1 ? x1 : y === y2 ? x2 : x1 + (y - y1) * slope);
    const [from, to] = [Math.max(y1, top), Math.min(y2, bottom)];
    // Cut where the edge passes the tile's sides: left of it, inside and right of it are up to three stretches.
    const cuts = [left, right]
      .filter((side) => (at(from) < side && at(to) > side) || (at(from) > side && at(to) < side))
      .map((side) => ({ side, y: Math.min(to, Math.max(from, y1 + (side - x1) / slope)) }))
      .sort((p, q) => p.y - q.y);
    const stops = [{ x: at(from), y: from }, ...cuts.map(({ side, y }) => ({ x: side, y })), { x: at(to), y: to }];
    for (let k = 0; k + 1 < stops.length; k++) {
      const [p, q] = [stops[k]!, stops[k + 1]!];
      if (p.y >= q.y) continue;
      if (Math.max(p.x, q.x) <= left) aside(ring, p.y, q.y);
      else if (Math.min(p.x, q.x) < right) out.push({ ring, x1: p.x, y1: p.y, x2: q.x, y2: q.y });
    }
  });
  for (const [ring, ends] of beside) {
    // Two ends at one height take each other away: a chain of edges becomes one stretch.
    const sorted = Float64Array.from(ends).sort();
    const odd: number[] = [];
    for (const y of sorted)
      if (odd.at(-1) === y) odd.pop();
      else odd.push(y);
    for (let k = 0; k + 1 < odd.length; k += 2) out.push({ ring, x1: left, y1: odd[k]!, x2: left, y2: odd[k + 1]! });
  }
  return out;
}

/** Area between the pieces where the rings that a point lies in are to be counted; up to the tile's right side. */
function areaOf(pieces: readonly Piece[], right: number, counts: (odd: ReadonlySet<number>) => boolean): number {
  const heights = Float64Array.from(
    new Set([...pieces.flatMap(({ y1, y2 }) => [y1, y2]), ...crossings(pieces)]),
  ).sort();
  const byStart = [...pieces].sort((a, b) => a.y1 - b.y1);
  let next = 0;
  let active: Piece[] = [];
  let area = 0;
  for (let h = 0; h + 1 < heights.length; h++) {
    const [top, bottom] = [heights[h]!, heights[h + 1]!];
    while (next < byStart.length && byStart[next]!.y1 <= top) active.push(byStart[next++]!);
    active = active.filter(({ y2 }) => y2 >= bottom);
    const middle = (top + bottom) / 2;
    const row = active.map((piece) => ({ ring: piece.ring, x: xAt(piece, middle) })).sort((a, b) => a.x - b.x);
    const odd = new Set<number>();
    let since: number | undefined;
    let width = 0;
    for (const { ring, x } of row) {
      if (!odd.delete(ring)) odd.add(ring);
      const inside = counts(odd);
      if (inside && since === undefined) since = x;
      if (!inside && since !== undefined) {
        width += x - since;
        since = undefined;
      }
    }
    if (since !== undefined) width += right - since;
    // The mean width of a trapezoid is that at half its height.
    area += width * (bottom - top);
  }
  return area;
}

function xAt({ x1, y1, x2, y2 }: Piece, y: number): number {
  return x1 === x2 ? x1 : x1 + ((x2 - x1) * (y - y1)) / (y2 - y1);
}

/** Heights at which two pieces cross. */
function crossings(pieces: readonly Piece[]): number[] {
  const out: number[] = [];
  const sorted = [...pieces].sort((a, b) => a.y1 - b.y1);
  for (let i = 0; i < sorted.length; i++) {
    const a = sorted[i]!;
    for (let j = i + 1; j < sorted.length && sorted[j]!.y1 < a.y2; j++) {
      const b = sorted[j]!;
      const [from, to] = [Math.max(a.y1, b.y1), Math.min(a.y2, b.y2)];
      if (from >= to) continue;
      const [above, below] = [xAt(a, from) - xAt(b, from), xAt(a, to) - xAt(b, to)];
      if ((above < 0 && below > 0) || (above > 0 && below < 0))
        out.push(from + ((to - from) * above) / (above - below));
    }
  }
  return out;
}
