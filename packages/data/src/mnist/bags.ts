import { type Bag, type Cohort, createRng } from '@asmil/core';
import { sha256 } from '../fetch/checksum.js';
import type { Scale } from '../registry.js';
import { DIGITS_PROVENANCE, DIGITS_SHA256, digitOf, imagesOf, loadDigits, PIXELS } from './digits.js';
import { type DrawnBag, drawnBags, labelOf, type PartSizes } from './drawn.js';

/** Raised when the same settings would draw other bags. */
const VERSION = 1;
const TARGET = 9;

/** Mean and deviation of MNIST's 60,000 training images, pixels in 0 to 1. */
const PIXEL_MEAN = 0.1307;
const PIXEL_STD = 0.3081;
const STANDARDISED = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - PIXEL_MEAN) / PIXEL_STD);

const SIZES: Readonly<Record<Scale, PartSizes>> = {
  quick: { train: 60, val: 40, test: 40 },
  standard: { train: 200, val: 100, test: 200 },
  paper: { train: 500, val: 200, test: 1000 },
};

export interface MnistBagsOptions {
  readonly scale: Scale;
  /** Mean number of instances; default 10. */
  readonly mean?: number;
  /** Standard deviation of the number of instances; default 2. */
  readonly spread?: number;
}

/**
 * MNIST-bags (Ilse, Tomczak, Welling, ICML 2018): an instance is a digit, a bag is positive if it holds a nine. Drawn as by
 * the second of the official loaders: classes alternate, N is a normal draw truncated toward zero and at least 1, digits are
 * drawn with replacement; a positive draw without a nine is drawn again, nines are skipped in a negative bag. Features are
 * the 784 pixels, standardised.
 */
export function mnistBags({ scale, mean = 10, spread = 2 }: MnistBagsOptions): Cohort {
  const drawn = drawnBags('mnist-bags', SIZES[scale], (bag) => drawImages(bag, mean, spread).length);
  const settings = {
    generator: 'mnist-bags',
    version: VERSION,
    digits: DIGITS_SHA256,
    sizes: SIZES[scale],
    mean,
    spread,
  };
  return {
    name: 'mnist-bags',
    title: `MNIST-bags of about ${mean} digits (real digits, bags drawn)`,
    simulated: false,
    provenance: `Bags drawn at random as in Ilse, Tomczak and Welling (ICML 2018). ${DIGITS_PROVENANCE}`,
    classes: ['no nine', 'nine'],
    dim: PIXELS,
    bags: drawn.bags,
    fingerprint: sha256(JSON.stringify(settings)),
    splits: drawn.splits,
    async load(id): Promise<Bag> {
      const bag = drawn.find(id);
      const images = drawImages(bag, mean, spread);
      const pixels = await loadDigits();
      const features = new Float32Array(images.length * PIXELS);
      images.forEach((image, row) => {
        for (let j = 0; j < PIXELS; j++) features[row * PIXELS + j] = STANDARDISED[pixels[image * PIXELS + j]!]!;
      });
      const instanceLabels = Uint8Array.from(images, (image) => (digitOf(image) === TARGET ? 1 : 0));
      return { id, n: images.length, d: PIXELS, features, label: labelOf(bag), instanceLabels };
    },
  };
}

const ALL_DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const POOLS = {
  train: imagesOf('train', ALL_DIGITS),
  val: imagesOf('val', ALL_DIGITS),
  test: imagesOf('test', ALL_DIGITS),
};

/** The images of one bag, from a stream of its own. */
function drawImages(bag: DrawnBag, mean: number, spread: number): number[] {
  const rng = createRng(bag.splitSeed, 'mnist-bags', bag.part, bag.index);
  const pool = POOLS[bag.part];
  const drawImage = () => pool[rng.int(pool.length)]!;
  const drawLength = () => Math.max(1, Math.trunc(mean + spread * rng.normal()));
  if (labelOf(bag) === 1) {
    for (;;) {
      const images = Array.from({ length: drawLength() }, drawImage);
      if (images.some((image) => digitOf(image) === TARGET)) return images;
    }
  }
  const length = drawLength();
  const images: number[] = [];
  while (images.length < length) {
    const image = drawImage();
    if (digitOf(image) !== TARGET) images.push(image);
  }
  return images;
}
