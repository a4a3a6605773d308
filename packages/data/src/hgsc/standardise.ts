/** Statistics of the columns of a table. */
export interface Moments {
  readonly mean: readonly number[];
  /** Population deviation. */
  readonly std: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
}

/** Deviations below this stand for constant columns, which are centred and left at their scale. */
const CONSTANT = 1e-8;

/** Statistics of the columns of a row-major table [rows, dim], over all rows or those listed. */
export function columnMoments(table: Float64Array, dim: number, rows?: ArrayLike<number>): Moments {
  const n = rows ? rows.length : table.length / dim;
  const mean = new Array<number>(dim).fill(0);
  const std = new Array<number>(dim).fill(0);
  const min = new Array<number>(dim).fill(Number.POSITIVE_INFINITY);
  const max = new Array<number>(dim).fill(Number.NEGATIVE_INFINITY);
  const rowAt = (k: number): number => (rows ? rows[k]! : k) * dim;
  for (let k = 0; k < n; k++) {
    const at = rowAt(k);
    for (let c = 0; c < dim; c++) {
      const v = table[at + c]!;
      mean[c]! += v;
      if (v < min[c]!) min[c] = v;
      if (v > max[c]!) max[c] = v;
    }
  }
  for (let c = 0; c < dim; c++) mean[c]! /= n;
  for (let k = 0; k < n; k++) {
    const at = rowAt(k);
    for (let c = 0; c < dim; c++) std[c]! += (table[at + c]! - mean[c]!) ** 2;
  }
  for (let c = 0; c < dim; c++) std[c] = Math.sqrt(std[c]! / n);
  return { mean, std, min, max };
}

/** (value − mean)/deviation of the listed rows, computed in float64 and stored as float32, [rows, dim]. */
export function standardised(
  table: Float64Array,
  dim: number,
  rows: readonly number[],
  { mean, std }: Pick<Moments, 'mean' | 'std'>,
): Float32Array {
  const out = new Float32Array(rows.length * dim);
  rows.forEach((row, k) => {
    for (let c = 0; c < dim; c++) {
      const scale = std[c]! < CONSTANT ? 1 : std[c]!;
      out[k * dim + c] = (table[row * dim + c]! - mean[c]!) / scale;
    }
  });
  return out;
}
