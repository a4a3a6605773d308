import { describe, expect, test } from 'vitest';
import { UserError } from './errors.js';
import type { ParamSpec } from './model.js';
import { collapseStacks, countParams, expandStacks, initParams, type NamedArrays } from './params.js';
import { createRng } from './rng.js';

const specs: ParamSpec[] = [
  { name: 'fc.weight', shape: [200, 100], init: { kind: 'uniform', bound: 0.1 } },
  { name: 'tok', shape: [1, 5000], init: { kind: 'normal', std: 0.02 } },
  { name: 'twin', shape: [1, 5000], init: { kind: 'copy', of: 'tok' } },
  { name: 'sub.*.q.weight', shape: [2, 2, 3], init: { kind: 'uniform', bound: 1 } },
  { name: 'norm.weight', shape: [4], init: { kind: 'constant', value: 1 } },
];

describe('initParams', () => {
  const made = initParams(specs, createRng(3, 'init'));

  test('gives each kind its distribution', () => {
    const w = made['fc.weight']!.data;
    expect(Math.max(...w)).toBeGreaterThan(0.0999);
    expect(Math.min(...w)).toBeLessThan(-0.0999);
    expect(w.every((v) => Math.abs(v) <= Math.fround(0.1))).toBe(true);
    const variance = w.reduce((s, v) => s + v * v, 0) / w.length;
    expect(variance).toBeCloseTo(0.01 / 3, 4);
    const t = made.tok!.data;
    expect(Math.sqrt(t.reduce((s, v) => s + v * v, 0) / t.length)).toBeCloseTo(0.02, 3);
    expect([...made['norm.weight']!.data]).toEqual([1, 1, 1, 1]);
  });

  test.each([
    [3, 7, 'rows'],
    [7, 3, 'columns'],
    [5, 5, 'rows'],
  ])('an orthogonal [%i, %i] has orthonormal %s', (rows, columns) => {
    const init = { kind: 'orthogonal' } as const;
    const { data } = initParams([{ name: 'w', shape: [rows, columns], init }], createRng(2)).w!;
    const [count, size] = rows > columns ? [columns, rows] : [rows, columns];
    const at = (i: number, k: number): number => (rows > columns ? data[k * columns + i]! : data[i * columns + k]!);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) {
        let dot = 0;
        for (let k = 0; k < size; k++) dot += at(i, k) * at(j, k);
        expect(dot).toBeCloseTo(Number(i === j), 6);
      }
    }
  });

  test('keeps the order of the specs and copies values, not references', () => {
    expect(Object.keys(made)).toEqual(specs.map((s) => s.name));
    expect(made.twin!.data).toEqual(made.tok!.data);
    expect(made.twin!.data.buffer).not.toBe(made.tok!.data.buffer);
  });

  test('a parameter keeps its values whatever stands beside it', () => {
    const alone = initParams([specs[3]!], createRng(3, 'init'));
    expect(alone['sub.*.q.weight']).toEqual(made['sub.*.q.weight']);
    expect(initParams([specs[3]!], createRng(4, 'init'))).not.toEqual(alone);
  });

  test('copies from the tree it is given', () => {
    const source = { tok: { shape: [1, 5000], data: new Float32Array(5000).fill(7) } };
    const tree = initParams([specs[2]!], createRng(0), source);
    expect(tree.twin!.data[4999]).toBe(7);
    expect(() => initParams([specs[2]!], createRng(0), {})).toThrow('copy of tok');
  });
});

describe('stacks', () => {
  const stack: ParamSpec[] = [
    { name: 'sub.*.q.weight', shape: [2, 2, 3], init: { kind: 'constant', value: 0 } },
    { name: 'h.*.l.*.b', shape: [2, 3, 1], init: { kind: 'constant', value: 0 } },
    { name: 'bias', shape: [], init: { kind: 'constant', value: 0 } },
  ];
  const arrays: NamedArrays = {
    'sub.*.q.weight': { shape: [2, 2, 3], data: Float32Array.from({ length: 12 }, (_, i) => i) },
    'h.*.l.*.b': { shape: [2, 3, 1], data: Float32Array.from({ length: 6 }, (_, i) => 10 * i) },
    bias: { shape: [], data: Float32Array.of(5) },
  };

  test('are written layer by layer, leading axis first', () => {
    const named = expandStacks(stack, arrays);
    expect(named['sub.1.q.weight']).toEqual({ shape: [2, 3], data: Float32Array.of(6, 7, 8, 9, 10, 11) });
    expect(named['h.1.l.0.b']).toEqual({ shape: [1], data: Float32Array.of(30) });
    expect(Object.keys(named)).toHaveLength(2 + 6 + 1);
    expect(collapseStacks(stack, named)).toEqual(arrays);
    expect(countParams(stack)).toBe(19);
  });

  test('say which parameter does not fit', () => {
    const named = expandStacks(stack, arrays);
    const { 'sub.1.q.weight': gone, ...rest } = named;
    expect(() => collapseStacks(stack, rest)).toThrow(/sub\.1\.q\.weight is missing/);
    expect(() => collapseStacks(stack, { ...named, more: gone! })).toThrow(/more: the model has no such/);
    expect(collapseStacks(stack, { ...named, more: gone! }, { extra: 'ignore' })).toEqual(arrays);
    const turned = { ...named, 'sub.1.q.weight': { shape: [3, 2], data: gone!.data } };
    expect(() => collapseStacks(stack, turned)).toThrow(UserError);
    expect(() => collapseStacks(stack, turned)).toThrow('[3, 2] and 6 values, the model expects [2, 3]');
  });
});
