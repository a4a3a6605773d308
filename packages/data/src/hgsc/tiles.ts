import { type Grid, HALF_TILE, TILE_PX, TISSUE_CLASSES, type TissueClass } from './grid.js';
import type { Nuclei } from './nuclei.js';
import { emptyMask, type Mask, tileCover } from './raster.js';

/** What is known of every tile of the grid, row-major [rows · cols]. */
export interface TileTable {
  readonly grid: Grid;
  /** Nuclei whose centroid lies in the tile. */
  readonly count: Uint16Array;
  /** Samples (0 to 256) inside at least one tissue region. */
  readonly tissue: Uint16Array;
  /** Samples (0 to 256) inside a region of the class. */
  readonly cover: Readonly<Record<TissueClass, Uint16Array>>;
  /** Ascending indices of the tissue tiles: at least one nucleus, or half of the tile in tissue. */
  readonly tissueTiles: Uint32Array;
}

/** The nuclei of each tile: those of tile t are `items[start[t]] … items[start[t + 1] − 1]`, ascending. */
export interface TileNuclei {
  readonly start: Uint32Array;
  readonly items: Uint32Array;
}

/** Sorts nuclei into the tiles that hold their centroids. Centroids outside the grid are left out. */
export function nucleiByTile(nuclei: Pick<Nuclei, 'count' | 'cx' | 'cy'>, grid: Grid): TileNuclei {
  const tiles = grid.cols * grid.rows;
  const tileOf = (i: number): number => {
    const col = Math.floor(nuclei.cx[i]! / TILE_PX);
    const row = Math.floor(nuclei.cy[i]! / TILE_PX);
    return col >= 0 && row >= 0 && col < grid.cols && row < grid.rows ? row * grid.cols + col : -1;
  };
  const start = new Uint32Array(tiles + 1);
  for (let i = 0; i < nuclei.count; i++) {
    const t = tileOf(i);
    if (t >= 0) start[t + 1]!++;
  }
  for (let t = 0; t < tiles; t++) start[t + 1]! += start[t]!;
  const items = new Uint32Array(start[tiles]!);
  const next = start.slice();
  for (let i = 0; i < nuclei.count; i++) {
    const t = tileOf(i);
    if (t >= 0) items[next[t]!++] = i;
  }
  return { start, items };
}

/** The samples that lie in at least one of the masks. */
export function unionMask(masks: readonly Mask[], grid: Grid): Mask {
  const union = emptyMask(grid);
  for (const mask of masks) {
    for (let s = 0; s < union.data.length; s++) union.data[s]! |= mask.data[s]!;
  }
  return union;
}

/** The tile table from the nuclei of each tile and one mask for each tissue class. */
export function buildTileTable(
  grid: Grid,
  byTile: TileNuclei,
  masks: Readonly<Record<TissueClass, Mask>>,
  union: Mask,
): TileTable {
  const tiles = grid.cols * grid.rows;
  const count = Uint16Array.from({ length: tiles }, (_, t) => byTile.start[t + 1]! - byTile.start[t]!);
  const tissue = tileCover(union, grid);
  const cover = Object.fromEntries(TISSUE_CLASSES.map((c) => [c, tileCover(masks[c], grid)])) as TileTable['cover'];
  return { grid, count, tissue, cover, tissueTiles: selectTissueTiles(count, tissue) };
}

/** Ascending indices of the tiles with a nucleus or with half of their samples in tissue. */
export function selectTissueTiles(count: Uint16Array, tissue: Uint16Array): Uint32Array {
  const out: number[] = [];
  for (let t = 0; t < count.length; t++) {
    if (count[t]! >= 1 || tissue[t]! >= HALF_TILE) out.push(t);
  }
  return Uint32Array.from(out);
}
