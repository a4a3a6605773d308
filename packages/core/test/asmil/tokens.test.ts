import { beforeAll, describe, expect, test } from 'vitest';
import { asmil, drawKept } from '../../src/asmil/index.js';
import { aggregate, blockSpecs } from '../../src/asmil/paper-block.js';
import { tf, useEngine } from '../../src/engine/index.js';
import { initParams } from '../../src/params.js';
import { createRng, type Rng } from '../../src/rng.js';

/** A stream that gives the listed numbers. */
function scripted(...numbers: number[]): Rng {
  const rng = createRng(0);
  const next = (): number => {
    const value = numbers.shift();
    if (value === undefined) throw new Error('drawn too often');
    return value;
  };
  return { ...rng, next, int: (n) => Math.floor(next() * n) };
}

describe('drawKept', () => {
  test('token k stays iff its uniform is at least the rate, in order', () => {
    expect([...drawKept(scripted(0.5, 0.49, 0.9, 0), 4, 0.5).values]).toEqual([1, 0, 1, 0]);
  });

  test('if all are dropped, one more uniform chooses the one that stays', () => {
    expect([...drawKept(scripted(0.1, 0.2, 0.3, 0.7), 3, 0.5).values]).toEqual([0, 0, 1]);
    expect([...drawKept(scripted(0.1, 0), 1, 0.5).values]).toEqual([1]);
  });

  test.each([
    [8, 0.5],
    [2, 0.9],
    [4, 0.1],
  ])('%d tokens at rate %d are kept as often as the rule says', (k, rate) => {
    const draws = 6000;
    const kept = new Float64Array(k);
    for (let i = 0; i < draws; i++) {
      const { values } = drawKept(createRng(i, 'draws'), k, rate);
      expect(values.some((v) => v === 1)).toBe(true);
      for (let token = 0; token < k; token++) kept[token]! += values[token]! / draws;
    }
    const expected = 1 - rate + rate ** k / k;
    const bound = 4 * Math.sqrt((expected * (1 - expected)) / draws);
    for (const share of kept) expect(Math.abs(share - expected)).toBeLessThan(bound);
  });

  test('nothing is drawn at rate 0', () => {
    const model = asmil({ hidden: 8, heads: 2, dropRate: 0 }, { input: 4, classes: 2 });
    expect(model.draws).toBeUndefined();
  });
});

describe('dropped tokens', () => {
  beforeAll(() => useEngine('wasm'));

  test('change nothing downstream, and kept ones do', () => {
    const [d, heads] = [8, 2];
    const specs = blockSpecs('agg', d, 2);
    const params = Object.fromEntries(
      Object.entries(initParams(specs, createRng(1))).map(([name, a]) => [name, tf.tensor(a.data, [...a.shape])]),
    );
    const rng = createRng(2);
    const rows = Float32Array.from({ length: 5 * d }, () => rng.normal());
    const out = (values: Float32Array, mask?: number[]): number[] => [
      ...aggregate(params, 'agg', tf.tensor2d(values, [values.length / d, d]), mask && tf.tensor1d(mask), {
        heads,
        eps: 1e-6,
      }).dataSync(),
    ];
    const mask = [0, 0, -1e9, 0, -1e9]; // rows 2 and 4 are dropped
    const shifted = (row: number): Float32Array => rows.map((v, i) => (Math.floor(i / d) === row ? 3 * v + 1 : v));
    const base = out(rows, mask);
    expect(out(shifted(2), mask)).toEqual(base);
    expect(out(shifted(4), mask)).toEqual(base);
    expect(out(shifted(3), mask)).not.toEqual(base);
    // The same numbers as a bag of rows without them.
    const removed = rows.filter((_, i) => ![2, 4].includes(Math.floor(i / d)));
    out(removed).forEach((v, i) => {
      expect(v).toBeCloseTo(base[i]!, 6);
    });
  });
});
