import { createRng } from '@asmil/core';
import { describe, expect, test } from 'vitest';
import { nearest } from '../src/nearest.js';
import { neighbourGraph } from '../src/neighbours.js';

/** Every pair, sorted by distance and then by index. */
function byHand(coords: readonly number[], k: number): number[] {
  const n = coords.length / 2;
  return Array.from({ length: n }, (_, i) => {
    const distance = (j: number): number =>
      (coords[2 * i]! - coords[2 * j]!) ** 2 + (coords[2 * i + 1]! - coords[2 * j + 1]!) ** 2;
    const order = Array.from({ length: n }, (_, j) => j).sort((a, b) => distance(a) - distance(b) || a - b);
    return order.slice(0, k);
  }).flat();
}

describe('nearest', () => {
  test.each([
    ['a full grid, with ties everywhere', 400, (i: number) => [i % 20, Math.floor(i / 20)]],
    ['a grid with holes', 300, (i: number) => [(i * 7) % 31, (i * 13) % 29]],
    ['places that repeat', 200, (i: number) => [i % 5, i % 3]],
    ['one place', 60, () => [7, 7]],
    ['a line', 100, (i: number) => [i * i, 0]],
    ['fewer than k', 5, (i: number) => [i, -i]],
    ['one', 1, () => [0, 0]],
  ])('%s', (_, n, at) => {
    const coords = createRng(n)
      .shuffle(Array.from({ length: n }, (_, i) => at(i)))
      .flat();
    const { count, index } = nearest(coords, 16);
    expect(count).toBe(Math.min(16, n));
    expect([...index]).toEqual(byHand(coords, 16));
  });

  test('fractions, far outliers', () => {
    const rng = createRng(2);
    const coords = Array.from({ length: 1000 }, (_, i) => rng.normal() * (i % 100 === 0 ? 1e6 : 1));
    expect([...nearest(coords, 16).index]).toEqual(byHand(coords, 16));
  });
});

describe('neighbourGraph', () => {
  const graph = (features: number[], n: number) =>
    neighbourGraph(Array.from({ length: n }, (_, i) => [i, 0]).flat(), Float32Array.from(features));

  test('one tile has itself', () => {
    expect(graph([3, 4], 1)).toMatchObject({ count: 1, index: Int32Array.of(0), weight: Float32Array.of(1) });
  });

  test('two tiles weigh e⁻¹ each, or 1 where their features agree', () => {
    expect(graph([1, 0, 0, 1], 2).weight).toEqual(new Float32Array(4).fill(Math.exp(-1)));
    expect(graph([0.1, 0.7, 0.3, 2.1], 2).weight).toEqual(new Float32Array(4).fill(1));
    expect(graph([0, 0, 0, 1], 2).weight).toEqual(new Float32Array(4).fill(1));
  });

  test('the tile itself weighs as much as the most similar of the 15 around it', () => {
    const features = Array.from({ length: 20 }, (_, i) => [Math.cos(i / 9), Math.sin(i / 9)]).flat();
    const { count, index, weight } = graph(features, 20);
    expect(count).toBe(8);
    expect([...index.slice(0, 8)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(weight[0]).toBe(weight[1]);
    const row = Array.from({ length: 15 }, (_, i) => 1 - Math.cos((i + 1) / 9));
    const length = Math.hypot(...row);
    row.slice(0, 7).forEach((v, i) => {
      expect(weight[i + 1]).toBeCloseTo(Math.exp(-v / length), 5);
    });
  });
});
