import { alignment, deviation, gather, mean } from './features.js';
import { type Grid, TILE_PX } from './grid.js';
import type { Nuclei } from './nuclei.js';
import type { TileNuclei } from './tiles.js';

/**
 * Names of the eight optional features that pool the nuclei of the 3 × 3 tiles around. With them a tile sees its
 * neighbours, so what surrounds a needle betrays it: results that use them must say so.
 */
export const NEIGHBOURHOOD_NAMES: readonly string[] = [
  'n9_log1p_n',
  'n9_area_frac',
  'n9_A_mean',
  'n9_A_std',
  'n9_ecc_mean',
  'n9_circ_mean',
  'n9_d1_mean',
  'n9_ori_R',
];

/** Neighbourhood features of the tissue tiles, row-major [tiles, 8]; a neighbour need not be a tissue tile to count. */
export function neighbourhoodFeatures(
  nuclei: Nuclei,
  byTile: TileNuclei,
  grid: Grid,
  tissueTiles: Uint32Array,
): Float64Array {
  const width = NEIGHBOURHOOD_NAMES.length;
  const out = new Float64Array(tissueTiles.length * width);
  const isTissue = new Uint8Array(grid.cols * grid.rows);
  for (const t of tissueTiles) isTissue[t] = 1;
  tissueTiles.forEach((t, place) => {
    const col = t % grid.cols;
    const row = (t - col) / grid.cols;
    const items: number[] = [];
    let tissue = 0;
    for (let r = Math.max(0, row - 1); r <= Math.min(grid.rows - 1, row + 1); r++) {
      for (let c = Math.max(0, col - 1); c <= Math.min(grid.cols - 1, col + 1); c++) {
        const u = r * grid.cols + c;
        tissue += isTissue[u]!;
        for (let k = byTile.start[u]!; k < byTile.start[u + 1]!; k++) items.push(byTile.items[k]!);
      }
    }
    if (items.length === 0) return;
    const picked = Uint32Array.from(items);
    const area = gather(nuclei.A, picked);
    const areaMean = mean(area);
    out.set(
      [
        Math.log(1 + items.length),
        (areaMean * items.length) / (TILE_PX * TILE_PX) / tissue,
        areaMean,
        deviation(area, areaMean),
        mean(gather(nuclei.ecc, picked)),
        mean(gather(nuclei.circ, picked)),
        mean(gather(nuclei.d1, picked)),
        alignment(gather(nuclei.theta, picked)),
      ],
      place * width,
    );
  });
  return out;
}
