import type { Polygon } from './slide-cohort.js';

type Point = [number, number];

/** Steps (x, y) to the four tiles that share a side. */
export const SIDES: readonly (readonly [number, number])[] = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
];

/**
 * The outlines of a set of tiles: one polygon for each component of tiles that share sides, with its holes. Corners are in
 * tile units (tile (x, y) covers [x, x+1] × [y, y+1]); corners on a straight run are left out.
 */
export function tileOutlines(tiles: Iterable<readonly [number, number]>): Polygon[] {
  return components(tiles).map((component) => ({ rings: ringsOf(component) }));
}

const key = (x: number, y: number): string => `${x},${y}`;

/** Tiles grouped by shared sides, in the order of their first tile. */
function components(tiles: Iterable<readonly [number, number]>): Map<string, Point>[] {
  const left = new Map<string, Point>();
  for (const [x, y] of tiles) left.set(key(x, y), [x, y]);
  const found: Map<string, Point>[] = [];
  for (const [first, tile] of left) {
    const component = new Map<string, Point>([[first, tile]]);
    left.delete(first);
    for (const [x, y] of component.values()) {
      // Entries added to a Map while it is walked are walked too: this loop is the flood fill.
      for (const [dx, dy] of SIDES) {
        const k = key(x + dx, y + dy);
        const next = left.get(k);
        if (!next) continue;
        left.delete(k);
        component.set(k, next);
      }
    }
    found.push(component);
  }
  return found;
}

/** Sides of tiles without a neighbour, walked with the tile on the right hand (y downwards), joined into rings. */
function ringsOf(tiles: ReadonlyMap<string, Point>): Point[][] {
  // Side k runs from corner k in direction k: top, right, bottom, left.
  const CORNER: readonly Point[] = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ];
  const STEP: readonly Point[] = [
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
  ];
  const sides = new Map<string, Set<number>>(); // start point -> directions of the sides that leave it
  for (const [x, y] of tiles.values())
    for (let k = 0; k < 4; k++) {
      const outward = STEP[(k + 3) % 4]!;
      if (tiles.has(key(x + outward[0], y + outward[1]))) continue;
      const start = key(x + CORNER[k]![0], y + CORNER[k]![1]);
      sides.set(start, (sides.get(start) ?? new Set()).add(k));
    }
  const rings: Point[][] = [];
  for (const [start, directions] of sides) {
    for (const first of directions) {
      const ring: Point[] = [];
      let [x, y] = start.split(',').map(Number) as [number, number];
      let direction = first;
      let before = -1;
      do {
        if (direction !== before) ring.push([x, y]);
        sides.get(key(x, y))!.delete(direction);
        before = direction;
        x += STEP[direction]![0];
        y += STEP[direction]![1];
        const leaving = sides.get(key(x, y))!;
        // Where two tiles touch at a corner alone, turning left keeps a ring from touching itself.
        direction = [before + 3, before, before + 1].map((d) => d % 4).find((d) => leaving.has(d)) ?? -1;
      } while (direction !== -1);
      if (before === first) ring.shift(); // the walk began in the middle of a straight run
      rings.push(ring);
    }
  }
  return rings.sort((a, b) => ringArea(b) - ringArea(a)); // the outer ring runs clockwise on the screen, so its area is positive
}

/** Signed area of a ring (shoelace), positive for clockwise rings with y downwards. */
export function ringArea(ring: readonly (readonly [number, number])[]): number {
  return ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length]!;
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);
}
