import type { Slide } from './types.js';

/** A slide's tiles on its grid, the left upper tile at (0, 0). */
export interface TileGrid {
  readonly columns: number;
  readonly rows: number;
  /** [N] each. */
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Tiles by column and row: coordinates less their smallest, in units of the smallest step. Null for bags without places. */
export function gridOf({ coords, n }: Pick<Slide, 'coords' | 'n'>): TileGrid | null {
  if (!coords) return null;
  const axis = (offset: number): number[] => {
    const values = Array.from({ length: n }, (_, i) => coords[2 * i + offset]!);
    const sorted = [...new Set(values)].sort((a, b) => a - b);
    const steps = sorted.slice(1).map((value, i) => value - sorted[i]!);
    const step = steps.length === 0 ? 1 : Math.min(...steps);
    return values.map((value) => Math.round((value - sorted[0]!) / step));
  };
  const [x, y] = [axis(0), axis(1)];
  return { x, y, columns: Math.max(...x) + 1, rows: Math.max(...y) + 1 };
}

/** A piece of an outline between grid corners. */
export interface Edge {
  readonly x: number;
  readonly y: number;
  readonly x2: number;
  readonly y2: number;
}

/** The outline of the labelled tiles: every side of one that no other labelled tile shares. Tile (0, 0) spans ±0.5. */
export function outlineOf(grid: TileGrid, instances: ArrayLike<number> | null): Edge[] {
  if (!instances) return [];
  const key = (x: number, y: number): string => `${x},${y}`;
  const marked = new Set(grid.x.flatMap((x, i) => (instances[i] ? [key(x, grid.y[i]!)] : [])));
  return grid.x.flatMap((x, i) => {
    if (!instances[i]) return [];
    const y = grid.y[i]!;
    const sides: [number, number, Edge][] = [
      [x - 1, y, { x: x - 0.5, y: y - 0.5, x2: x - 0.5, y2: y + 0.5 }],
      [x + 1, y, { x: x + 0.5, y: y - 0.5, x2: x + 0.5, y2: y + 0.5 }],
      [x, y - 1, { x: x - 0.5, y: y - 0.5, x2: x + 0.5, y2: y - 0.5 }],
      [x, y + 1, { x: x - 0.5, y: y + 0.5, x2: x + 0.5, y2: y + 0.5 }],
    ];
    return sides.flatMap(([a, b, edge]) => (marked.has(key(a, b)) ? [] : [edge]));
  });
}

/** Labelled tiles that touch (also at corners) as lists of tile indices, the largest first. */
export function regionsOf(grid: TileGrid, instances: ArrayLike<number> | null): number[][] {
  if (!instances) return [];
  const at = new Map(grid.x.map((x, i) => [`${x},${grid.y[i]}`, i]));
  const seen = new Set<number>();
  const regions: number[][] = [];
  for (let start = 0; start < grid.x.length; start += 1) {
    if (!instances[start] || seen.has(start)) continue;
    const region = [start];
    seen.add(start);
    for (let k = 0; k < region.length; k += 1) {
      const [x, y] = [grid.x[region[k]!]!, grid.y[region[k]!]!];
      for (const dx of [-1, 0, 1]) {
        for (const dy of [-1, 0, 1]) {
          const next = at.get(`${x + dx},${y + dy}`);
          if (next === undefined || !instances[next] || seen.has(next)) continue;
          seen.add(next);
          region.push(next);
        }
      }
    }
    regions.push(region);
  }
  return regions.sort((a, b) => b.length - a.length);
}
