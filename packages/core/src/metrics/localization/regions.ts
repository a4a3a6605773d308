/** A connected region of a label image. */
export interface Region {
  readonly label: number;
  /** Pixels. */
  readonly area: number;
  /** Length of the major axis of the ellipse with the same second moments, pixels; 0 for a single pixel. */
  readonly majorAxis: number;
  /** Smallest and largest row and column, all inclusive: [minRow, minCol, maxRow, maxCol]. */
  readonly bbox: readonly [number, number, number, number];
}

/**
 * Regions 1 to `count` of a label image [height, width]. The major axis is 4 √λ, with λ the larger eigenvalue of the
 * population covariance of the pixel centres (scikit-image's `regionprops`; MATLAB's adds 1/12 to both variances).
 */
export function regionsOf(labels: ArrayLike<number>, width: number, count: number): Region[] {
  const area = new Float64Array(count + 1);
  const sumRow = new Float64Array(count + 1);
  const sumCol = new Float64Array(count + 1);
  const bbox = Array.from({ length: count + 1 }, () => [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -1, -1]);
  eachPixel(labels, width, (label, row, col) => {
    area[label]!++;
    sumRow[label]! += row;
    sumCol[label]! += col;
    const box = bbox[label]!;
    if (row < box[0]!) box[0] = row;
    if (col < box[1]!) box[1] = col;
    if (row > box[2]!) box[2] = row;
    if (col > box[3]!) box[3] = col;
  });
  // A second pass about the means: raw second moments would lose digits far from the corner.
  const rows = new Float64Array(count + 1);
  const cols = new Float64Array(count + 1);
  const both = new Float64Array(count + 1);
  eachPixel(labels, width, (label, row, col) => {
    const dr = row - sumRow[label]! / area[label]!;
    const dc = col - sumCol[label]! / area[label]!;
    rows[label]! += dr * dr;
    cols[label]! += dc * dc;
    both[label]! += dr * dc;
  });
  return Array.from({ length: count }, (_, i): Region => {
    const label = i + 1;
    const n = area[label]!;
    const [a, c, b] = [rows[label]! / n, cols[label]! / n, both[label]! / n];
    const largest = (a + c) / 2 + Math.sqrt(((a - c) / 2) ** 2 + b * b);
    return { label, area: n, majorAxis: 4 * Math.sqrt(largest), bbox: bbox[label] as unknown as Region['bbox'] };
  });
}

function eachPixel(
  labels: ArrayLike<number>,
  width: number,
  visit: (label: number, row: number, col: number) => void,
): void {
  for (let row = 0, pixel = 0; pixel < labels.length; row++) {
    for (let col = 0; col < width; col++, pixel++) if (labels[pixel]) visit(labels[pixel]!, row, col);
  }
}
