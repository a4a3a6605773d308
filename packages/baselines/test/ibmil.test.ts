import { readFileSync } from 'node:fs';
import { createRng, type ModelWeights, tf, trainModel, useEngine } from '@asmil/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildModel, confounders, firstCentroids } from '../src/index.js';
import { CONFIG, withTrainer } from './model-suite.js';
import { DIMS, toyBag } from './model-table.js';

beforeAll(() => useEngine('wasm'));

const SMALL = { hidden: 8, attention: 5, joint: 4, confounders: 3 };

interface Clustering {
  readonly config: { readonly num_confounders: number };
  readonly inputs: { readonly bag_features: { readonly shape: [number, number]; readonly data: number[] } };
  readonly randomness: { readonly initial_rows: number[] };
  readonly outputs: { readonly prototypes: { readonly data: number[] } };
}

describe('confounders', () => {
  test('the first centroids are those of the reference generator', () => {
    expect(firstCentroids(270, 8)).toEqual([239, 134, 192, 74, 59, 113, 31, 244]);
    expect(firstCentroids(14, 3)).toEqual([3, 11, 12]);
    expect(firstCentroids(2, 8)).toHaveLength(2);
    expect(firstCentroids(1, 8)).toEqual([0]);
  });

  test('clusters by direction, and averages the features as they are', () => {
    const got = confounders(
      [
        [4, 0],
        [2, 0],
        [0, 1],
        [0, 3],
      ],
      2,
      [0, 2],
    );
    expect(got.labels).toEqual([0, 0, 1, 1]);
    expect(got.prototypes.map((row) => [...row])).toEqual([
      [3, 0],
      [0, 2],
    ]);
  });

  test('an empty cluster takes half of the largest, moved apart', () => {
    // Both centroids start on the same point, so that the lower one takes everything.
    const got = confounders(
      [
        [1, 0],
        [1, 0],
        [0.6, 0.8],
        [0, 1],
      ],
      2,
      [0, 1],
    );
    expect(got.sizes).toEqual([2, 2]);
    expect([...new Set(got.labels.slice(0, 2))]).toHaveLength(1);
    expect(got.labels[2]).toBe(got.labels[3]);
    expect(got.labels[0]).not.toBe(got.labels[3]);
  });

  test('equal slides leave one prototype, fewer slides than confounders as many as slides', () => {
    const same = confounders(
      [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
      2,
      [0, 1],
    );
    expect(same.prototypes.map((row) => [...row])).toEqual([[1, 2]]);
    expect(same.sizes.reduce((a, b) => a + b)).toBe(3);
    expect(
      confounders(
        [
          [1, 0],
          [0, 1],
        ],
        8,
      ).sizes,
    ).toEqual([1, 1]);
    expect(
      confounders(
        [
          [0, 0],
          [0, 0],
        ],
        2,
      ).prototypes.map((row) => [...row]),
    ).toEqual([[0, 0]]);
  });
});

describe('ibmil', () => {
  const none: ModelWeights = { params: {}, trees: {} };

  test.each(['dictionary_kmeans_k3', 'dictionary_kmeans_k8'])('starts from the dictionary of %s', (name) => {
    const file = readFileSync(new URL(`../goldens/ibmil/${name}.json`, import.meta.url), 'utf8');
    const { config, inputs, randomness, outputs } = JSON.parse(file) as Clustering;
    const [rows, hidden] = inputs.bag_features.shape;
    const k = config.num_confounders;
    expect(firstCentroids(rows, k)).toEqual(randomness.initial_rows);
    const bagFeatures = Array.from({ length: rows }, (_, i) =>
      Float32Array.from(inputs.bag_features.data.slice(i * hidden, (i + 1) * hidden)),
    );
    const model = buildModel('ibmil', { hidden, confounders: k }, DIMS);
    const { params } = model.pretraining!.start({ weights: none, bagFeatures }, createRng(1));
    expect(Object.keys(params!)).toEqual(['confounder_feat']);
    expect(params!.confounder_feat!.shape).toEqual([k, hidden]);
    params!.confounder_feat!.data.forEach((v, i) => {
      expect(v).toBeCloseTo(outputs.prototypes.data[i]!, 6);
    });
  });

  test('its first stage is plain ABMIL, whose runs it shares', () => {
    const { pretraining } = buildModel('ibmil', { hidden: 8 }, DIMS);
    const plain = buildModel('abmil', { hidden: 8 }, DIMS);
    const identity = ({ name, version, config, dims, params }: typeof plain): unknown =>
      JSON.parse(JSON.stringify([name, version, config, dims, params]));
    expect(identity(pretraining!.model)).toEqual(identity(plain));
    expect(identity(buildModel('ibmil', { hidden: 8, stage: 1 }, DIMS))).toEqual(identity(plain));
    expect(pretraining!.readsBags).toBe(true);
    expect(plain.pretraining).toBeUndefined();
  });

  test('`start: stage1` goes on from reduction and attention, and from nothing else', () => {
    const model = buildModel('ibmil', { ...SMALL, start: 'stage1' }, DIMS);
    const array = { shape: [1], data: Float32Array.of(1) };
    const names = model.pretraining!.model.params.map((s) => s.name);
    const given = { params: Object.fromEntries(names.map((name) => [name, array])), trees: {} };
    const { params } = model.pretraining!.start({ weights: given, bagFeatures: [new Float32Array(8)] }, createRng(1));
    expect(Object.keys(params!).sort()).toEqual(
      ['confounder_feat', ...names.filter((name) => !name.startsWith('classifier.'))].sort(),
    );
  });

  test.each([false, true])('learnable: %s decides whether the dictionary moves', (learnable) => {
    withTrainer(
      buildModel('ibmil', { ...SMALL, learnable }, DIMS),
      (trainer) => {
        const last = (): number[] => [...trainer.state.params.dataSync().slice(-3 * 8)];
        const before = last();
        for (let i = 0; i < 3; i++) trainer.step(toyBag(6 + i, i), i / 3);
        if (learnable) for (const [i, v] of last().entries()) expect(v).not.toBe(before[i]);
        else expect(last()).toEqual(before);
      },
      { config: { lr: 0.01, weightDecay: 0.1 } },
    );
  });

  test('a dictionary row of zeros takes no part', () => {
    const logitsOf = (k: number, rows: number[][]): number[] => {
      const model = buildModel('ibmil', { ...SMALL, confounders: k }, DIMS);
      return withTrainer(model, (trainer) => {
        const flat = Float32Array.from(trainer.state.params.dataSync());
        flat.set(rows.flat(), flat.length - k * 8);
        trainer.state.params.dispose();
        trainer.state.params = tf.keep(tf.tensor1d(flat));
        return [...trainer.evaluate(toyBag(7)).logits];
      });
    };
    const own = [
      [1, 0, 2, 0, 0, 1, 0, 0],
      [0, 3, 0, 1, 0, 0, 0, 1],
    ];
    expect(logitsOf(3, [...own, new Array<number>(8).fill(0)])).toEqual(logitsOf(2, own));
  });

  test('both stages train from end to end', async () => {
    const bags = Array.from({ length: 12 }, (_, i) => {
      const rng = createRng(i, 'ibmil');
      const features = Float32Array.from(
        { length: 5 * DIMS.input },
        (_, j) => rng.normal() + (j % 6 === i % 3 ? 3 : 0),
      );
      return { id: `b${i}`, n: 5, d: DIMS.input, features, label: i % 3 };
    });
    const ids = bags.map(({ id }) => id);
    let chosen: ModelWeights | undefined;
    const result = await trainModel({
      model: buildModel('ibmil', SMALL, DIMS),
      config: { ...CONFIG, lr: 0.01 },
      seed: 1,
      split: { name: 'toy', train: ids.slice(0, 6), val: [], test: ids.slice(6) },
      load: async (id) => bags[ids.indexOf(id)]!,
      featureKey: 'ibmil toy',
      onSelect: (_, weights) => {
        chosen = weights();
      },
    });
    expect(result.status).toBe('finished');
    // Bag features are means of rectified tiles, and so are the confounders; noise would not be.
    expect(chosen!.params.confounder_feat!.data.every((v) => v >= 0)).toBe(true);
  });
});
