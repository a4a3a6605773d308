import { describe, expect, it } from 'vitest';
import type { Scale } from '../registry.js';
import { openSimulated, type SimCohort } from './cohort.js';
import { listSlides, scaleCounts, TILES } from './cohort-shape.js';

/** Slides per class of a list of ids. */
function perClass(cohort: SimCohort, ids: readonly string[]): number[] {
  const label = new Map(cohort.bags.map((b) => [b.id, b.label]));
  return cohort.classes.map((_, k) => ids.filter((id) => label.get(id) === k).length);
}

const counts = (cohort: SimCohort, index = 0, seed = 1) => {
  const { train, val, test } = cohort.splits(seed)[index]!;
  return { train: perClass(cohort, train), val: perClass(cohort, val), test: perClass(cohort, test) };
};

describe('cohort shape', () => {
  it('has the class counts of the real cohorts at full size', () => {
    expect(counts(openSimulated('bracs-sim', { scale: 'paper' }))).toEqual({
      train: [203, 52, 140],
      val: [30, 14, 21],
      test: [32, 23, 32],
    });
    for (const index of [0, 1, 2, 3, 4]) {
      expect(counts(openSimulated('camelyon16-sim', { scale: 'paper' }), index)).toEqual({
        train: [143, 100],
        val: [16, 11],
        test: [80, 49],
      });
    }
    const camelyon17 = openSimulated('camelyon17-sim', { scale: 'paper' });
    const { train, val, test } = counts(camelyon17);
    expect(train.map((c, k) => c + val[k]!)).toEqual([197, 20, 41, 42]);
    expect(val.reduce((a, b) => a + b)).toBe(30);
    expect(test).toEqual([121, 16, 18, 45]);
  });

  it('has the class counts per centre of CAMELYON-17', () => {
    const slides = listSlides('camelyon17-sim', 17, 'paper');
    const table = [0, 1, 2, 3, 4].map((centre) =>
      [0, 1, 2, 3].map((label) => slides.filter((s) => s.centre === centre && s.label === label).length),
    );
    expect(table).toEqual([
      [64, 11, 10, 15],
      [58, 7, 23, 12],
      [75, 2, 8, 15],
      [60, 8, 13, 19],
      [61, 8, 5, 26],
    ]);
    expect(new Set(slides.map((s) => s.group)).size).toBe(100);
  });

  it('gives quick BRACS 60, 20 and 30 slides', () => {
    expect(counts(openSimulated('bracs-sim', { scale: 'quick' }))).toEqual({
      train: [31, 8, 21],
      val: [9, 4, 7],
      test: [11, 8, 11],
    });
  });

  const scales: Scale[] = ['quick', 'standard', 'paper'];
  for (const name of ['camelyon16-sim', 'camelyon17-sim', 'bracs-sim'] as const) {
    it.each(scales)(`${name}: every class in every part, groups on one side, all slides used once (%s)`, (scale) => {
      const cohort = openSimulated(name, { scale });
      const group = new Map(cohort.bags.map((b) => [b.id, b.group]));
      for (const seed of [0, 1, 2]) {
        for (const split of cohort.splits(seed)) {
          const parts = [split.train, split.val, split.test];
          for (const part of parts) expect(Math.min(...perClass(cohort, part))).toBeGreaterThan(0);
          expect(Math.min(...perClass(cohort, split.test))).toBeGreaterThan(2);
          expect([...parts.flat()].sort()).toEqual(cohort.bags.map((b) => b.id).sort());
          const sides = new Map<string, Set<number>>();
          for (const [side, part] of parts.entries()) {
            for (const id of part) sides.set(group.get(id)!, (sides.get(group.get(id)!) ?? new Set()).add(side));
          }
          expect(Math.max(...[...sides.values()].map((s) => s.size))).toBe(1);
        }
      }
    });

    it.each(scales)(`${name}: tile counts follow the scale (%s)`, (scale) => {
      const { min, max, median } = TILES[scale];
      const n = openSimulated(name, { scale })
        .bags.map((b) => b.n!)
        .sort((a, b) => a - b);
      expect(n[0]).toBeGreaterThanOrEqual(min);
      expect(n.at(-1)).toBeLessThanOrEqual(max);
      expect(n[n.length >> 1]! / median).toBeGreaterThan(0.75);
      expect(n[n.length >> 1]! / median).toBeLessThan(1.3);
    });
  }

  it('draws validation slides by the split seed, and BRACS never', () => {
    const camelyon16 = openSimulated('camelyon16-sim', { scale: 'standard' });
    expect(camelyon16.splits(1).map((s) => s.name)).toEqual(['split1', 'split2', 'split3', 'split4', 'split5']);
    expect(new Set([1, 2].flatMap((s) => camelyon16.splits(s).map((x) => x.val.join()))).size).toBe(10);
    expect(camelyon16.splits(1)).toEqual(camelyon16.splits(1));
    const camelyon17 = openSimulated('camelyon17-sim', { scale: 'standard' });
    expect(camelyon17.splits(1)[0]!.val).not.toEqual(camelyon17.splits(2)[0]!.val);
    const bracs = openSimulated('bracs-sim', { scale: 'standard' });
    expect(bracs.splits(1)).toEqual(bracs.splits(2));
  });

  it('scales counts by largest remainders and keeps rare classes', () => {
    expect(scaleCounts([75, 2, 8, 15], 25)).toEqual([19, 1, 2, 3]);
    expect(scaleCounts([5, 0], 3)).toEqual([3, 0]);
  });
});
