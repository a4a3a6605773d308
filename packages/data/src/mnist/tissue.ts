import type { Rng } from '@asmil/core';
import { SIDES } from '../outline.js';

/**
 * n tiles that form an irregular, smooth-edged piece of tissue: [N, 2], x then y, from 0, sorted by row. The shape is the
 * n grid cells where a lobed distance from the centre, roughened by long waves, is smallest.
 */
export function tissueTiles(rng: Rng, n: number): Int32Array {
  const radius = Math.sqrt(n / Math.PI);
  const half = Math.ceil(2.2 * radius) + 2;
  const stretch = 0.75 + 0.5 * rng.next();
  const lobes = [2, 3, 4, 5].map((k) => ({ k, size: (0.35 * rng.next()) / (k - 1), phase: 2 * Math.PI * rng.next() }));
  const waves = Array.from({ length: 6 }, () => {
    const angle = 2 * Math.PI * rng.next();
    const frequency = (2 + 4 * rng.next()) / radius;
    return { x: frequency * Math.cos(angle), y: frequency * Math.sin(angle), phase: 2 * Math.PI * rng.next() };
  });
  const side = 2 * half + 1;
  const level = new Float64Array(side * side);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const x = (column - half) / stretch;
      const y = (row - half) * stretch;
      const angle = Math.atan2(y, x);
      const reach = lobes.reduce((sum, lobe) => sum + lobe.size * Math.cos(lobe.k * angle + lobe.phase), 1);
      const rough = waves.reduce((sum, wave) => sum + Math.cos(wave.x * x + wave.y * y + wave.phase), 0);
      level[row * side + column] = Math.hypot(x, y) / (radius * reach) + 0.06 * rough;
    }
  const threshold = level.slice().sort()[n - 1]!;
  const tiles: [number, number][] = [];
  for (let at = 0; at < level.length && tiles.length < n; at++)
    if (level[at]! <= threshold) tiles.push([at % side, Math.floor(at / side)]);
  const left = Math.min(...tiles.map(([x]) => x));
  const top = tiles[0]![1];
  return Int32Array.from(tiles.flatMap(([x, y]) => [x - left, y - top]));
}

/**
 * `count` compact connected lesions as lists of tile numbers; sizes are log-uniform between `smallest` and `largest` tiles.
 * Lesions neither overlap nor touch. A lesion on a small island of tissue, or between others, may stay smaller.
 */
export function growLesions(
  rng: Rng,
  coords: Int32Array,
  options: { count: number; smallest: number; largest: number },
): number[][] {
  const { count, smallest, largest } = options;
  const n = coords.length / 2;
  const tileAt = new Map<string, number>();
  for (let i = 0; i < n; i++) tileAt.set(`${coords[2 * i]},${coords[2 * i + 1]}`, i);
  const taken = new Uint8Array(n); // tiles of lesions and their neighbours
  const neighbour = (i: number, dx: number, dy: number) =>
    tileAt.get(`${coords[2 * i]! + dx},${coords[2 * i + 1]! + dy}`);
  const lesions: number[][] = [];
  for (let attempt = 0; lesions.length < count && attempt < 20 * count; attempt++) {
    const size = Math.round(smallest * (largest / smallest) ** rng.next());
    const seed = rng.int(n);
    if (taken[seed]) continue;
    const lesion = grow(rng, coords, seed, size, (i, dx, dy) => {
      const next = neighbour(i, dx, dy);
      return next === undefined || taken[next] ? undefined : next;
    });
    if (lesion.length < smallest && attempt < 10 * count) continue; // a cramped place: look for a better one first
    lesions.push(lesion);
    for (const i of lesion)
      for (const dx of [-1, 0, 1])
        for (const dy of [-1, 0, 1]) {
          const near = neighbour(i, dx, dy);
          if (near !== undefined) taken[near] = 1;
        }
  }
  return lesions;
}

/** Adds the side neighbour that is nearest to the seed (with some jitter) until the size is reached. */
function grow(
  rng: Rng,
  coords: Int32Array,
  seed: number,
  size: number,
  free: (tile: number, dx: number, dy: number) => number | undefined,
): number[] {
  const lesion: number[] = [];
  const seen = new Set([seed]);
  const frontier = [{ tile: seed, distance: 0 }];
  while (lesion.length < size && frontier.length > 0) {
    let nearest = 0;
    for (let k = 1; k < frontier.length; k++) if (frontier[k]!.distance < frontier[nearest]!.distance) nearest = k;
    const [{ tile }] = frontier.splice(nearest, 1) as [{ tile: number; distance: number }];
    lesion.push(tile);
    for (const [dx, dy] of SIDES) {
      const next = free(tile, dx, dy);
      if (next === undefined || seen.has(next)) continue;
      seen.add(next);
      const x = coords[2 * next]! - coords[2 * seed]!;
      const y = coords[2 * next + 1]! - coords[2 * seed + 1]!;
      frontier.push({ tile: next, distance: Math.hypot(x, y) + 1.2 * rng.next() });
    }
  }
  return lesion;
}
