import type { Ring } from './wkb.js';

/** What the outline of one nucleus gives, in pixels and radians. */
export interface Shape {
  readonly cx: number;
  readonly cy: number;
  readonly area: number;
  readonly perimeter: number;
  /** Axes of the ellipse with the same second moments. */
  readonly major: number;
  readonly minor: number;
  readonly eccentricity: number;
  /** Direction of the major axis, −π/2 to π/2; 0 for round shapes. */
  readonly theta: number;
  /** 4π·area/perimeter², 1 for a circle. */
  readonly circularity: number;
  /** Area over the area of the convex hull. */
  readonly solidity: number;
}

/** Below this eccentricity the direction of a shape is rounding noise. */
const ROUND = 1e-4;

/** Shape of a ring with a non-zero area that repeats its first point at the end. */
export function ringShape(ring: Ring): Shape {
  const edges = ring.length / 2 - 1;
  const x0 = ring[0]!;
  const y0 = ring[1]!;
  // Coordinates relative to the first point: slide coordinates are large and their products would lose digits.
  const x = new Float64Array(edges + 1);
  const y = new Float64Array(edges + 1);
  for (let k = 0; k <= edges; k++) {
    x[k] = ring[2 * k]! - x0;
    y[k] = ring[2 * k + 1]! - y0;
  }
  let s = 0;
  let gx = 0;
  let gy = 0;
  let perimeter = 0;
  for (let k = 0; k < edges; k++) {
    const c = x[k]! * y[k + 1]! - x[k + 1]! * y[k]!;
    s += c;
    gx += (x[k]! + x[k + 1]!) * c;
    gy += (y[k]! + y[k + 1]!) * c;
    const dx = x[k + 1]! - x[k]!;
    const dy = y[k + 1]! - y[k]!;
    perimeter += Math.sqrt(dx * dx + dy * dy);
  }
  gx /= 3 * s;
  gy /= 3 * s;
  const area = Math.abs(s) / 2;
  const hull = hullArea(x, y, edges);

  let sum = 0;
  let mxx = 0;
  let myy = 0;
  let mxy = 0;
  for (let k = 0; k < edges; k++) {
    const xa = x[k]! - gx;
    const ya = y[k]! - gy;
    const xb = x[k + 1]! - gx;
    const yb = y[k + 1]! - gy;
    const c = xa * yb - xb * ya;
    sum += c;
    mxx += c * (xa * xa + xa * xb + xb * xb);
    myy += c * (ya * ya + ya * yb + yb * yb);
    mxy += c * (xa * yb + 2 * xa * ya + 2 * xb * yb + xb * ya);
  }
  const signed = sum / 2;
  mxx /= 12 * signed;
  myy /= 12 * signed;
  mxy /= 24 * signed;
  const d = Math.sqrt((mxx - myy) ** 2 + 4 * mxy * mxy);
  const l1 = (mxx + myy + d) / 2;
  const l2 = Math.max(0, (mxx + myy - d) / 2);
  const ecc = Math.sqrt(Math.max(0, 1 - l2 / l1));
  const round = ecc < ROUND;
  return {
    cx: gx + x0,
    cy: gy + y0,
    area,
    perimeter,
    major: 4 * Math.sqrt(l1),
    minor: 4 * Math.sqrt(l2),
    eccentricity: round ? 0 : ecc,
    theta: round ? 0 : 0.5 * Math.atan2(2 * mxy, mxx - myy),
    circularity: (4 * Math.PI * area) / (perimeter * perimeter),
    solidity: area / hull,
  };
}

/** Area of the convex hull of the first `n` points (Andrew's monotone chain). */
function hullArea(x: Float64Array, y: Float64Array, n: number): number {
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => x[a]! - x[b]! || y[a]! - y[b]!);
  const chain = (indices: readonly number[]): number[] => {
    const out: number[] = [];
    for (const p of indices) {
      while (out.length >= 2 && turn(x, y, out[out.length - 2]!, out[out.length - 1]!, p) <= 0) out.pop();
      out.push(p);
    }
    out.pop(); // the other chain begins with it
    return out;
  };
  const hull = [...chain(order), ...chain(order.reverse())];
  let s = 0;
  for (let k = 0; k < hull.length; k++) {
    const a = hull[k]!;
    const b = hull[(k + 1) % hull.length]!;
    s += x[a]! * y[b]! - x[b]! * y[a]!;
  }
  return Math.abs(s) / 2;
}

function turn(x: Float64Array, y: Float64Array, o: number, a: number, b: number): number {
  return (x[a]! - x[o]!) * (y[b]! - y[o]!) - (y[a]! - y[o]!) * (x[b]! - x[o]!);
}
