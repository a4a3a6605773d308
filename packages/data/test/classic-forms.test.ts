import { describe, expect, it } from 'vitest';
import { classicCohort } from '../src/classic/cohort.js';
import { contiguousFolds } from '../src/classic/contiguous.js';
import { CLEAN, FORMS_WITH_LABEL, SETS_WITH_LABEL } from '../src/classic/forms.js';
import { classicEntries } from '../src/classic/index.js';
import { LABEL_COLUMN, withLabelColumn } from '../src/classic/label-column.js';
import { CLASSIC_SETS, type ClassicSet } from '../src/classic/sets.js';
import type { MilTable } from '../src/classic/table.js';
import { sha256 } from '../src/fetch/checksum.js';
import { checkSplit } from '../src/splits.js';

const [added, published] = FORMS_WITH_LABEL;
const setOf = (name: string): ClassicSet => CLASSIC_SETS.find((set) => set.name === name)!;

/** Bags of the given sizes, positive ones first, one feature: the number of the instance. */
function table(sizes: readonly number[], positive: number): MilTable {
  const starts = Int32Array.from([0, ...sizes]);
  for (let b = 0; b < sizes.length; b++) starts[b + 1]! += starts[b]!;
  return {
    dim: 1,
    labels: Uint8Array.from(sizes, (_, b) => Number(b < positive)),
    starts,
    values: Float64Array.from({ length: starts.at(-1)! }, (_, i) => i),
  };
}

/** A table of a set's own number of bags; two instances in each but where `sizes` says otherwise (bags from 1). */
function tableOf(set: ClassicSet, sizes: Readonly<Record<number, number>> = {}): MilTable {
  return table(
    Array.from({ length: set.bags }, (_, b) => sizes[b + 1] ?? 2),
    set.positive,
  );
}

describe('the folds', () => {
  it.each([
    ['musk1', '8e7293fe52e8b39dbf6b54134a88676191212b09a32226f734b483ae0fed22b6'],
    ['musk2', '42b0633bc030663a747b5e79c6050ad7e8a9b00de403d7662ecc3a4af79466a8'],
    ['fox', '7ec6b9130f1bc28ddb738a69b8e72959ff37c576e88ed97cfb905b0809030770'],
    ['tiger', '7ec6b9130f1bc28ddb738a69b8e72959ff37c576e88ed97cfb905b0809030770'],
    ['elephant', '7ec6b9130f1bc28ddb738a69b8e72959ff37c576e88ed97cfb905b0809030770'],
    ['ucsb', 'f0fbee95b1a5cd691b9a77fd0d6a72c8e543560e24abe24de9a34eedbb87bbfd'],
  ])('of %s are the published ones, bag by bag', (name, expected) => {
    const set = setOf(name);
    const cohort = classicCohort(set, tableOf(set));
    const indexOf = new Map(cohort.bags.map((bag, b) => [bag.id, b]));
    const folds = [0, 1, 2, 3, 4].map((run) =>
      cohort.splits(run).map((split) => split.test.map((id) => indexOf.get(id))),
    );
    expect(sha256(JSON.stringify(folds))).toBe(expected);
  });

  it.each([
    ['musk1', [10, 10, 9, 9, 9, 9, 9, 9, 9, 9]],
    ['musk2', [11, 11, 10, 10, 10, 10, 10, 10, 10, 10]],
    ['fox', Array.from({ length: 10 }, () => 20)],
  ])('of %s as published are parts of the file, the first ones longer', (name, sizes) => {
    const set = setOf(name);
    const folds = contiguousFolds(set.bags);
    expect(folds.map(({ length }) => length)).toEqual(sizes);
    expect(folds.flat()).toEqual(Array.from({ length: set.bags }, (_, b) => b));

    const cohort = classicCohort(set, tableOf(set), published);
    const splits = cohort.splits(0);
    expect(splits.map((split) => split.name)).toEqual([0, 5, 1, 6, 2, 7, 3, 8, 4, 9].map((k) => `run0-fold${k}`));
    for (const split of splits) {
      checkSplit(cohort.bags, split);
      const fold = folds[Number(split.name.at(-1))]!;
      expect(split.test).toEqual(fold.map((b) => cohort.bags[b]!.id));
      expect(split.train).toHaveLength(set.bags - fold.length);
    }
    // The runs differ in their seeds alone.
    expect(cohort.splits(4).map((split) => split.test)).toEqual(splits.map((split) => split.test));
    expect(() => cohort.splits(5)).toThrow(/0 to 4/);
  });
});

