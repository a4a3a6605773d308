import { createRng } from '@asmil/core';
import type { EncoderName } from './encoder-names.js';
import { deviate, drawDeviate, hashKey, mix, power, STEP_DIM } from './noise.js';

/** What tells one simulated encoder from the other besides its map; how well it separates lesions is in `difficulty.ts`. */
export interface EncoderSpec {
  readonly label: string;
  /** Features per tile D. */
  readonly dim: number;
  /** Seed of the fixed random map. */
  readonly seed: number;
  /** Gain on stain and centre shifts. */
  readonly stain: number;
  /** Standard deviation of the feature noise before the features are scaled to 1. */
  readonly noise: number;
}

export const ENCODERS: Readonly<Record<EncoderName, EncoderSpec>> = {
  'vit-s': { label: 'ViT-S', dim: 384, seed: 384, stain: 1, noise: 0.3 },
  resnet18: { label: 'ResNet-18', dim: 512, seed: 512, stain: 1.3, noise: 0.4 },
  // Trained on slides of many laboratories, so staining moves their features less.
  'pathgen-clip': { label: 'PathGen-CLIP ViT-L', dim: 768, seed: 768, stain: 0.7, noise: 0.3 },
  uni: { label: 'UNI ViT-L', dim: 1024, seed: 1024, stain: 0.7, noise: 0.3 },
};

/** Width of the hidden layer; a multiple of 4, which the inner loop relies on. */
export const HIDDEN = 32;

/**
 * Noise of one feature from a normal deviate g: g (0.73 + 0.09 g²) has about unit variance and heavy tails
 * (the far values of a normal deviate grow with its cube).
 */
const heavy = (g: number): number => g * (0.73 + 0.09 * g * g);

/** A fixed random map from the latent [L] to D features: x = (B φ(A z + a) − μ) / σ + noise, φ(t) = t / (1 + |t|). */
export class Encoder {
  readonly dim: number;
  private readonly hidden = new Float64Array(HIDDEN);
  private readonly sum: Float64Array;
  private readonly a: Float64Array; // [H, L]
  private readonly bias: Float64Array; // [H]
  private readonly b: Float64Array; // [H, D]
  private readonly offset: Float64Array; // [D]
  private readonly noise: Float64Array; // [D]
  private readonly key: number;

  /** `sample`: latents [M, L] of a reference population, from which μ and σ of every feature are computed. */
  constructor(
    readonly spec: EncoderSpec,
    readonly latent: number,
    sample: Float64Array,
  ) {
    const rng = createRng(spec.seed, 'encoder');
    const D = spec.dim;
    this.dim = D;
    this.key = hashKey('feature-noise', spec.seed);
    const draw = (count: number, scale: number): Float64Array =>
      Float64Array.from({ length: count }, () => scale * drawDeviate(rng));
    this.a = draw(HIDDEN * latent, 1 / Math.sqrt(latent));
    this.bias = draw(HIDDEN, 0.4);
    this.b = draw(HIDDEN * D, 1 / Math.sqrt(HIDDEN));
    this.offset = new Float64Array(D);
    this.noise = new Float64Array(D).fill(spec.noise);
    this.sum = new Float64Array(D);
    this.standardise(sample, draw(D, 0.15));
  }

  /** φ(A z + a) for the latent at `at`, left in `hidden`. */
  private activate(z: Float64Array, at: number): void {
    const L = this.latent;
    for (let h = 0; h < HIDDEN; h++) {
      let t = this.bias[h]!;
      for (let k = 0; k < L; k++) t += this.a[h * L + k]! * z[at + k]!;
      this.hidden[h] = t / (1 + (t < 0 ? -t : t));
    }
  }

  /** Scales B so that every feature of the sample has mean 0 and a standard deviation near 1 (`spread`: log of it). */
  private standardise(sample: Float64Array, spread: Float64Array): void {
    const D = this.dim;
    const count = sample.length / this.latent;
    const mean = new Float64Array(D);
    const square = new Float64Array(D);
    for (let i = 0; i < count; i++) {
      this.activate(sample, i * this.latent);
      for (let j = 0; j < D; j++) {
        let x = 0;
        for (let h = 0; h < HIDDEN; h++) x += this.hidden[h]! * this.b[h * D + j]!;
        mean[j]! += x / count;
        square[j]! += (x * x) / count;
      }
    }
    const noise = this.spec.noise;
    for (let j = 0; j < D; j++) {
      const signal = Math.sqrt(square[j]! - mean[j]! * mean[j]!);
      // biome-ignore lint/suspicious/noApproximativeNumericConstant: part of the frozen generator, more digits would move bits
      const total = power(2.718281828, spread[j]!) / Math.sqrt(1 + noise * noise);
      for (let h = 0; h < HIDDEN; h++) this.b[h * D + j]! *= total / signal;
      this.offset[j] = (-mean[j]! * total) / signal;
      this.noise[j] = noise * total;
    }
  }

  /** Writes the features of the tile with latent z [L] and hash `tile` to `out` at `at`. */
  encode(z: Float64Array, tile: number, out: Float32Array, at: number): void {
    const { hidden, sum, b, noise, dim: D } = this;
    this.activate(z, 0);
    sum.set(this.offset);
    for (let h = 0; h < HIDDEN; h += 4) {
      const [h0, h1, h2, h3] = [hidden[h]!, hidden[h + 1]!, hidden[h + 2]!, hidden[h + 3]!];
      const [r0, r1, r2, r3] = [h * D, (h + 1) * D, (h + 2) * D, (h + 3) * D];
      for (let j = 0; j < D; j++) {
        sum[j] = sum[j]! + (h0 * b[r0 + j]! + h1 * b[r1 + j]! + (h2 * b[r2 + j]! + h3 * b[r3 + j]!));
      }
    }
    const key = mix(tile ^ this.key);
    for (let j = 0; j < D; j++) {
      out[at + j] = sum[j]! + noise[j]! * heavy(deviate(mix(key + Math.imul(j + 1, STEP_DIM))));
    }
  }
}
