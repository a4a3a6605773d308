import type { Rng } from '@asmil/core';
import { hashKey, power, valueNoise } from './noise.js';
import type { TissueMap } from './tissue.js';

/** What a focus is made of; the order is that of drawing, later ones cover earlier ones. */
export type FocusKind = 'mimic' | 'atypical' | 'malignant' | 'metastasis';

/** A range of longest diameters, mm; drawn log-uniformly. */
export interface SizeRange {
  readonly min: number;
  readonly max: number;
}

/** Metastases by longest diameter: isolated tumour cells, micro- and macro-metastasis. */
export const METASTASIS_SIZES: readonly SizeRange[] = [
  { min: 0.05, max: 0.2 },
  { min: 0.2, max: 2 },
  { min: 2, max: 12 },
];

/** A compact blob on a slide: a lesion or something that looks like one. */
export interface Focus {
  readonly kind: FocusKind;
  /** Longest diameter, mm. */
  readonly diameter: number;
  /** Border in tile units, closed implicitly; star-shaped around the centre of a tissue tile, which is always inside. */
  readonly ring: [number, number][];
  /** Lesion content of its tiles, 0 to 1; the rest is the tissue around it. */
  readonly purity: number;
}

/** No focus may cover more of a slide than this. */
const MAX_SHARE = 0.3;

/** Direction k of `count` around the circle (count a multiple of 4), from tan(angle / 2) = j / m within a quadrant. */
function direction(k: number, count: number): [number, number] {
  const m = count / 4;
  const h = (k % m) / m;
  // Half-angle form of a quarter turn: tan(45°·t) is replaced by t, which only spaces the directions a little unevenly.
  const c = (1 - h * h) / (1 + h * h);
  const s = (2 * h) / (1 + h * h);
  const quadrant = Math.floor(k / m);
  if (quadrant === 0) return [c, s];
  if (quadrant === 1) return [-s, c];
  if (quadrant === 2) return [-c, -s];
  return [s, -c];
}

/** A diameter from a range, log-uniform. */
export function drawDiameter(rng: Rng, range: SizeRange): number {
  return range.min * power(range.max / range.min, rng.next());
}

/** How much of a tile of such a focus is lesion: small foci lie scattered in their surroundings. */
function purityOf(diameter: number): number {
  if (diameter <= 0.2) return 0.7;
  return diameter <= 2 ? 0.85 : 1;
}

/**
 * Places a focus of the given longest diameter (mm) on tissue. `tileMm`: width of a tile. A focus smaller than a tile
 * takes up the one tile it is centred on. The diameter is reduced where the focus would cover over 30 % of the slide.
 */
export function placeFocus(key: number, map: TissueMap, tileMm: number, kind: FocusKind, mm: number, rng: Rng): Focus {
  // Diameter of a disc of that area, tiles.
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: part of the frozen generator, more digits would move bits
  const limit = 2 * Math.sqrt((MAX_SHARE * map.n) / 3.14159);
  const wanted = Math.min(mm / tileMm, limit);
  let centre = rng.int(map.n);
  const tries = wanted > 3 ? 8 : 1; // large foci need room around them
  for (let i = 0; i < tries; i++) {
    const other = rng.int(map.n);
    if (map.depth[other]! > map.depth[centre]!) centre = other;
  }
  const cx = map.coords[2 * centre]! + 0.5;
  const cy = map.coords[2 * centre + 1]! + 0.5;
  const count = 4 * Math.min(20, Math.max(4, Math.ceil(wanted / 2)));
  const noise = hashKey(key, 'outline', Math.floor(rng.next() * 4294967296));
  const points = Array.from({ length: count }, (_, k) => {
    const [dx, dy] = direction(k, count);
    const r = Math.max(0.45, 1 + 0.22 * valueNoise(noise, 1.6 * dx + 9, 1.6 * dy + 9));
    return [r * dx, r * dy] as [number, number];
  });
  let longest = 0;
  for (const [ax, ay] of points) {
    for (const [bx, by] of points) longest = Math.max(longest, (ax - bx) * (ax - bx) + (ay - by) * (ay - by));
  }
  const scale = wanted / Math.sqrt(longest);
  const diameter = wanted * tileMm;
  return {
    kind,
    diameter,
    ring: points.map(([x, y]) => [cx + scale * x, cy + scale * y]),
    purity: purityOf(diameter),
  };
}

/** Whether a place lies inside a ring (even–odd rule). */
export function insideRing(ring: readonly (readonly [number, number])[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [ax, ay] = ring[i]!;
    const [bx, by] = ring[j]!;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/** Calls `visit` with the index of every tile whose centre is inside the ring. */
export function eachTileInside(map: TissueMap, ring: Focus['ring'], visit: (tile: number) => void): void {
  let [x0, y0, x1, y1] = [map.width, map.height, 0, 0];
  for (const [x, y] of ring) {
    x0 = Math.min(x0, x);
    y0 = Math.min(y0, y);
    x1 = Math.max(x1, x);
    y1 = Math.max(y1, y);
  }
  for (let y = Math.max(0, Math.floor(y0)); y < Math.min(map.height, y1); y++) {
    for (let x = Math.max(0, Math.floor(x0)); x < Math.min(map.width, x1); x++) {
      const tile = map.index[y * map.width + x]!;
      if (tile >= 0 && insideRing(ring, x + 0.5, y + 0.5)) visit(tile);
    }
  }
}
