import { describe, expect, test } from 'vitest';
import { checkSplit } from '../../src/splits.js';
import { OFFICIAL, officialCohort } from '../../src/tables/official/index.js';

const counted = (name: string, splitSeed = 0) => {
  const { classes, rows, splits } = OFFICIAL[name]!;
  const labelOf = new Map(rows.map(({ slide, label }) => [slide, label]));
  const count = (ids: readonly string[]): number[] =>
    classes.map((_, c) => ids.filter((id) => labelOf.get(id) === c).length);
  expect(labelOf.size).toBe(rows.length); // no name twice
  return {
    all: count([...labelOf.keys()]),
    splits: splits(splitSeed).map(({ train, val, test }) => [count(train), count(val), count(test)]),
  };
};
const bagsOf = (name: string) =>
  OFFICIAL[name]!.rows.map(({ slide, label, patient }) => ({ id: slide, label, group: patient }));

/* Counts as the sources print them, by class. */
describe('public cohorts', () => {
  test('CAMELYON16', () => {
    const test = [80, 49];
    expect(counted('camelyon16')).toEqual({
      all: [239, 160],
      splits: [
        [[141, 101], [17, 10], test],
        [[141, 101], [17, 10], test],
        [[144, 98], [14, 13], test],
        [[140, 102], [18, 9], test],
        [[141, 101], [17, 10], test],
      ],
    });
    const { rows, splits } = OFFICIAL.camelyon16!;
    const names = new Set(rows.map(({ slide }) => slide));
    expect([names.has('normal_086'), names.has('test_049'), names.has('normal_160'), names.has('tumor_111')]).toEqual([
      ...[false, false, true, true],
    ]);
    expect(rows.find(({ slide }) => slide === 'test_001')!.label).toBe(1);
    for (const { train, val } of splits(0)) expect([...train, ...val]).not.toContain('normal_027');
  });

  test('CAMELYON17: centres 3 and 4 test, patients stay together', () => {
    const { all, splits } = counted('camelyon17');
    expect(all).toEqual([318, 36, 59, 87]);
    expect(splits).toHaveLength(5);
    for (const [train, val, test] of splits) {
      expect(test).toEqual([121, 16, 18, 45]);
      expect(train!.map((n, c) => n + val![c]!)).toEqual([197, 20, 41, 42]);
      expect(val!.reduce((a, b) => a + b, 0)).toBe(30); // six patients of five nodes
      expect(Math.min(...train!, ...val!)).toBeGreaterThan(0);
    }
    const bags = bagsOf('camelyon17');
    expect(new Set(bags.map(({ group }) => group)).size).toBe(100);
    for (const split of OFFICIAL.camelyon17!.splits(3)) checkSplit(bags, split);
    expect(OFFICIAL.camelyon17!.splits(1)[0]).not.toEqual(OFFICIAL.camelyon17!.splits(2)[0]);
    expect(bags.find(({ id }) => id === 'patient_099_node_4')).toMatchObject({ label: 3, group: 'patient_099' });
    expect(bags.find(({ id }) => id === 'patient_010_node_0')).toMatchObject({ label: 2 });
    expect(bags.find(({ id }) => id === 'patient_017_node_3')).toMatchObject({ label: 3 });
  });

  test('CAMELYON17 by single slides, as published: patients leak', () => {
    const validation = [
      [21, 4, 2, 3],
      [19, 2, 5, 4],
      [22, 0, 4, 4],
      [20, 4, 4, 2],
      [18, 1, 4, 7],
    ];
    expect(counted('camelyon17-slides').splits.map(([, val]) => val)).toEqual(validation);
    const [split] = OFFICIAL['camelyon17-slides']!.splits(0);
    expect(() => checkSplit(bagsOf('camelyon17-slides'), split!)).toThrow(
      /has bags of the group patient_\d+ in train and/,
    );
  });

  test('BRACS, three classes and two', () => {
    expect(counted('bracs')).toEqual({
      all: [265, 89, 193],
      splits: [
        [
          [203, 52, 140],
          [30, 14, 21],
          [32, 23, 32],
        ],
      ],
    });
    expect(counted('bracs-2').all).toEqual([265, 282]);
    expect(OFFICIAL.bracs!.rows.find(({ slide }) => slide === 'BRACS_1003691')!.label).toBe(1);
  });

  test('are found whatever the case', () => {
    expect(officialCohort('BRACS')).toBe(OFFICIAL.bracs);
    expect([officialCohort('bracs.csv'), officialCohort('toString')]).toEqual([undefined, undefined]);
  });
});
