import {
  type Bag,
  createRng,
  evaluation,
  initState,
  layoutsOf,
  Portrait,
  type TileScores,
  type TrainConfig,
  type TrainResult,
  tf,
  trainModel,
  unflatten,
  useEngine,
} from '@asmil/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildModel } from '../src/index.js';

/* What the tiles of the test bags get, for localisation: from the very maps that the result is computed from. */

const [D, BAGS, EPOCHS] = [6, 14, 4];
const config: TrainConfig = {
  ...{ optimiser: 'adam', lr: 1e-2, weightDecay: 0, betas: [0.9, 0.999], eps: 1e-8, clip: null },
  ...{ epochs: EPOCHS, warmup: 0, schedule: 'constant', select: 'best' },
};
const bags = Array.from({ length: BAGS }, (_, i): Bag => {
  const rng = createRng(5, 'bag', i);
  const n = i === 13 ? 1 : 5 + rng.int(5);
  return { id: `b${i}`, n, d: D, features: Float32Array.from({ length: n * D }, () => rng.normal()), label: i % 2 };
});
const split = {
  name: 'one',
  train: ['b0', 'b1', 'b2', 'b3', 'b4', 'b5'],
  val: ['b6', 'b7', 'b8'],
  test: ['b9', 'b10', 'b13'],
};

interface Seen {
  readonly epoch: number;
  readonly tiles: ReadonlyMap<string, TileScores>;
  readonly selected: boolean;
}

async function train(name: string, settings = {}): Promise<{ seen: Seen[]; portrait: Portrait; result: TrainResult }> {
  const seen: Seen[] = [];
  const portrait = new Portrait();
  const result = await trainModel({
    model: buildModel(name, settings, { input: D, classes: 2 }),
    ...{ config, seed: 1, split, featureKey: 'tile-scores', portrait },
    load: async (id) => bags.find((bag) => bag.id === id)!,
    onTiles: ({ epoch }, tiles, selected) => seen.push({ epoch, tiles, selected }),
  });
  return { seen, portrait, result };
}

beforeAll(() => useEngine('wasm'));

describe('after every epoch', () => {
  it('come the maps of the test bags, and the epoch that counts', async () => {
    const { seen, portrait, result } = await train('abmil');
    expect(seen.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(seen.filter(({ selected }) => selected).at(-1)!.epoch).toBe(result.selectedEpoch);
    for (const { epoch, tiles } of seen) {
      expect([...tiles.keys()]).toEqual(split.test);
      for (const [id, { attention, logits }] of tiles) {
        const { shape, data } = portrait.arrays()[`map/${id}`]!;
        expect(logits).toBeUndefined();
        expect([...attention]).toEqual([...data.slice((epoch - 1) * shape[1]!, epoch * shape[1]!)]);
      }
    }
    // Each epoch has maps of its own: later ones do not overwrite what was handed out.
    expect([...seen[0]!.tiles.get('b9')!.attention]).not.toEqual([...seen[3]!.tiles.get('b9')!.attention]);
  });

  it('nothing comes of a model without attention', async () => {
    const { seen } = await train('mean-pooling');
    expect(seen.map(({ tiles }) => tiles.size)).toEqual([0, 0, 0, 0]);
  });
});

describe('DSMIL', () => {
  it('gives the row of the class that lesions carry, not the mean of both', async () => {
    const { seen, portrait } = await train('dsmil');
    const { attention } = seen[3]!.tiles.get('b9')!;
    expect(Array.from(attention).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    const { shape, data } = portrait.arrays()['map/b9']!; // the mean of both rows
    expect([...attention]).not.toEqual([...data.slice(3 * shape[1]!)]);
  });
});

describe('DTFD-MIL', () => {
  it('gives its tiles’ evidence for the class beside its attention', async () => {
    const { seen, result } = await train('dtfd-mil');
    for (const [id, { attention, logits }] of seen[3]!.tiles) {
      expect(logits).toHaveLength(attention.length);
      expect(Array.from(attention).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      if (attention.length > 1) expect([...logits!]).not.toEqual([...attention]);
      expect(result.bags[id]).toHaveLength(EPOCHS);
    }
  });

  it('is its class activation: summed over the tiles, tier 1’s logit without the bias', () => {
    const model = buildModel('dtfd-mil', { groups: 1 }, { input: D, classes: 3 });
    tf.tidy(() => {
      const params = unflatten(layoutsOf(model).params, initState(model, 1).params);
      const x = tf.randomNormal([8, D], 0, 1, 'float32', 3) as tf.Tensor2D;
      const draws = { order0: tf.range(0, 8, 1, 'int32'), chunk0: tf.zeros([8], 'int32') };
      const out = model.forward(params, x, evaluation(draws));
      const logits = model.tileLogits!(params, out); // [C, N]
      expect(logits.shape).toEqual([3, 8]);
      const sums = tf.sum(logits, 1).dataSync();
      const bias = params['classifier.fc.bias']!.dataSync();
      const tier1 = out.extra!.pseudoLogits!.dataSync();
      for (let c = 0; c < 3; c++) expect(sums[c]! + bias[c]!).toBeCloseTo(tier1[c]!, 5);
    });
  });
});
