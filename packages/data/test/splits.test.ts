import { type BagInfo, createRng, type Split } from '@asmil/core';
import { describe, expect, it } from 'vitest';
import { checkSplit, crossValidation, holdOut } from '../src/splits.js';

const bag = (id: string, label: number, group = id): BagInfo => ({ id, label, group });
const singles = (counts: readonly number[]): BagInfo[] =>
  counts.flatMap((count, label) => Array.from({ length: count }, (_, i) => bag(`c${label}-${i}`, label)));
const labelCounts = (bags: readonly BagInfo[], ids: readonly string[], classes: number): number[] => {
  const labelOf = new Map(bags.map((b) => [b.id, b.label]));
  return Array.from({ length: classes }, (_, c) => ids.filter((id) => labelOf.get(id) === c).length);
};

/** A cohort with random numbers of classes, groups, and bags a group; groups may mix labels. */
function randomCohort(seed: number): BagInfo[] {
  const rng = createRng(seed, 'cohort');
  const classes = 2 + rng.int(3);
  return Array.from({ length: 20 + rng.int(40) }, (_, g) => g).flatMap((g) => {
    const label = rng.int(classes);
    return Array.from({ length: 1 + rng.int(4) }, (_, i) =>
      bag(`g${g}-${i}`, rng.next() < 0.1 ? rng.int(classes) : label, `g${g}`),
    );
  });
}

describe('holdOut', () => {
  it('gives every part its share of every class', () => {
    const bags = singles([70, 30]);
    const split = holdOut(bags, { val: 0.2, test: 0.3, splitSeed: 1 });
    expect(labelCounts(bags, split.train, 2)).toEqual([35, 15]);
    expect(labelCounts(bags, split.val, 2)).toEqual([14, 6]);
    expect(labelCounts(bags, split.test, 2)).toEqual([21, 9]);
  });

  it('is within one bag of the share where the share is not whole', () => {
    const bags = singles([23, 11, 7]);
    const split = holdOut(bags, { val: 0.15, test: 0.25, splitSeed: 3 });
    for (const [part, share] of [
      [split.train, 0.6],
      [split.val, 0.15],
      [split.test, 0.25],
    ] as const)
      labelCounts(bags, part, 3).forEach((count, c) => {
        expect(Math.abs(count - share * [23, 11, 7][c]!)).toBeLessThan(1);
      });
  });

  it('depends on the seed alone, not on the order of the bags', () => {
    const bags = singles([30, 30]);
    const sorted = (split: Split) => [...split.test].sort();
    const once = holdOut(bags, { val: 0.2, test: 0.2, splitSeed: 5 });
    expect(holdOut(bags, { val: 0.2, test: 0.2, splitSeed: 5 })).toEqual(once);
    expect(sorted(holdOut([...bags].reverse(), { val: 0.2, test: 0.2, splitSeed: 5 }))).toEqual(sorted(once));
    expect(sorted(holdOut(bags, { val: 0.2, test: 0.2, splitSeed: 6 }))).not.toEqual(sorted(once));
  });

  it('leaves the validation set empty when none is wanted', () => {
    expect(holdOut(singles([10, 10]), { val: 0, test: 0.5, splitSeed: 0 }).val).toEqual([]);
  });

  it('refuses shares that leave no training part, and cohorts that are too small', () => {
    expect(() => holdOut(singles([9, 9]), { val: 0.5, test: 0.5, splitSeed: 0 })).toThrow(/val 0.5 and test 0.5/);
    expect(() => holdOut(singles([9, 9]), { val: 0.1, test: 0, splitSeed: 0 })).toThrow(/test 0/);
    expect(() => holdOut([bag('a', 0)], { val: 0, test: 0.3, splitSeed: 0 })).toThrow(/too few/);
  });
});

describe('crossValidation', () => {
  it('tests every bag once, in folds that differ by at most one bag a class', () => {
    const bags = singles([47, 45]);
    const splits = crossValidation(bags, { folds: 10, splitSeed: 0 });
    expect(splits.map((s) => s.name)).toEqual(Array.from({ length: 10 }, (_, k) => `fold${k}`));
    expect(splits.flatMap((s) => s.test).sort()).toEqual(bags.map((b) => b.id).sort());
    for (const split of splits) {
      checkSplit(bags, split);
      const [a, b] = labelCounts(bags, split.test, 2);
      expect([4, 5]).toContain(a);
      expect([4, 5]).toContain(b);
      expect(split.train.length + split.test.length).toBe(92);
      expect([9, 10]).toContain(split.test.length);
    }
  });

  it('takes the validation set from outside the test fold', () => {
    const bags = singles([40, 40]);
    for (const split of crossValidation(bags, { folds: 4, splitSeed: 2, val: 0.25 })) {
      checkSplit(bags, split);
      expect([split.train.length, split.val.length, split.test.length]).toEqual([45, 15, 20]);
    }
  });

  it('refuses one fold and more folds than groups', () => {
    const bags = [bag('a', 0, 'p'), bag('b', 1, 'p'), bag('c', 0, 'q')];
    expect(() => crossValidation(bags, { folds: 3, splitSeed: 0 })).toThrow(/2 to 2/);
    expect(() => crossValidation(bags, { folds: 1, splitSeed: 0 })).toThrow(/found 1 folds/);
  });
});

describe('random cohorts', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))('seed %i: no leak, whole groups, all bags used', (seed) => {
    const bags = randomCohort(seed);
    const splits = [
      holdOut(bags, { val: 0.2, test: 0.2, splitSeed: seed }),
      ...crossValidation(bags, { folds: 5, splitSeed: seed, val: 0.2 }),
    ];
    for (const split of splits) {
      checkSplit(bags, split);
      const all = [...split.train, ...split.val, ...split.test];
      expect(all.length).toBe(bags.length);
      const share = split.test.length / bags.length;
      expect(share).toBeGreaterThan(0.1);
      expect(share).toBeLessThan(0.3);
    }
  });
});

describe('checkSplit', () => {
  const bags = [bag('a1', 0, 'a'), bag('a2', 0, 'a'), bag('b', 1), bag('c', 0)];
  const split = (train: string[], val: string[], test: string[]): Split => ({ name: 's', train, val, test });

  it('passes a clean split', () => {
    expect(() => checkSplit(bags, split(['a1', 'a2'], ['b'], ['c']))).not.toThrow();
  });

  it('names a bag that the cohort lists twice', () => {
    expect(() => checkSplit([...bags, bag('b', 0)], split(['b'], [], ['c']))).toThrow(/lists the bag b twice/);
  });

  it.each([
    ['a bag on two sides', split(['b'], [], ['b', 'c']), /bag b in train and in test/],
    ['a bag in training and validation', split(['b'], ['b'], ['c']), /bag b in train and in val/],
    ['a group on two sides', split(['a1', 'b'], [], ['a2']), /group a in train and in test/],
    ['a group in validation and test', split(['b'], ['a1'], ['a2']), /group a in val and in test/],
    ['an unknown bag', split(['x'], [], ['c']), /bag x in train/],
    ['a bag given twice', split(['b', 'b'], [], ['c']), /bag b twice in train/],
    ['no training bags', split([], [], ['c']), /no bags in train/],
    ['no test bags', split(['c'], [], []), /no bags in test/],
  ])('names %s', (_, broken, message) => {
    expect(() => checkSplit(bags, broken)).toThrow(message);
  });
});