describe('the label column', () => {
  it('is the bag’s label on every instance, behind the features', () => {
    expect(withLabelColumn('fox', table([2, 1, 2], 2))).toEqual({
      dim: 2,
      labels: Uint8Array.from([1, 1, 0]),
      starts: Int32Array.from([0, 2, 3, 5]),
      values: Float64Array.from([0, 1, 1, 1, 2, 1, 3, 0, 4, 0]),
    });
  });

  it('of ELEPHANT has six zeros in two positive bags, and no other set has any', () => {
    const sizes = { 99: 4, 100: 5 };
    const flags = (name: string) => {
      const set = setOf(name);
      const own = tableOf(set, sizes);
      const { values, starts, labels } = withLabelColumn(name, own);
      const of = (bag: number) =>
        Array.from({ length: starts[bag]! - starts[bag - 1]! }, (_, i) => values[(starts[bag - 1]! + i) * 2 + 1]);
      const wrong = [...labels].flatMap((label, b) => of(b + 1).filter((flag) => flag !== label));
      return { of, wrong };
    };
    const { of, wrong } = flags('elephant');
    expect([of(98), of(99), of(100), of(101)]).toEqual([
      [1, 1],
      [1, 1, 1, 0],
      [0, 0, 0, 0, 0],
      [0, 0],
    ]);
    expect(wrong).toEqual([0, 0, 0, 0, 0, 0]);
    for (const name of SETS_WITH_LABEL) if (name !== 'elephant') expect(flags(name).wrong).toEqual([]);
  });

  it('is named in name, title, caveat, summary and provenance of each form that has it', () => {
    const set = setOf('tiger');
    const own = tableOf(set);
    const clean = classicCohort(set, own, CLEAN);
    expect([clean.name, clean.dim, clean.caveat, clean.fingerprint]).toEqual(['tiger', 1, undefined, set.textSha256]);
    expect(clean.title).not.toContain(LABEL_COLUMN);
    const others = FORMS_WITH_LABEL.map((form) => classicCohort(set, own, form));
    expect(others.map(({ name, dim, caveat }) => [name, dim, caveat])).toEqual([
      ['tiger-with-label-column', 2, LABEL_COLUMN],
      ['tiger-as-published', 2, LABEL_COLUMN],
    ]);
    for (const { title, provenance } of others) {
      expect(title).toContain(LABEL_COLUMN);
      expect(provenance).toContain(LABEL_COLUMN);
    }
    expect(new Set([clean, ...others].map(({ fingerprint }) => fingerprint)).size).toBe(3);
    for (const entry of classicEntries)
      expect(entry.summary.includes(LABEL_COLUMN)).toBe(/with-label-column|as-published/.test(entry.name));
  });

  it('is there for the five sets whose published files have it', () => {
    const names = classicEntries.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('ucsb'))).toEqual(['ucsb']);
    expect(names.filter((name) => name.endsWith('-with-label-column'))).toHaveLength(5);
    expect(names.filter((name) => name.endsWith('-as-published'))).toHaveLength(5);
  });
});

describe('features', () => {
  const set = setOf('musk1');
  const own = tableOf(set);
  own.values.fill(5);
  const cohort = (form = CLEAN) => classicCohort(set, own, form);
  const [split] = cohort().splits(0);
  const indexOf = (id: string) => cohort().bags.findIndex((bag) => bag.id === id);

  it('are standardised by the mean and population deviation of the training instances', async () => {
    // One training instance is 5 + n, n the number of training instances: the mean is 6, the variance n − 1.
    const n = 2 * split!.train.length;
    const at = 2 * indexOf(split!.train[0]!);
    own.values[at] = 5 + n;
    const test = split!.test[0]!;
    own.values[2 * indexOf(test)] = 6 + 3 * Math.sqrt(n - 1); // a test bag moves neither mean nor deviation
    const sd = Math.sqrt(n - 1);
    const [high, low] = (await cohort().load(split!.train[0]!, split!)).features;
    expect(high).toBeCloseTo((n - 1) / sd, 5);
    expect(low).toBeCloseTo(-1 / sd, 6);
    expect((await cohort().load(test, split!)).features[0]).toBeCloseTo(3, 5);
  });

  it('are standardised together with the column, where it is added to the same set-up', async () => {
    const labels = split!.train.map((id) => Number(indexOf(id) < set.positive));
    const p = labels.reduce((a, b) => a + b, 0) / labels.length; // two instances in each bag
    const { features } = await cohort(added).load(split!.train[0]!, split!);
    expect(features[1]).toBeCloseTo((labels[0]! - p) / Math.sqrt(p * (1 - p)), 5);
  });

  it('stay as they are in the form as published', async () => {
    const form = cohort(published);
    const [fold] = form.splits(0);
    const id = fold!.test[0]!;
    const b = indexOf(id);
    const { features } = await form.load(id, fold!);
    expect([...features]).toEqual([own.values[2 * b], 1, own.values[2 * b + 1], 1].map((x) => Math.fround(x!)));
  });
});
