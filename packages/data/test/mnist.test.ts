import type { Bag, Cohort } from '@asmil/core';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../src/fetch/checksum.js';
import { mnistBags } from '../src/mnist/bags.js';
import { DIGIT_COUNTS, digitOf, imagesOf, loadDigits } from '../src/mnist/digits.js';
import { mnistSlides, POOLED_MEAN, POOLED_STD, pooledDigits } from '../src/mnist/slides.js';
import { checkSplit } from '../src/splits.js';
import { contains } from './geometry.js';

const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const PARTS = ['train', 'val', 'test'] as const;

/** Image numbers by their vector of whole numbers, [10,000, d]. */
function index(vectors: Uint8Array | Uint16Array, d: number): Map<string, number> {
  return new Map(
    Array.from({ length: 10_000 }, (_, image) => [vectors.subarray(image * d, (image + 1) * d).join(), image]),
  );
}

/** The image that each row of a bag shows, found again by its pixels. */
function imagesIn(bag: Bag, mean: number, std: number, scale: number, images: ReadonlyMap<string, number>): number[] {
  return Array.from({ length: bag.n }, (_, i) => {
    const row = bag.features.subarray(i * bag.d, (i + 1) * bag.d);
    return images.get(Array.from(row, (v) => Math.round((v * std + mean) * scale)).join()) ?? -1;
  });
}

describe('digits', () => {
  it('keeps every image in exactly one part, with 783 nines before the test part', () => {
    const all = PARTS.flatMap((part) => [...imagesOf(part, DIGITS)]);
    expect(all).toHaveLength(10_000);
    expect(new Set(all).size).toBe(10_000);
    expect(imagesOf('train', [9]).length + imagesOf('val', [9]).length).toBe(783);
    expect(imagesOf('test', [9])).toHaveLength(195);
    expect(DIGITS.map((d) => PARTS.flatMap((part) => [...imagesOf(part, [d])]).length)).toEqual([...DIGIT_COUNTS]);
    expect(all.filter((image) => digitOf(image) === 9)).toHaveLength(978);
  });

  it('decodes to bytes whose mean and deviation are MNIST’s', async () => {
    const pixels = await loadDigits();
    const mean = pixels.reduce((sum, p) => sum + p / 255, 0) / pixels.length;
    const square = pixels.reduce((sum, p) => sum + (p / 255) ** 2, 0) / pixels.length;
    expect(mean).toBeCloseTo(0.1307, 2);
    expect(Math.sqrt(square - mean ** 2)).toBeCloseTo(0.3081, 2);
  });

  it('standardises pooled pixels with the constants of the training images', async () => {
    const sums = await pooledDigits();
    let sum = 0;
    let squares = 0;
    const images = imagesOf('train', DIGITS);
    for (const image of images)
      for (let j = 0; j < 196; j++) {
        const value = sums[image * 196 + j]! / 1020;
        sum += value;
        squares += value ** 2;
      }
    const count = images.length * 196;
    expect(sum / count).toBeCloseTo(POOLED_MEAN, 5);
    expect(Math.sqrt(squares / count - (sum / count) ** 2)).toBeCloseTo(POOLED_STD, 5);
  });
});

