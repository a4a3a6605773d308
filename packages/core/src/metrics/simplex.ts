/** Numbers in, float64 out: what the functions of this folder accept as a vector. */
export type Vector = readonly number[] | Float32Array | Float64Array;

/** softmax(z / T) in float64. */
export function softmax(z: Vector, temperature = 1): Float64Array {
  let top = Number.NEGATIVE_INFINITY;
  for (const v of z) if (v > top) top = v;
  const out = Float64Array.from(z, (v) => Math.exp((v - top) / temperature));
  return scaleToOne(out);
}

/** ln σ(z), finite for every finite z. */
export function logSigmoid(z: number): number {
  return Math.min(z, 0) - Math.log1p(Math.exp(-Math.abs(z)));
}

/** The normalised sigmoid function σ(z_i / T) / Σ_j σ(z_j / T) in float64 (paper, Eq. 8), by logarithms. */
export function nsf(z: Vector, temperature = 1): Float64Array {
  return softmax(Float64Array.from(z, (v) => logSigmoid(v / temperature)));
}

/** The vector as a distribution: float64 copy divided by its sum. */
export function renormalise(p: Vector): Float64Array {
  return scaleToOne(Float64Array.from(p));
}

function scaleToOne(p: Float64Array): Float64Array {
  let sum = 0;
  for (const v of p) sum += v;
  for (let i = 0; i < p.length; i++) p[i]! /= sum;
  return p;
}
