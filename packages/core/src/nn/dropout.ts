import { engineInfo, hasKernels, runKernel, tf } from '../engine/index.js';
import type { Draw } from '../model.js';
import type { Rng } from '../rng.js';
import { nativeFactors } from './dropout-native.js';

/** The draw that a dropout mask is made of: two integers, whatever the size of what is dropped. */
export function dropoutSeed(rng: Rng): Draw {
  const word = (): number => Math.floor(rng.next() * 4294967296) | 0;
  return { shape: [2], values: Int32Array.of(word(), word()) };
}

/**
 * Inverted dropout: each element is 0 with probability `rate`, else divided by 1 − rate. `seed` is the tensor of a
 * `dropoutSeed`, int32 [2], from which the mask is computed element by element, the same on every engine; or, for tests, the
 * factors themselves, float32 in x's shape; without one (evaluation) x comes back.
 */
export function dropout<T extends tf.Tensor>(x: T, seed: tf.Tensor | undefined, rate: number): T {
  if (seed === undefined || rate === 0) return x;
  if (seed.dtype === 'float32') return tf.mul(x, seed) as T;
  return tf.customGrad((...args: unknown[]) => {
    const [z] = args as [tf.Tensor];
    return { value: masked(z, seed, rate), gradFunc: (dy: tf.Tensor) => masked(dy, seed, rate) };
  })(x) as T;
}

/** x with the elements dropped that the seed says. On a GPU the mask is made of TensorFlow's own operations. */
function masked(x: tf.Tensor, seed: tf.Tensor, rate: number): tf.Tensor {
  if (hasKernels()) return runKernel({ name: 'AsmilDropout', attributes: { rate }, inputs: [x, seed], outputs: 1 })[0]!;
  if (engineInfo()?.name === 'native') return tf.mul(x, nativeFactors(seed, x.shape, rate));
  return tf.mul(x, tf.tensor(factors(seed.dataSync() as Int32Array, x.size, rate), x.shape));
}

/** 0 or 1/(1 − rate) for each of n elements: murmur3's finaliser over the element's number, keyed twice. */
export function factors(seed: Int32Array, n: number, rate: number): Float32Array {
  const [a, b] = [seed[0]!, seed[1]!];
  const threshold = Math.round(rate * 16777216);
  const kept = Math.fround(1 / (1 - rate));
  const out = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    let h = mix((i ^ a) | 0);
    h = mix((h + b) | 0);
    out[i] = h >>> 8 < threshold ? 0 : kept;
  }
  return out;
}

function mix(x: number): number {
  let h = x ^ (x >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
