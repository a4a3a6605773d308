import type { Polygon } from '../src/slide-cohort.js';

/** Even-odd rule over all rings. */
export function contains(polygon: Polygon, px: number, py: number): boolean {
  let inside = false;
  for (const ring of polygon.rings)
    ring.forEach(([x, y], i) => {
      const [nextX, nextY] = ring[(i + 1) % ring.length]!;
      if (y > py !== nextY > py && px < x + ((py - y) / (nextY - y)) * (nextX - x)) inside = !inside;
    });
  return inside;
}

/** Shoelace area, positive for clockwise rings with y downwards. */
export function ringArea(ring: readonly (readonly [number, number])[]): number {
  return ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length]!;
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);
}
