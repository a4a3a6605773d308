import { describe, expect, it } from 'vitest';
import { openSimulated, type SimCohort } from './cohort.js';
import { insideRing } from './lesions.js';
import type { SimSlide } from './slide.js';

const camelyon17 = openSimulated('camelyon17-sim', { scale: 'standard' });
const bracs = openSimulated('bracs-sim', { scale: 'standard' });
const tileMm = camelyon17.tile!.um! / 1000;

/** Longest distance between two points of an outline, mm. */
function diameter(ring: readonly (readonly [number, number])[]): number {
  let longest = 0;
  for (const [ax, ay] of ring) for (const [bx, by] of ring) longest = Math.max(longest, Math.hypot(ax - bx, ay - by));
  return longest * tileMm;
}

/** Size of the largest 8-connected pieces together, as a share of the tiles. */
function shareOfLargest(slide: SimSlide, pieces: number): number {
  const at = new Map<string, number>();
  for (let i = 0; i < slide.n; i++) at.set(`${slide.coords[2 * i]},${slide.coords[2 * i + 1]}`, i);
  const sizes: number[] = [];
  for (const start of [...at.values()]) {
    const stack = [start];
    let size = 0;
    while (stack.length > 0) {
      const i = stack.pop()!;
      const [x, y] = [slide.coords[2 * i]!, slide.coords[2 * i + 1]!];
      if (!at.delete(`${x},${y}`)) continue;
      size++;
      for (const dx of [-1, 0, 1]) {
        for (const dy of [-1, 0, 1]) {
          const next = at.get(`${x + dx},${y + dy}`);
          if (next !== undefined) stack.push(next);
        }
      }
    }
    sizes.push(size);
  }
  const largest = sizes.sort((a, b) => b - a).slice(0, pieces);
  return largest.reduce((a, b) => a + b, 0) / slide.n;
}

async function checkLabels(cohort: SimCohort, ids: readonly string[]): Promise<number> {
  let positive = 0;
  for (const id of ids) {
    const slide = cohort.slide(id);
    const outlines = await cohort.outlines(id);
    for (let i = 0; i < slide.n; i++) {
      const [x, y] = [slide.coords[2 * i]! + 0.5, slide.coords[2 * i + 1]! + 0.5];
      const inside = outlines.some((p) => insideRing(p.rings[0]!, x, y));
      if (inside !== (slide.instanceLabels[i] === 1)) throw new Error(`${id}, tile ${i}: outline and label disagree`);
      positive += slide.instanceLabels[i]!;
    }
  }
  return positive;
}

describe('simulated slide', () => {
  it('lists distinct places, as many as the cohort says', () => {
    for (const { id, n } of bracs.bags.slice(0, 20)) {
      const slide = bracs.slide(id);
      expect(slide.n).toBe(n);
      const places = new Set(
        Array.from({ length: slide.n }, (_, i) => `${slide.coords[2 * i]},${slide.coords[2 * i + 1]}`),
      );
      expect(places.size).toBe(n);
    }
  });

  it('has tissue in a few pieces and regions of one type', () => {
    let [same, pairs] = [0, 0];
    for (const { id } of camelyon17.bags.slice(0, 12)) {
      const slide = camelyon17.slide(id);
      expect(shareOfLargest(slide, 4)).toBeGreaterThan(0.9);
      for (let i = 1; i < slide.n; i++) {
        if (slide.coords[2 * i]! !== slide.coords[2 * i - 2]! + 1) continue;
        pairs++;
        if (slide.tissue[i] === slide.tissue[i - 1]) same++;
      }
      expect(new Set(slide.tissue).size).toBeGreaterThan(2);
    }
    expect(same / pairs).toBeGreaterThan(0.75);
  });

  it('labels exactly the tiles whose centre is inside an outline', async () => {
    const positives = camelyon17.bags.filter((b) => b.label > 0).map((b) => b.id);
    expect(await checkLabels(camelyon17, positives)).toBeGreaterThan(positives.length);
    expect(
      await checkLabels(
        bracs,
        bracs.bags.filter((_, i) => i % 6 === 0).map((b) => b.id),
      ),
    ).toBeGreaterThan(100);
  });

  it('gives a slide lesions if and only if its label is not 0, each of at least one tile', () => {
    for (const cohort of [camelyon17, bracs]) {
      for (const { id, label } of cohort.bags) {
        const slide = cohort.slide(id);
        expect(slide.lesions.length > 0).toBe(label > 0);
        expect(slide.instanceLabels.includes(1)).toBe(label > 0);
        for (const f of slide.foci) expect(f.ring.length).toBeGreaterThan(15);
      }
    }
  });

  it('labels CAMELYON-17 slides by their largest metastasis', async () => {
    for (const scale of ['quick', 'standard', 'paper'] as const) {
      const cohort = openSimulated('camelyon17-sim', { scale });
      const mm = cohort.tile!.um! / 1000 / tileMm;
      for (const { id, label } of cohort.bags.filter((b) => b.label > 0).slice(0, 24)) {
        const largest = Math.max(...(await cohort.outlines(id)).map((p) => diameter(p.rings[0]!) * mm));
        expect(largest <= 0.2 + 1e-9 ? 1 : largest <= 2 + 1e-9 ? 2 : 3).toBe(label);
      }
    }
  });

  it('keeps a lesion at the same share of the slide at every scale', () => {
    // Over all macro-metastasis slides: mean share of labelled tiles at full size and at quick size.
    const share = (scale: 'quick' | 'standard' | 'paper'): number => {
      const cohort = openSimulated('camelyon16-sim', { scale });
      const values = cohort.bags
        .filter((b) => b.id.startsWith('tumor'))
        .slice(0, 23)
        .map((b) => cohort.slide(b.id).instanceLabels.reduce((a, v) => a + v, 0) / b.n!);
      return values.reduce((a, v) => a + v, 0) / values.length;
    };
    const full = share('paper');
    expect(full).toBeGreaterThan(0.01);
    expect(share('standard') / full).toBeGreaterThan(0.6);
    expect(share('standard') / full).toBeLessThan(1.6);
    expect(share('quick') / full).toBeGreaterThan(0.6);
    expect(share('quick') / full).toBeLessThan(1.9);
  });
});
