import type { EdgeIndex } from './edges.js';

/** The rings that a point lies in by the even-odd rule; on an edge it may count either way. */
export function ringsAround(edges: EdgeIndex, x: number, y: number): Set<number> {
  const odd = new Set<number>();
  edges.between(y, y, (edge) => {
    const [x1, y1, x2, y2] = endsOf(edges, edge);
    if (y1 > y === y2 > y || x >= x1 + ((y - y1) * (x2 - x1)) / (y2 - y1)) return;
    const ring = edges.ring[edge]!;
    if (!odd.delete(ring)) odd.add(ring);
  });
  return odd;
}

/** Whether a point lies strictly inside some ring: not on its edge. Exact for whole coordinates. */
export function strictlyInside(edges: EdgeIndex, x: number, y: number): boolean {
  const around = ringsAround(edges, x, y);
  if (around.size === 0) return false;
  for (const ring of ringsThrough(edges, x, y)) around.delete(ring);
  return around.size > 0;
}

/** Whether a point lies inside some ring or on its edge. Exact for whole coordinates. */
export function touches(edges: EdgeIndex, x: number, y: number): boolean {
  return ringsAround(edges, x, y).size > 0 || ringsThrough(edges, x, y).length > 0;
}

/** The rings on whose edge a point lies. */
function ringsThrough(edges: EdgeIndex, x: number, y: number): number[] {
  const found: number[] = [];
  edges.between(y, y, (edge) => {
    const [x1, y1, x2, y2] = endsOf(edges, edge);
    const along = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1);
    if (along === 0 && x >= Math.min(x1, x2) && x <= Math.max(x1, x2)) found.push(edges.ring[edge]!);
  });
  return found;
}

function endsOf({ ends }: EdgeIndex, edge: number): readonly [number, number, number, number] {
  return [ends[4 * edge]!, ends[4 * edge + 1]!, ends[4 * edge + 2]!, ends[4 * edge + 3]!];
}
