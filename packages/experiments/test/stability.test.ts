import { describe, expect, it } from 'vitest';
import { correlation, stabilityRow } from '../src/reports/gallery/stability.js';
import type { Portrayed, Slide } from '../src/reports/gallery/types.js';

const slide = (id: string, maps: readonly number[][], jsd: readonly (number | null)[]): Slide => ({
  ...{ id, label: 0, n: maps[0]!.length, coords: null, instances: null, crossEntropy: [] },
  maps: maps.map((map) => Float32Array.from(map)),
  jsd,
});
const run = (seed: number, slides: readonly Slide[], split = 's'): Portrayed => ({
  ...{ cell: 'c', label: 'C', split, seed, slides, embeddings: [] },
});

describe('stability of a setting', () => {
  it('is the mean divergence, and the order of the tiles between epochs and between seeds', () => {
    const one = run(1, [
      slide(
        'a',
        [
          [0.1, 0.2, 0.7],
          [0.2, 0.3, 0.5],
          [0.7, 0.2, 0.1],
        ],
        [null, 0.2, 0.4],
      ),
    ]);
    const two = run(2, [
      slide(
        'a',
        [
          [0.7, 0.2, 0.1],
          [0.6, 0.3, 0.1],
          [0.5, 0.3, 0.2],
        ],
        [null, 0.1, 0.1],
      ),
    ]);
    const row = stabilityRow('c', 'C', [one, two]);
    expect(row.jsdArea).toBeCloseTo((0.3 + 0.1) / 2, 12);
    expect(row.betweenEpochs).toBeCloseTo((1 + -1 + 1 + 1) / 4, 12); // the first run turns its order round once
    expect(row.betweenSeeds).toBeCloseTo(1, 12); // both end with the first tile first
  });

  it('compares seeds of one split only, and says nothing of one run', () => {
    const maps = [
      [0.1, 0.9],
      [0.2, 0.8],
    ];
    const row = stabilityRow('c', 'C', [
      run(1, [slide('a', maps, [null, 0.1])]),
      run(2, [slide('a', maps, [null, 0.1])], 't'),
    ]);
    expect(row.betweenSeeds).toBeNull();
    expect(row.betweenEpochs).toBe(1);
  });
});

it('a map that is all ties has no order', () => {
  expect(correlation([2, 2, 2], [1, 2, 3])).toBeNull();
  expect(correlation([1, 2, 3, 4], [2, 1, 4, 3])).toBeCloseTo(0.6, 12); // Spearman's ρ worked by hand: 1 − 6·4/60
});