describe.each([
  ['mnist-bags', () => mnistBags({ scale: 'quick' })],
  ['mnist-slides', () => mnistSlides('quick')],
] as const)('%s', (_, make) => {
  const cohort: Cohort = make();

  it('has balanced parts that share no bag, for every split seed', () => {
    const seen = new Set<string>();
    const labelOf = new Map(cohort.bags.map((bag) => [bag.id, bag.label]));
    for (const seed of [0, 1, 2, 3, 4]) {
      for (const split of cohort.splits(seed)) {
        checkSplit(cohort.bags, split);
        for (const part of PARTS) {
          expect(split[part].filter((id) => labelOf.get(id) === 1)).toHaveLength(split[part].length / 2);
          for (const id of split[part]) seen.add(id);
        }
      }
    }
    expect(seen.size).toBe(cohort.bags.length);
    expect(() => cohort.splits(5)).toThrow(/split seed 5/);
    expect(() => cohort.splits(0.5)).toThrow(/split seed 0.5/);
  });

  it('draws a bag again bit for bit, and other bags for another split seed', async () => {
    const [split] = cohort.splits(0);
    const id = split!.train[0]!;
    const again = await make().load(id, split!);
    expect(await cohort.load(id, split!)).toEqual(again);
    const [other] = cohort.splits(1);
    const bag = await cohort.load(other!.train[0]!, other!);
    expect(bag.features).not.toEqual(again.features);
  });

  it('loads what it lists, with labels that follow from the instances', async () => {
    const [split] = cohort.splits(2);
    const info = new Map(cohort.bags.map((bag) => [bag.id, bag]));
    for (const id of [...split!.train.slice(0, 10), ...split!.test.slice(0, 10)]) {
      const bag = await cohort.load(id, split!);
      expect(bag.n).toBe(info.get(id)!.n);
      expect(bag.label).toBe(info.get(id)!.label);
      expect(bag.features).toHaveLength(bag.n * cohort.dim);
      expect(bag.features.every(Number.isFinite)).toBe(true);
      expect(Math.max(...bag.instanceLabels!)).toBe(bag.label);
    }
    await expect(cohort.load('s9-train-01', split!)).rejects.toThrow(/no bag s9-train-01/);
  });
});

describe('mnist-bags', () => {
  it('shows nines exactly where labelled, and images of its own part only', async () => {
    const cohort = mnistBags({ scale: 'quick' });
    const known = index(await loadDigits(), 784);
    const [split] = cohort.splits(0);
    for (const part of PARTS) {
      const allowed = new Set(imagesOf(part, DIGITS));
      for (const id of split![part].slice(0, 2)) {
        const bag = await cohort.load(id, split!);
        const images = imagesIn(bag, 0.1307, 0.3081, 255, known);
        expect(images.every((image) => allowed.has(image))).toBe(true);
        expect(images.map((image) => (digitOf(image) === 9 ? 1 : 0))).toEqual([...bag.instanceLabels!]);
      }
    }
  });

  it('draws lengths around the mean, truncated', () => {
    const lengths = mnistBags({ scale: 'paper' }).bags.map((bag) => bag.n!);
    const mean = lengths.reduce((a, b) => a + b, 0) / lengths.length;
    // Truncation takes half an instance from 10; a positive bag is a little longer, for a longer draw has a nine more often.
    expect(mean).toBeGreaterThan(9.45);
    expect(mean).toBeLessThan(9.75);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(1);
  });

  it('makes bags of one instance: a nine or not', async () => {
    const cohort = mnistBags({ scale: 'quick', mean: 1, spread: 0 });
    const [split] = cohort.splits(0);
    expect(new Set(cohort.bags.map((bag) => bag.n))).toEqual(new Set([1]));
    expect([...(await cohort.load(split!.train[0]!, split!)).instanceLabels!]).toEqual([1]);
    expect([...(await cohort.load(split!.train[1]!, split!)).instanceLabels!]).toEqual([0]);
  });

  it('has another fingerprint for other settings', () => {
    const prints = [
      mnistBags({ scale: 'quick' }),
      mnistBags({ scale: 'paper' }),
      mnistBags({ scale: 'quick', mean: 50, spread: 10 }),
      mnistSlides('quick'),
    ].map((cohort) => cohort.fingerprint);
    expect(new Set(prints).size).toBe(4);
    expect(mnistBags({ scale: 'quick' }).fingerprint).toBe(prints[0]);
  });
});

