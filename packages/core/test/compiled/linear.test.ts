import { describe, expect, test } from 'vitest';
import { fit, tracePoints } from '../../src/engine/compiled/linear.js';

describe('laws of sizes', () => {
  test('base and slopes come back whole', () => {
    const point = (n: number): number[] => [n, Math.ceil(Math.sqrt(n))];
    const at = tracePoints([37, 53, 71, 97], point)!;
    expect(at).toHaveLength(3);
    const law = fit(at.map(point));
    const seen = at.map((n) => 3 - 2 * n + 7 * Math.ceil(Math.sqrt(n)));
    expect(law.of(seen)).toEqual({ base: 3, slopes: [-2, 7] });
    expect(law.of([5, 5, 5])).toEqual({ base: 5, slopes: [0, 0] });
  });

  test('what follows the size in another way is refused', () => {
    const law = fit([[37], [53]]);
    expect(law.of([74, 106])).toEqual({ base: 0, slopes: [2] });
    expect(() => law.of([18, 26])).toThrow(/not linear/); // (N − 1)/2: half a slope is none
  });

  test('sizes that tell nothing apart are passed over', () => {
    // The third size moves with the first two until 97.
    const point = (n: number): number[] => [n, n > 90 ? n * n : 2 * n];
    expect(tracePoints([37, 53, 71, 97], point)).toEqual([37, 53, 97]);
    expect(tracePoints([37, 53, 71], point)).toBeUndefined();
  });
});
