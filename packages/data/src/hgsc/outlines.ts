import type { Polygon } from '../slide-cohort.js';
import { TILE_PX } from './grid.js';
import type { Ring } from './wkb.js';

/** Many polygons in three flat arrays, for one binary file. */
export interface PolygonTable {
  /** x and y of all points, slide pixels; rings repeat their first point. */
  readonly points: Float64Array;
  /** First point of each ring, and the end of the last one. */
  readonly ringStart: Uint32Array;
  /** First ring (the outer one) of each polygon, and the end of the last one. */
  readonly polygonStart: Uint32Array;
}

export function packPolygons(polygons: readonly (readonly Ring[])[]): PolygonTable {
  const rings = polygons.flat();
  const ringStart = new Uint32Array(rings.length + 1);
  rings.forEach((ring, r) => {
    ringStart[r + 1] = ringStart[r]! + ring.length / 2;
  });
  const points = new Float64Array(2 * ringStart[rings.length]!);
  rings.forEach((ring, r) => {
    points.set(ring, 2 * ringStart[r]!);
  });
  const polygonStart = new Uint32Array(polygons.length + 1);
  polygons.forEach((p, i) => {
    polygonStart[i + 1] = polygonStart[i]! + p.length;
  });
  return { points, ringStart, polygonStart };
}

/** A rectangle in tile units. */
export interface TileWindow {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Point = [number, number];

/**
 * The polygons inside a window, clipped to it, in tile units of the slide. Each ring is clipped by itself, so a ring that
 * leaves and enters again has edges along the border of the window: right for even-odd filling, to be hidden by the frame
 * when only lines are drawn.
 */
export function polygonsInWindow(table: PolygonTable, window: TileWindow): Polygon[] {
  const out: Polygon[] = [];
  for (let p = 0; p + 1 < table.polygonStart.length; p++) {
    const rings: Point[][] = [];
    for (let r = table.polygonStart[p]!; r < table.polygonStart[p + 1]!; r++) {
      const ring = clipRing(ringInTiles(table, r), window);
      // Without its outer ring nothing of a polygon is in the window.
      if (ring.length < 3 && r === table.polygonStart[p]) break;
      if (ring.length >= 3) rings.push(ring);
    }
    if (rings.length > 0) out.push({ rings });
  }
  return out;
}

/** The points of a ring in tile units, the repeated last one left out. */
function ringInTiles(table: PolygonTable, ring: number): Point[] {
  const out: Point[] = [];
  for (let k = table.ringStart[ring]!; k < table.ringStart[ring + 1]! - 1; k++) {
    out.push([table.points[2 * k]! / TILE_PX, table.points[2 * k + 1]! / TILE_PX]);
  }
  return out;
}

/** Sutherland–Hodgman: cuts a ring at the four sides of a window in turn. Empty if nothing is left. */
export function clipRing(ring: readonly Point[], { x, y, width, height }: TileWindow): Point[] {
  const sides: readonly (readonly [axis: 0 | 1, bound: number, sign: 1 | -1])[] = [
    [0, x, 1],
    [0, x + width, -1],
    [1, y, 1],
    [1, y + height, -1],
  ];
  let points: Point[] = [...ring];
  for (const [axis, bound, sign] of sides) {
    const inside = (p: Point): boolean => sign * (p[axis] - bound) >= 0;
    const cut: Point[] = [];
    for (let i = 0; i < points.length; i++) {
      const a = points[(i + points.length - 1) % points.length]!;
      const b = points[i]!;
      if (inside(a) !== inside(b)) {
        const other = axis === 0 ? 1 : 0;
        const v = a[other] + ((bound - a[axis]) / (b[axis] - a[axis])) * (b[other] - a[other]);
        cut.push(axis === 0 ? [bound, v] : [v, bound]);
      }
      if (inside(b)) cut.push(b);
    }
    points = cut;
    if (points.length === 0) break;
  }
  return points;
}
