/**
 * Random numbers as functions of position. Everything here uses integer hashes and +, −, ×, ÷ and the square root only:
 * IEEE 754 fixes their results to the last bit, whereas `Math.exp`, `log`, `sin` and `tanh` may differ between platforms.
 */

/** Multipliers that spread neighbouring coordinates over the hash. */
const STEP_X = 0x9e3779b1;
const STEP_Y = 0x85ebca77;
/** Step between the dimensions of one lattice point. */
export const STEP_DIM = 0x27d4eb2f;

/** Murmur's 32-bit finaliser: a bijection of int32 in which every input bit reaches every output bit. */
export function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A 32-bit key from labels (FNV-1a over the characters, finished by `mix`). */
export function hashKey(...labels: (string | number)[]): number {
  const text = labels.join('/');
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
}

/** Hash of a lattice point. */
export function hashPoint(key: number, x: number, y: number): number {
  return mix(mix(key + Math.imul(x, STEP_X)) + Math.imul(y, STEP_Y));
}

/** Uniform in [0, 1) from a hash. */
export function uniform(h: number): number {
  return (h >>> 0) / 4294967296;
}

/** 1 / standard deviation of the sum of four bytes: variance 4 (2^16 − 1) / 12. */
const PER_BYTES = 1 / Math.sqrt(21845);

/** A nearly normal deviate (mean 0, variance 1, bounded by ±3.45) from a hash: the sum of its four bytes. */
export function deviate(h: number): number {
  return ((h & 255) + ((h >>> 8) & 255) + ((h >>> 16) & 255) + (h >>> 24) - 510) * PER_BYTES;
}

/** A nearly normal deviate from a stream of uniforms (`Rng.normal` goes through the platform's logarithm). */
export function drawDeviate(rng: { next(): number }): number {
  return deviate(Math.floor(rng.next() * 4294967296) | 0);
}

/** base^exponent for base > 0 by repeated squares and square roots; exponents are taken to 2^-30. */
export function power(base: number, exponent: number): number {
  if (exponent < 0) return 1 / power(base, -exponent);
  let whole = Math.floor(exponent);
  let fraction = exponent - whole;
  let out = 1;
  for (let square = base; whole > 0; whole = Math.floor(whole / 2), square *= square)
    if (whole % 2 === 1) out *= square;
  let root = base;
  for (let bit = 0; bit < 30 && fraction > 0; bit++) {
    root = Math.sqrt(root);
    fraction *= 2;
    if (fraction >= 1) {
      out *= root;
      fraction -= 1;
    }
  }
  return out;
}

/** Weights of the four lattice points around a place, with an eased transition; their squares sum to 1. */
function cornerWeights(fx: number, fy: number, out: Float64Array): void {
  const u = fx * fx * (3 - 2 * fx);
  const v = fy * fy * (3 - 2 * fy);
  const a = (1 - u) * (1 - v);
  const b = u * (1 - v);
  const c = (1 - u) * v;
  const d = u * v;
  const norm = 1 / Math.sqrt(a * a + b * b + c * c + d * d); // variance 1 at every place, not only on the lattice
  out[0] = a * norm;
  out[1] = b * norm;
  out[2] = c * norm;
  out[3] = d * norm;
}

const weights = new Float64Array(4);

/** Smooth noise at (x, y): mean 0, variance 1, correlated over a distance of about 1. */
export function valueNoise(key: number, x: number, y: number): number {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  cornerWeights(x - x0, y - y0, weights);
  return (
    weights[0]! * deviate(hashPoint(key, x0, y0)) +
    weights[1]! * deviate(hashPoint(key, x0 + 1, y0)) +
    weights[2]! * deviate(hashPoint(key, x0, y0 + 1)) +
    weights[3]! * deviate(hashPoint(key, x0 + 1, y0 + 1))
  );
}

/** Adds `gain` × a smooth noise vector at (x, y) to `out`; its dimensions are independent. */
export function addNoiseVector(key: number, x: number, y: number, gain: number, out: Float64Array): void {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  cornerWeights(x - x0, y - y0, weights);
  const a = weights[0]! * gain;
  const b = weights[1]! * gain;
  const c = weights[2]! * gain;
  const d = weights[3]! * gain;
  const ha = hashPoint(key, x0, y0);
  const hb = hashPoint(key, x0 + 1, y0);
  const hc = hashPoint(key, x0, y0 + 1);
  const hd = hashPoint(key, x0 + 1, y0 + 1);
  for (let k = 0; k < out.length; k++) {
    const step = Math.imul(k + 1, STEP_DIM);
    out[k]! +=
      a * deviate(mix(ha + step)) +
      b * deviate(mix(hb + step)) +
      c * deviate(mix(hc + step)) +
      d * deviate(mix(hd + step));
  }
}
