import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodePytorch, type PickleMap, readPytorch, stateDict, tensorValues } from '../../src/pytorch/index.js';
import { FIXTURES } from './fixtures.js';

/* The files and values.json were written by PyTorch (make-fixtures.py). */

interface Expected {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

const values: Record<string, Expected> = JSON.parse(readFileSync(join(FIXTURES, 'values.json'), 'utf8'));
const tensorsOf = async (name: string) => stateDict(await readPytorch(join(FIXTURES, name)), name);

test.each([
  'zip.pth',
  'legacy.pth',
  'zip-protocol3.pth',
  'zip-protocol4.pth',
  'zip-protocol5.pth',
  'zip-no-checksums.pth',
])('%s: every type, view and shape gives the numbers that PyTorch has', async (name) => {
  const tensors = await tensorsOf(name);
  expect([...tensors.keys()]).toEqual(Object.keys(values)); // in the order of the file
  for (const [key, { dtype, shape, data }] of Object.entries(values)) {
    const tensor = tensors.get(key)!;
    expect([key, tensor.dtype, tensor.shape]).toEqual([key, dtype, shape]);
    expect([key, ...tensorValues(tensor)]).toEqual([key, ...Float32Array.from(data, Number)]);
  }
});

test('the fixture holds what makes reading hard', () => {
  const types = new Set(Object.values(values).map(({ dtype }) => dtype));
  expect(types.size).toBe(10); // all storage types
  expect(values.transposed!.shape).toEqual([6, 4]);
  expect(values.transposed!.data.slice(0, 3)).toEqual([-1, -0.25, 0.5]); // base[0, 0], base[1, 0], base[2, 0]
  expect(values.half!.data[4]).toBe('Infinity');
});

test('tied weights share one storage', async () => {
  const tensors = await tensorsOf('zip.pth');
  expect(tensors.get('tied.a')!.storage).toBe(tensors.get('tied.b')!.storage);
});

test('plain values beside the weights are read, and the weights found', async () => {
  const file = (await readPytorch(join(FIXTURES, 'training.pth'))) as PickleMap;
  expect(['epoch', 'best', 'name', 'note', 'big'].map((key) => file.get(key))).toEqual([
    7,
    0.875,
    'tiny',
    null,
    2n ** 80n,
  ]);
  const tensors = stateDict(file, 'training.pth');
  expect([...tensors.keys()]).toEqual(['weight', 'bias']); // not those of the optimiser
  const bias = tensorValues(tensors.get('bias')!);
  expect(bias[0]).toBeCloseTo(1 - 1e-3, 6); // Adam's first step is the learning rate
  expect(bias[1]).toBeCloseTo(-1 - 1e-3, 6);
});

test('dictionaries of modules put their key in front', async () => {
  expect([...(await tensorsOf('modules.pth')).keys()]).toEqual([
    'attention.weight',
    'attention.bias',
    'head.fc.weight',
    'head.fc.bias',
  ]);
});

test('a tensor alone is a value, and no state dictionary', async () => {
  const tensor = await readPytorch(join(FIXTURES, 'tensor.pth'));
  expect(tensor).toMatchObject({ shape: [1, 2], dtype: 'float32' });
  expect(() => stateDict(tensor, 'tensor.pth')).toThrow(
    /^tensor\.pth: no tensors by name in it, expected a state dictionary/,
  );
});

test('a file by hand differs from the hostile ones in one thing each', async () => {
  const tensors = await tensorsOf('by-hand.pth');
  expect([...tensorValues(tensors.get('w')!)]).toEqual([1.5, -2.5]);
});

test('the content decides about the format, not the name', async () => {
  const bytes = readFileSync(join(FIXTURES, 'legacy.pth'));
  expect(stateDict(await decodePytorch(bytes, 'weights.bin'), 'weights.bin').size).toBe(Object.keys(values).length);
});
