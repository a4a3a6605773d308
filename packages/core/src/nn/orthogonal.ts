import type { Rng } from '../rng.js';

/**
 * A random matrix with orthonormal rows, or orthonormal columns where it has more rows than columns: the Q of a standard
 * normal matrix, with the signs that make the diagonal of R positive. Row-major [rows, columns].
 */
export function orthogonal(rows: number, columns: number, rng: Rng): Float32Array {
  const tall = rows > columns;
  const [count, size] = tall ? [columns, rows] : [rows, columns];
  const basis: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const v = Float64Array.from({ length: size }, () => rng.normal());
    // Gram–Schmidt, twice: the second round takes away what rounding left of the first.
    for (let round = 0; round < 2; round++) {
      for (const u of basis) {
        const along = v.reduce((sum, a, k) => sum + a * u[k]!, 0);
        for (let k = 0; k < size; k++) v[k]! -= along * u[k]!;
      }
    }
    const length = Math.hypot(...v);
    basis.push(v.map((a) => a / length));
  }
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return tall ? basis[column]![row]! : basis[row]![column]!;
  });
}
