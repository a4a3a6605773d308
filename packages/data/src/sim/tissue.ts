import type { Rng } from '@asmil/core';
import { hashKey, valueNoise } from './noise.js';

/** Where a slide's tiles are: a grid, of which n places hold tissue. */
export interface TissueMap {
  readonly n: number;
  readonly width: number;
  readonly height: number;
  /** [n, 2] x, y in raster order. */
  readonly coords: Int32Array;
  /** [width × height] index of the tile at a place, −1 for background. */
  readonly index: Int32Array;
  /** [n] how far inside the tissue a tile is (no unit; larger is deeper). */
  readonly depth: Float32Array;
}

/** Share of the grid that is tissue. */
const FILL = 0.42;

interface Section {
  readonly x: number;
  readonly y: number;
  readonly rx: number;
  readonly ry: number;
}

/** One to three sections side by side, in units of the grid (0 to 1). */
function drawSections(rng: Rng): Section[] {
  const count = 1 + Math.floor(rng.next() * 3);
  const along = rng.next() < 0.5;
  return Array.from({ length: count }, (_, i) => {
    const main = (i + 0.5) / count + (rng.next() - 0.5) * 0.1;
    const cross = 0.5 + (rng.next() - 0.5) * 0.2;
    const size = (0.4 / count) * (0.9 + 0.4 * rng.next());
    const breadth = 0.36 + 0.12 * rng.next();
    return along ? { x: main, y: cross, rx: size, ry: breadth } : { x: cross, y: main, rx: breadth, ry: size };
  });
}

/**
 * An irregular tissue mask of exactly n tiles: sections with a border of smooth noise, cut at the level that leaves n
 * places. Needs memory of the order of the grid (about 2.4 n places), never of the features.
 */
export function tissueMap(key: number, n: number, rng: Rng): TissueMap {
  const aspect = 0.7 + 0.8 * rng.next();
  const width = Math.max(1, Math.ceil(Math.sqrt((n / FILL) * aspect)));
  const height = Math.max(1, Math.ceil(n / FILL / width));
  const sections = drawSections(rng);
  const coarse = hashKey(key, 'border');
  const fine = hashKey(key, 'edge');
  const level = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = (x + 0.5) / width;
      const v = (y + 0.5) / height;
      let inside = Number.NEGATIVE_INFINITY;
      for (const s of sections) {
        const du = (u - s.x) / s.rx;
        const dv = (v - s.y) / s.ry;
        inside = Math.max(inside, 1 - du * du - dv * dv);
      }
      level[y * width + x] = inside + 0.3 * valueNoise(coarse, u * 5, v * 5) + 0.08 * valueNoise(fine, u * 14, v * 14);
    }
  }
  const cut = Float64Array.from(level).sort()[width * height - n]!;
  let above = 0;
  for (const value of level) if (value > cut) above++;
  let ties = n - above;
  const coords = new Int32Array(2 * n);
  const index = new Int32Array(width * height).fill(-1);
  const depth = new Float32Array(n);
  let i = 0;
  for (let place = 0; place < level.length; place++) {
    const value = level[place]!;
    if (value < cut || (value === cut && ties-- <= 0)) continue;
    coords[2 * i] = place % width;
    coords[2 * i + 1] = Math.floor(place / width);
    index[place] = i;
    depth[i++] = value;
  }
  return { n, width, height, coords, index, depth };
}

/**
 * Tissue type per tile [n], 0 to types − 1: at each place the type whose smooth noise is largest. `size`: extent of a
 * region in tiles. `bias` [types] makes a type common or rare on this slide.
 */
export function tissueTypes(key: number, map: TissueMap, size: number, bias: Float64Array): Uint8Array {
  const out = new Uint8Array(map.n);
  const keys = Array.from(bias, (_, t) => hashKey(key, 'type', t));
  const details = Array.from(bias, (_, t) => hashKey(key, 'type-detail', t));
  for (let i = 0; i < map.n; i++) {
    const x = map.coords[2 * i]! / size;
    const y = map.coords[2 * i + 1]! / size;
    let best = Number.NEGATIVE_INFINITY;
    for (let t = 0; t < bias.length; t++) {
      const value = bias[t]! + valueNoise(keys[t]!, x, y) + 0.35 * valueNoise(details[t]!, 3 * x, 3 * y);
      if (value > best) {
        best = value;
        out[i] = t;
      }
    }
  }
  return out;
}
