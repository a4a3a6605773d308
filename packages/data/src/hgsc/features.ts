import { TILE_PX } from './grid.js';
import type { Nuclei } from './nuclei.js';
import type { TileNuclei } from './tiles.js';

const MEASURES = ['A', 'P', 'maj', 'mnr', 'ecc', 'circ', 'sol', 'd1', 'd3'] as const;
const STATISTICS = ['mean', 'std', 'q10', 'q50', 'q90'] as const;
/** Bounds of the classes of nuclear area in px². */
const AREA_BOUNDS = [100, 200, 400, 800] as const;
const SMOOTH_SOLIDITY = 0.98;
const TILE_AREA = TILE_PX * TILE_PX;

/** Names of the 60 features of a tile, in order. All come from outlines of nuclei; pixels, px² or no unit. */
export const FEATURE_NAMES: readonly string[] = [
  'log1p_n',
  'area_frac',
  ...MEASURES.flatMap((m) => STATISTICS.map((s) => `${m}_${s}`)),
  'A_cv',
  'lnA_skew',
  'ori_R',
  'ori_Rw',
  'nn_ori',
  'nn_lnA',
  ...Array.from({ length: AREA_BOUNDS.length + 1 }, (_, k) => `A_f${k}`),
  'frac_sol',
  'clark_evans',
];

const mean = (values: Float64Array): number => {
  let s = 0;
  for (const v of values) s += v;
  return s / values.length;
};

/** Population deviation. */
const deviation = (values: Float64Array, m: number): number => {
  let s = 0;
  for (const v of values) s += (v - m) * (v - m);
  return Math.sqrt(s / values.length);
};

/** Quantile p of sorted values by linear interpolation at position p(n − 1). */
export function quantile(sorted: Float64Array, p: number): number {
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}

const gather = (column: Float64Array, items: Uint32Array): Float64Array => {
  const out = new Float64Array(items.length);
  for (let k = 0; k < items.length; k++) out[k] = column[items[k]!]!;
  return out;
};

/** Length of the mean direction of doubled angles, weighted; 0 for vanishing weights. 1: all parallel. */
function alignment(theta: Float64Array, weights?: Float64Array): number {
  let c = 0;
  let s = 0;
  let total = 0;
  for (let k = 0; k < theta.length; k++) {
    const w = weights ? weights[k]! : 1;
    c += w * Math.cos(2 * theta[k]!);
    s += w * Math.sin(2 * theta[k]!);
    total += w;
  }
  return total < 1e-9 ? 0 : Math.sqrt(c * c + s * s) / total;
}

/** The 60 features of a tile that holds the nuclei `items`; zeros where it holds none. */
export function tileFeatures(nuclei: Nuclei, items: Uint32Array): Float64Array {
  const out = new Float64Array(FEATURE_NAMES.length);
  const n = items.length;
  if (n === 0) return out;
  let at = 0;
  const push = (v: number): void => {
    out[at++] = v;
  };

  const area = gather(nuclei.A, items);
  push(Math.log(1 + n));
  push((mean(area) * n) / TILE_AREA);
  for (const name of MEASURES) {
    const values = gather(nuclei[name], items);
    const m = mean(values);
    push(m);
    push(deviation(values, m));
    values.sort();
    for (const p of [0.1, 0.5, 0.9]) push(quantile(values, p));
  }

  const areaMean = mean(area);
  push(deviation(area, areaMean) / areaMean);
  push(skewness(area.map(Math.log)));
  const theta = gather(nuclei.theta, items);
  push(alignment(theta));
  push(alignment(theta, gather(nuclei.ecc, items)));
  let nnOri = 0;
  let nnArea = 0;
  for (const i of items) {
    const j = nuclei.nearest[i]!;
    nnOri += Math.cos(2 * (nuclei.theta[i]! - nuclei.theta[j]!));
    nnArea += Math.abs(Math.log(nuclei.A[i]! / nuclei.A[j]!));
  }
  push(nnOri / n);
  push(nnArea / n);
  const shares = new Float64Array(AREA_BOUNDS.length + 1);
  for (const a of area) shares[AREA_BOUNDS.filter((b) => a >= b).length]!++;
  for (const s of shares) push(s / n);
  push(gather(nuclei.sol, items).filter((s) => s < SMOOTH_SOLIDITY).length / n);
  push(mean(gather(nuclei.d1, items)) * 2 * Math.sqrt(n / TILE_AREA));
  return out;
}

/** Third standardised moment; 0 where the values hardly differ. */
function skewness(values: Float64Array): number {
  const m = mean(values);
  const s = deviation(values, m);
  if (s < 1e-9) return 0;
  let cubes = 0;
  for (const v of values) cubes += (v - m) ** 3;
  return cubes / values.length / s ** 3;
}

/** Features of the tissue tiles, row-major [tiles, 60]. */
export function allFeatures(nuclei: Nuclei, byTile: TileNuclei, tissueTiles: Uint32Array): Float64Array {
  const out = new Float64Array(tissueTiles.length * FEATURE_NAMES.length);
  tissueTiles.forEach((t, row) => {
    const items = byTile.items.subarray(byTile.start[t]!, byTile.start[t + 1]!);
    out.set(tileFeatures(nuclei, items), row * FEATURE_NAMES.length);
  });
  return out;
}

export { alignment, deviation, gather, mean };
