import { engineInfo, hasKernels, runKernel, tf, tf, tracing } from '../engine/index.js';
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
    const [z, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const mask =
      engineInfo()?.name === 'native'
        ? nativeFactors(seed, z.shape, rate)
        : tf.tensor(factors(seed.dataSync() as Int32Array, z.size, rate), z.shape);
    save([mask]);
    return { value: tf.mul(z, mask), gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => tf.mul(dy, s[0]!) };
  })(x) as T;
}

function masked(x: tf.Tensor, seed: tf.Tensor, rate: number): tf.Tensor {
  if (hasKernels()) return runKernel({ name: 'AsmilDropout', attributes: { rate }, inputs: [x, seed], outputs: 1 })[0]!;
  if (tracing()) throw new Error('dropout needs kernels that this engine lacks');
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
