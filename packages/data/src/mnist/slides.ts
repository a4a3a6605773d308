import { type Bag, createRng, type Rng } from '@asmil/core';
import { sha256 } from '../fetch/checksum.js';
import { tileOutlines } from '../outline.js';
import type { Scale } from '../registry.js';
import type { SlideCohort } from '../slide-cohort.js';
import { DIGITS_PROVENANCE, DIGITS_SHA256, imagesOf, loadDigits, type Part, PIXELS, SIDE } from './digits.js';
import { type DrawnBag, drawnBags, labelOf, type PartSizes } from './drawn.js';
import { growLesions, tissueTiles } from './tissue.js';

/** Raised when the same settings would draw other slides. */
const VERSION = 1;
const HALF = SIDE / 2;
const DIM = HALF * HALF;

/** Mean and deviation of the pooled pixels (0 to 1) over the training part's images. */
export const POOLED_MEAN = 0.13264;
export const POOLED_STD = 0.28261;

/** Number of tiles: log-normal, cut off at both ends. */
interface TileCounts {
  readonly median: number;
  readonly sigma: number;
  readonly least: number;
  readonly most: number;
}

const SCALES: Readonly<Record<Scale, { readonly slides: PartSizes; readonly tiles: TileCounts }>> = {
  quick: { slides: { train: 40, val: 20, test: 30 }, tiles: { median: 200, sigma: 0.35, least: 100, most: 400 } },
  standard: { slides: { train: 120, val: 40, test: 80 }, tiles: { median: 670, sigma: 0.4, least: 300, most: 1500 } },
  paper: { slides: { train: 216, val: 54, test: 130 }, tiles: { median: 2800, sigma: 0.5, least: 1000, most: 8000 } },
};

/** One to three lesions on a tumour slide, each from three tiles to this share of the slide's tiles (at least six). */
const LESIONS = { most: 3, smallest: 3, largestShare: 0.04 } as const;

/** One slide before its pixels: everything follows from the split seed and the bag's place. */
interface SlidePlan {
  readonly coords: Int32Array;
  /** Tile numbers of each lesion. */
  readonly lesions: readonly (readonly number[])[];
  readonly rng: Rng;
}

/**
 * Slides made of digits: a piece of tissue whose tiles are the digits 0 to 8, and on a tumour slide one to three compact
 * lesions of nines. It has what attention MIL meets on slides (few positive tiles of many, in coherent places, with their
 * outlines known) at a size that trains in minutes. Features are the digit's pixels, mean-pooled 2×2 to 14×14 and
 * standardised.
 */
export function mnistSlides(scale: Scale): SlideCohort {
  const { slides, tiles } = SCALES[scale];
  const drawn = drawnBags('mnist-slides', slides, (bag) => tileCount(streamOf(bag), tiles));
  const plan = (bag: DrawnBag): SlidePlan => {
    const rng = streamOf(bag);
    const coords = tissueTiles(rng.split('tissue'), tileCount(streamOf(bag), tiles));
    const lesions = labelOf(bag) === 1 ? drawLesions(rng.split('lesions'), coords) : [];
    return { coords, lesions, rng: rng.split('digits') };
  };
  const settings = {
    generator: 'mnist-slides',
    version: VERSION,
    digits: DIGITS_SHA256,
    slides,
    tiles,
    lesions: LESIONS,
  };
  return {
    name: 'mnist-slides',
    title: 'MNIST-slides (simulated slides of real digits)',
    simulated: true,
    provenance: `Slides drawn by this suite: tissue of the digits 0 to 8, lesions of nines. ${DIGITS_PROVENANCE}`,
    classes: ['normal', 'tumour'],
    dim: DIM,
    bags: drawn.bags,
    fingerprint: sha256(JSON.stringify(settings)),
    tile: { px: SIDE },
    splits: drawn.splits,
    async load(id): Promise<Bag> {
      const bag = drawn.find(id);
      const { coords, lesions, rng } = plan(bag);
      const n = coords.length / 2;
      const instanceLabels = new Uint8Array(n);
      for (const lesion of lesions) for (const tile of lesion) instanceLabels[tile] = 1;
      const pooled = await pooledDigits();
      const features = new Float32Array(n * DIM);
      const { nines, others } = POOLS[bag.part];
      for (let i = 0; i < n; i++) {
        const pool = instanceLabels[i] ? nines : others;
        const image = pool[rng.int(pool.length)]!;
        for (let j = 0; j < DIM; j++) features[i * DIM + j] = STANDARDISED[pooled[image * DIM + j]!]!;
      }
      return { id, n, d: DIM, features, coords, label: labelOf(bag), instanceLabels };
    },
    async outlines(id) {
      const { coords, lesions } = plan(drawn.find(id));
      return lesions.flatMap((lesion) =>
        tileOutlines(lesion.map((i) => [coords[2 * i]!, coords[2 * i + 1]!] as const)),
      );
    },
  };
}

const poolsOf = (part: Part) => ({
  nines: imagesOf(part, [9]),
  others: imagesOf(part, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
});
const POOLS = { train: poolsOf('train'), val: poolsOf('val'), test: poolsOf('test') };

const streamOf = (bag: DrawnBag): Rng => createRng(bag.splitSeed, 'mnist-slides', bag.part, bag.index);

function tileCount(rng: Rng, { median, sigma, least, most }: TileCounts): number {
  return Math.min(most, Math.max(least, Math.round(median * Math.exp(sigma * rng.split('tiles').normal()))));
}

function drawLesions(rng: Rng, coords: Int32Array): number[][] {
  const largest = Math.max(2 * LESIONS.smallest, (LESIONS.largestShare * coords.length) / 2);
  return growLesions(rng, coords, { count: 1 + rng.int(LESIONS.most), smallest: LESIONS.smallest, largest });
}

/** The standardised value for the sum of four bytes. */
const STANDARDISED = Float32Array.from({ length: 4 * 255 + 1 }, (_, sum) => (sum / 4 / 255 - POOLED_MEAN) / POOLED_STD);

let pooledOnce: Promise<Uint16Array> | undefined;

/** Sums of 2×2 pixels of all images, [10,000, 14·14], made once a process. */
export function pooledDigits(): Promise<Uint16Array> {
  pooledOnce ??= loadDigits().then((pixels) => {
    const sums = new Uint16Array((pixels.length / PIXELS) * DIM);
    for (let at = 0; at < sums.length; at++) {
      const image = Math.floor(at / DIM);
      const row = Math.floor((at % DIM) / HALF);
      const corner = image * PIXELS + 2 * row * SIDE + 2 * (at % HALF);
      sums[at] = pixels[corner]! + pixels[corner + 1]! + pixels[corner + SIDE]! + pixels[corner + SIDE + 1]!;
    }
    return sums;
  });
  return pooledOnce;
}
