import { createRng } from '@asmil/core';
import { drawDeviate } from './noise.js';

/** Dimensions of the latent space L. */
export const LATENT = 20;

/** Tissue types of a slide's background. */
export const TISSUES = 7;

/** Standard deviations per latent dimension. */
export const SPREAD = {
  /** Between the means of tissue types: smaller than the variation within a type (below, together 1.02). */
  type: 0.7,
  /** Within a type: the part that changes smoothly over the slide … */
  field: 0.8,
  /** … the part that differs from tile to tile … */
  tile: 0.55,
  /** … and the part that a whole slide shares (stain). */
  slide: 0.3,
  /** Between centres (scanner and staining protocol). */
  centre: 0.45,
  /** Between the lesions of different slides. */
  style: 0.35,
} as const;

/** What all slides of a cohort share: the latent means. */
export interface World {
  /** [TISSUES][L]. */
  readonly tissues: readonly Float64Array[];
  /** Mean of mimics: the common ground of lesions and what looks like them [L]. */
  readonly mimic: Float64Array;
  /** Unit vectors [L], orthogonal to each other: the lesion signs. */
  readonly signs: readonly [Float64Array, Float64Array];
  /** Shift of each centre [L]. */
  readonly centres: readonly Float64Array[];
}

const vector = (rng: { next(): number }, std: number): Float64Array =>
  Float64Array.from({ length: LATENT }, () => std * drawDeviate(rng));

/** A unit vector without its part along others. */
function unit(v: Float64Array, others: readonly Float64Array[]): Float64Array {
  const out = Float64Array.from(v);
  for (const other of others) {
    let dot = 0;
    for (let k = 0; k < LATENT; k++) dot += out[k]! * other[k]!;
    for (let k = 0; k < LATENT; k++) out[k]! -= dot * other[k]!;
  }
  let square = 0;
  for (const value of out) square += value * value;
  return out.map((value) => value / Math.sqrt(square));
}

export function createWorld(seed: number, centres: number): World {
  const rng = createRng(seed, 'world');
  const tissues = Array.from({ length: TISSUES }, () => vector(rng, SPREAD.type));
  const mimic = vector(rng, SPREAD.type);
  const first = unit(vector(rng, 1), []);
  const second = unit(vector(rng, 1), [first]);
  const shifts = createRng(seed, 'centres');
  return {
    tissues,
    mimic,
    signs: [first, second],
    // One centre has nothing to differ from.
    centres: Array.from({ length: centres }, () => vector(shifts, centres > 1 ? SPREAD.centre : 0)),
  };
}

/** Latents [count, L] of the tissue types in equal shares, from which encoders take the scale of their features. */
export function referenceSample(world: World, seed: number, count = 420): Float64Array {
  const rng = createRng(seed, 'reference');
  const { field, tile, slide } = SPREAD;
  const within = Math.sqrt(field * field + tile * tile + slide * slide);
  const out = new Float64Array(count * LATENT);
  for (let i = 0; i < count; i++) {
    const mean = world.tissues[i % TISSUES]!;
    for (let k = 0; k < LATENT; k++) out[i * LATENT + k] = mean[k]! + within * drawDeviate(rng);
  }
  return out;
}
