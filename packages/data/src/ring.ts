/**
 * One ring, x and y interleaved: [x0, y0, x1, y1, …], x right and y down, with the first point repeated at the end.
 */
export type Ring = Float64Array;

/** A ring from its corners, each given once. */
export function closedRing(corners: readonly (readonly [number, number])[]): Ring {
  const out = new Float64Array(corners.length === 0 ? 0 : 2 * corners.length + 2);
  corners.forEach(([x, y], i) => {
    out[2 * i] = x;
    out[2 * i + 1] = y;
  });
  if (corners.length > 0) out.set(corners[0]!, 2 * corners.length);
  return out;
}
