/** Nearest other points of each point of a set. */
export interface Neighbours {
  /** Distance to the nearest and to the third nearest other point; Infinity where there are too few points. */
  readonly d1: Float64Array;
  readonly d3: Float64Array;
  /** Index of the nearest other point, −1 for a lone point. */
  readonly nearest: Int32Array;
}

const BUCKET_PX = 64;

/**
 * Nearest neighbours among n points, exact. Points are sorted into square buckets; from a point's bucket rings of buckets
 * are searched outwards until nothing outside them can be nearer than the third best.
 */
export function nearestNeighbours(cx: Float64Array, cy: Float64Array): Neighbours {
  const n = cx.length;
  const d1 = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const d3 = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const nearest = new Int32Array(n).fill(-1);
  if (n === 0) return { d1, d3, nearest };

  let minX = Number.POSITIVE_INFINITY;
  let minY = Number.POSITIVE_INFINITY;
  let maxX = Number.NEGATIVE_INFINITY;
  let maxY = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    minX = Math.min(minX, cx[i]!);
    maxX = Math.max(maxX, cx[i]!);
    minY = Math.min(minY, cy[i]!);
    maxY = Math.max(maxY, cy[i]!);
  }
  const cols = Math.floor((maxX - minX) / BUCKET_PX) + 1;
  const rows = Math.floor((maxY - minY) / BUCKET_PX) + 1;
  const colOf = (i: number): number => Math.floor((cx[i]! - minX) / BUCKET_PX);
  const rowOf = (i: number): number => Math.floor((cy[i]! - minY) / BUCKET_PX);
  const start = new Int32Array(cols * rows + 1);
  for (let i = 0; i < n; i++) start[rowOf(i) * cols + colOf(i) + 1]!++;
  for (let b = 0; b < cols * rows; b++) start[b + 1]! += start[b]!;
  const items = new Int32Array(n);
  const next = start.slice();
  for (let i = 0; i < n; i++) items[next[rowOf(i) * cols + colOf(i)]!++] = i;

  for (let i = 0; i < n; i++) {
    const x = cx[i]!;
    const y = cy[i]!;
    const col = colOf(i);
    const row = rowOf(i);
    let b1 = Number.POSITIVE_INFINITY;
    let b2 = Number.POSITIVE_INFINITY;
    let b3 = Number.POSITIVE_INFINITY;
    let best = -1;
    const visit = (c: number, r: number): void => {
      const b = r * cols + c;
      for (let k = start[b]!; k < start[b + 1]!; k++) {
        const j = items[k]!;
        if (j === i) continue;
        const dx = cx[j]! - x;
        const dy = cy[j]! - y;
        const q = dx * dx + dy * dy;
        if (q < b1) {
          b3 = b2;
          b2 = b1;
          b1 = q;
          best = j;
        } else if (q < b2) {
          b3 = b2;
          b2 = q;
        } else if (q < b3) b3 = q;
      }
    };
    const last = Math.max(col, cols - 1 - col, row, rows - 1 - row);
    for (let ring = 0; ring <= last; ring++) {
      const top = Math.max(0, row - ring);
      const bottom = Math.min(rows - 1, row + ring);
      for (let r = top; r <= bottom; r++) {
        if (r === row - ring || r === row + ring) {
          for (let c = Math.max(0, col - ring); c <= Math.min(cols - 1, col + ring); c++) visit(c, r);
        } else {
          if (col - ring >= 0) visit(col - ring, r);
          if (col + ring < cols) visit(col + ring, r);
        }
      }
      // Distance from the point to the border of the square searched so far, less a hair for rounding.
      const left = x - minX - (col - ring) * BUCKET_PX;
      const above = y - minY - (row - ring) * BUCKET_PX;
      const side = (2 * ring + 1) * BUCKET_PX;
      const reach = Math.min(left, side - left, above, side - above) - 1e-6;
      if (reach > 0 && b3 <= reach * reach) break;
    }
    d1[i] = Math.sqrt(b1);
    d3[i] = Math.sqrt(b3);
    nearest[i] = best;
  }
  return { d1, d3, nearest };
}
