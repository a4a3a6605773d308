import { type Bag, createRng, metrics, Portrait, type TrainConfig, trainModel, useEngine } from '@asmil/core';
import { beforeAll, expect, it } from 'vitest';
import { buildModel } from '../src/index.js';

/* What a run keeps for pictures is what its result was computed from, and keeping it changes nothing. */

const [D, BAGS, EPOCHS] = [6, 12, 3];
const config: TrainConfig = {
  ...{ optimiser: 'adam', lr: 1e-2, weightDecay: 0, betas: [0.9, 0.999], eps: 1e-8, clip: null },
  ...{ epochs: EPOCHS, warmup: 0, schedule: 'constant', select: 'best' },
};
const bags = Array.from({ length: BAGS }, (_, i): Bag => {
  const rng = createRng(3, 'bag', i);
  const n = 4 + rng.int(5);
  const features = Float32Array.from({ length: n * D }, () => rng.normal());
  const instanceLabels = Uint8Array.from({ length: n }, (_, k) => Number(k === 0 && i % 2 === 1));
  const coords = Int32Array.from({ length: 2 * n }, (_, k) => k);
  return { id: `b${i}`, n, d: D, features, label: i % 2, instanceLabels, coords };
});
const split = {
  name: 'one',
  train: ['b0', 'b1', 'b2', 'b3', 'b4', 'b5'],
  val: ['b6', 'b7'],
  test: ['b8', 'b9', 'b10', 'b11'],
};

const train = (name: string, portrait?: Portrait) =>
  trainModel({
    model: buildModel(name, {}, { input: D, classes: 2 }),
    ...{ config, seed: 1, split, featureKey: 'portrait' },
    load: async (id) => bags.find((bag) => bag.id === id)!,
    ...(portrait && { portrait }),
  });

beforeAll(() => useEngine('wasm'));

it('keeps the maps that the dynamics come from, and changes no number', async () => {
  const portrait = new Portrait();
  const result = await train('abmil', portrait);
  expect(result).toEqual(await train('abmil'));
  const arrays = portrait.arrays();
  for (const id of split.test) {
    const { shape, data } = arrays[`map/${id}`]!;
    const n = shape[1]!;
    expect(shape).toEqual([EPOCHS, bags.find((bag) => bag.id === id)!.n]);
    const rows = Array.from({ length: EPOCHS }, (_, e) => data.slice(e * n, (e + 1) * n));
    for (const row of rows) expect(row.reduce((sum, v) => sum + v, 0)).toBeCloseTo(1, 5);
    expect(metrics.jsd(rows[1]!, rows[2]!)).toBeCloseTo(result.bags[id]![2]!.jsd!, 6);
    expect(arrays[`coords/${id}`]!.shape).toEqual([n, 2]);
    expect(arrays[`label/${id}`]!.data[0]).toBe(bags.find((bag) => bag.id === id)!.label);
    expect([...arrays[`instances/${id}`]!.data]).toEqual([...bags.find((bag) => bag.id === id)!.instanceLabels!]);
  }
});

it('keeps the bag features of the training bags in their order, after a few epochs and the last', async () => {
  const portrait = new Portrait();
  await train('abmil', portrait);
  const arrays = portrait.arrays();
  expect(Object.keys(arrays).filter((name) => name.startsWith('feature/'))).toEqual([
    'feature/1',
    'feature/2',
    'feature/3',
  ]);
  expect(arrays['feature/3']!.shape[0]).toBe(split.train.length);
  expect([...arrays['feature-labels']!.data]).toEqual([0, 1, 0, 1, 0, 1]);
  expect(arrays['feature/1']!.data).not.toEqual(arrays['feature/3']!.data);
});

it('keeps what there is: no map of a model without attention', async () => {
  const portrait = new Portrait();
  await train('mean-pooling', portrait);
  expect(Object.keys(portrait.arrays()).some((name) => name.startsWith('map/'))).toBe(false);
});
