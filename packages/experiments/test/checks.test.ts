import { useEngine } from '@asmil/core';
import { openCohort } from '@asmil/data';
import { beforeAll, describe, expect, it } from 'vitest';
import { affineDependence } from '../src/checks/affine-dependence.js';
import { gradientCheck } from '../src/checks/gradient-check.js';
import { theorem1 } from '../src/checks/theorem-1.js';
import type { Check } from '../src/checks/types.js';
import { checks } from '../src/definitions/index.js';
import { renderSvg } from '../src/reports/charts/render.js';

const context = { preset: 'quick' as const, cohorts: [], say: () => {} };
beforeAll(() => useEngine('wasm'));

const numbersOf = async <N>(check: Check<N>, cohorts: Parameters<Check['compute']>[0]['cohorts'] = []) =>
  check.compute({ ...context, cohorts });

describe('theorem-1', () => {
  it('finds no score set that passes a bound, and temperatures only where the theorem leaves room', async () => {
    const { rows } = await numbersOf(theorem1);
    expect(rows.every(({ violations }) => violations === 0)).toBe(true);
    // The ends of the intervals are among the draws: with high scores at both ends the ratio touches its bound.
    expect(Math.max(...rows.map(({ ratioOfBound }) => ratioOfBound))).toBeCloseTo(1, 12);
    for (const row of rows) expect(row.empty).toBe(row.max !== null && row.min > row.max);
    const at = (tau: number, gamma: number) => rows.find((r) => r.tau === tau && r.gamma === gamma && r.high === 10)!;
    expect(at(3, 0).empty).toBe(false); // equal high scores: any small temperature does
    expect(at(3, 2).empty).toBe(true);
    // One high tile alone would have no ratio to keep.
    expect(Math.min(...rows.map(({ high }) => high))).toBe(2);
    // γ/ln κ with κ = σ(5)/σ(3) = 1.042642…
    expect(at(3, 2).min).toBeCloseTo(2 / Math.log((1 + Math.exp(-3)) / (1 + Math.exp(-5))), 9);
  });
});

describe('gradient-check', () => {
  it('has the difference of the maps by automatic differentiation and by finite differences', async () => {
    const { rows } = await numbersOf(gradientCheck);
    for (const row of rows) {
      expect(row.automatic).toBeLessThan(1e-5);
      expect(row.difference).toBeLessThan(1e-6);
      expect(row.largest).toBeLessThanOrEqual(1);
      expect(row.sum).toBeLessThan(1e-6);
    }
    expect(rows.find(({ n }) => n === 50)!.largest).toBeGreaterThan(0.01); // there is something to compare
  });
});

describe('affine-dependence', () => {
  it('counts bags larger than D + 1, and others by their rank', async () => {
    const cohort = await openCohort('camelyon16-sim', { scale: 'quick', encoder: 'vit-s' });
    const few = { ...cohort, bags: cohort.bags.slice(0, 3) };
    const { rows } = await numbersOf(affineDependence, [{ cohort: few, options: { scale: 'quick' } }]);
    const [row] = rows;
    expect(row).toMatchObject({ dim: 384, bags: 3 });
    expect(row!.bySize).toBe(row!.sizes.filter((n) => n > 385).length);
    expect(row!.looked).toBe(3 - row!.bySize);
    expect(row!.dependent).toBe(0); // noise of 384 dimensions is independent as long as it can be
    // A bag with a doubled tile is dependent whatever its size.
    const doubled = {
      ...few,
      bags: few.bags.slice(0, 1),
      load: async () => ({ id: 'x', n: 3, d: 2, label: 0, features: Float32Array.of(1, 2, 1, 2, 5, 6) }),
    };
    const again = await numbersOf(affineDependence, [{ cohort: doubled, options: { scale: 'quick' } }]);
    expect(again.rows[0]).toMatchObject({ bySize: 0, looked: 1, dependent: 1 });
  });
});

it.each(checks.map((check) => [check.id, check] as const))('%s has a page whose charts draw', async (_, check) => {
  const cohort = await openCohort('camelyon16-sim', { scale: 'quick', encoder: 'vit-s' });
  const few = { ...cohort, bags: cohort.bags.slice(0, 1) };
  const page = check.page(await check.compute({ ...context, cohorts: [{ cohort: few, options: { scale: 'quick' } }] }));
  expect(page.tables[0]!.rows.length).toBeGreaterThan(0);
  expect(page.reading.length).toBeGreaterThan(0);
  for (const chart of page.charts) {
    const { svg, warnings } = await renderSvg(chart.spec);
    expect(svg).toContain('<svg');
    expect(warnings).toEqual([]);
  }
});