describe('mnist-slides', () => {
  const cohort = mnistSlides('quick');
  const [split] = cohort.splits(0);

  it('shows nines exactly where labelled, and images of its own part only', async () => {
    const known = index(await pooledDigits(), 196);
    for (const part of PARTS) {
      const allowed = new Set(imagesOf(part, DIGITS));
      for (const id of split![part].slice(0, 2)) {
        const bag = await cohort.load(id, split!);
        const images = imagesIn(bag, POOLED_MEAN, POOLED_STD, 1020, known);
        expect(images.every((image) => allowed.has(image))).toBe(true);
        expect(images.map((image) => (digitOf(image) === 9 ? 1 : 0))).toEqual([...bag.instanceLabels!]);
      }
    }
  });

  it('has outlines that hold the labelled tiles and no others', async () => {
    for (const id of split!.train.slice(0, 12)) {
      const bag = await cohort.load(id, split!);
      const polygons = await cohort.outlines(id);
      if (bag.label === 0) expect(polygons).toEqual([]);
      else {
        expect(polygons.length).toBeGreaterThanOrEqual(1);
        expect(polygons.length).toBeLessThanOrEqual(3);
      }
      for (let i = 0; i < bag.n; i++) {
        const [x, y] = [bag.coords![2 * i]! + 0.5, bag.coords![2 * i + 1]! + 0.5];
        expect(polygons.filter((polygon) => contains(polygon, x, y))).toHaveLength(bag.instanceLabels![i]!);
      }
    }
  });

  it('gives every tile its own place, from 0, and lesions of at most a tenth of the slide', async () => {
    for (const id of split!.train) {
      const { n, coords, instanceLabels } = await cohort.load(id, split!);
      const places = new Set(Array.from({ length: n }, (_, i) => `${coords![2 * i]},${coords![2 * i + 1]}`));
      expect(places.size).toBe(n);
      expect(Math.min(...coords!)).toBe(0);
      expect(instanceLabels!.reduce((a, b) => a + b, 0) / n).toBeLessThan(0.13);
    }
  });

  it('has sizes in the range of its scale', () => {
    for (const [scale, least, most] of [
      ['quick', 100, 400],
      ['standard', 300, 1500],
      ['paper', 1000, 8000],
    ] as const) {
      const sizes = mnistSlides(scale).bags.map((bag) => bag.n!);
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(least);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
    }
  });

  it('loads the largest slide of the paper scale', async () => {
    const paper = mnistSlides('paper');
    const largest = paper.bags.reduce((a, b) => (a.n! >= b.n! ? a : b));
    const bag = await paper.load(largest.id, paper.splits(0)[0]!);
    expect(bag.n).toBe(largest.n);
    expect(bag.n).toBeGreaterThan(5000);
  });
});

describe('frozen content', () => {
  // Whoever changes one of these hashes raises VERSION in the generator, so that fingerprints change with the content.
  it.each([
    [
      'mnist-bags',
      mnistBags({ scale: 'quick' }),
      'de918bad35f9eb264e0a1ce4d2c9894ed8616a0f73e99a7c9f0b514b1fd87c37',
      '6b1da0cc0c1ad80765ec2490e49cc14b756797b5d5cbe03459a6bd989f672ef0',
    ],
    [
      'mnist-slides',
      mnistSlides('quick'),
      'cdcbc57fd4d934b7934bf16077c596868399b130e60c4099972d6391851983be',
      'c7a530fe72aca40e4d350a87215a3ce914030b69c566c5208e9d6f92d0d321d0',
    ],
  ] as const)('%s', async (_, cohort, fingerprint, content) => {
    const [split] = cohort.splits(1);
    const hashes: string[] = [];
    for (const id of [...split!.train.slice(0, 3), ...split!.test.slice(0, 3)]) {
      const { features, coords } = await cohort.load(id, split!);
      hashes.push(sha256(new Uint8Array(features.buffer)), sha256((coords ?? []).join()));
    }
    expect([cohort.fingerprint, sha256(hashes.join())]).toEqual([fingerprint, content]);
  });
});
