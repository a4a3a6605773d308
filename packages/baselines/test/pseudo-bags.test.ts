import { createRng, tf, useEngine } from '@asmil/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { chunkSizes, drawChunks, extremePlaces, outside } from '../src/pseudo-bags.js';

beforeAll(() => useEngine('wasm'));

describe('pseudo-bags', () => {
  test('chunks are cut from the front, the first ones a tile larger', () => {
    expect(chunkSizes(11, 4)).toEqual([3, 3, 3, 2]);
    expect(chunkSizes(12, 4)).toEqual([3, 3, 3, 3]);
    expect(chunkSizes(3, 4)).toEqual([1, 1, 1]);
    const { order, chunk } = drawChunks(createRng(3), 11, 4);
    expect([...order.values].sort((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, i) => i));
    expect(Array.from(order.values, (tile) => chunk.values[tile])).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3]);
  });

  test('every tile is as likely in any chunk', () => {
    const counts = [0, 0, 0];
    for (let seed = 0; seed < 3000; seed++) counts[drawChunks(createRng(seed), 6, 3).chunk.values[5]!]!++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(100); // four standard deviations
  });

  test('a chunk sees its own tiles', () => {
    tf.tidy(() => {
      const masked = outside(tf.tensor1d([1, 0, 1], 'int32'), 2);
      expect(tf.add(masked, 0).arraySync()).toEqual([
        [-1e9, 0, -1e9],
        [0, -1e9, 0],
      ]);
    });
  });

  // Whole numbers, so that many are equal; by a plain stable sort of every chunk.
  test.each([1, 2, 3])('extremes are those of a stable sort, k = %d', (k) => {
    for (let n = 1; n <= 17; n++) {
      const rng = createRng(n, k);
      const { order, chunk } = drawChunks(rng, n, 4);
      const values = Float32Array.from({ length: n }, () => rng.int(4) - 2);
      const sizes = chunkSizes(n, 4);
      let start = 0;
      const sorted = sizes.map((size) => {
        const places = Array.from({ length: size }, (_, i) => start + i);
        start += size;
        return places.sort((a, b) => values[order.values[b]!]! - values[order.values[a]!]! || a - b);
      });
      for (const both of [false, true]) {
        const got = tf.tidy(() => {
          const [o, c] = [order, chunk].map((d) => tf.tensor1d(d.values, 'int32'));
          return extremePlaces(tf.tensor1d(values), { order: o!, chunk: c!, sizes }, k, both).dataSync();
        });
        expect([...got]).toEqual(sorted.flatMap((s) => [...s.slice(0, k), ...(both ? s.slice(-k) : [])]));
      }
    }
  });
});
