import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildModel } from '@asmil/baselines';
import {
  type Bag,
  evalStep,
  layoutsOf,
  loadCheckpoint,
  type Model,
  type ModelWeights,
  metrics,
  pack,
  tf,
  trainModel,
  useEngine,
} from '@asmil/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../src/store/store.js';
import { bench } from './fakes/cli.js';
import { findCohort } from './fakes/cohort.js';

const t = bench();
const { cohort } = findCohort('bracs-sim');
beforeAll(() => useEngine('wasm'));
afterAll(() => t.remove());

function logitsOf(model: Model, { params }: ModelWeights, bag: Bag): Float32Array {
  return tf.tidy(() => {
    const flat = tf.tensor1d(pack(layoutsOf(model).params, params));
    const { logits } = evalStep(model)({ params: flat, x: tf.tensor2d(bag.features, [bag.n, bag.d]) });
    return logits!.dataSync() as Float32Array;
  });
}

it('a kept checkpoint is the model that was scored', async () => {
  const wiring = fileURLToPath(new URL('./fakes/real-training.ts', import.meta.url));
  const args = t.ema('a', '--only', 'm=0.999', '--seeds', '1', '--checkpoints');
  const { code, err } = await t.inProcess(args, { ASMIL_TEST_WIRING: wiring });
  expect([code, err]).toEqual([0, expect.stringContaining('runs 1/1')]);
  const [signature] = t.stored().map((name) => name.slice(3));
  const store = await openStore(t.store, () => {});
  const { record, checkpoint: path } = (await store.read(signature!))!;
  expect(path).toBe(join(t.store, signature!.slice(0, 2), signature!, 'checkpoint.safetensors'));

  const loaded = await loadCheckpoint(path!);
  expect(loaded.meta).toMatchObject({ run: signature, seed: 1, epoch: record.result.selectedEpoch });
  const model = buildModel(loaded.model.name, loaded.model.config, loaded.dims);
  expect([model.version, model.config]).toEqual([loaded.model.version, loaded.model.config]);
  const split = record.split;
  const bags = await Promise.all(split.test.map((id) => cohort.load(id, split)));
  const logits = bags.map((bag) => logitsOf(model, loaded, bag));
  const labels = bags.map((bag) => bag.label);
  // An earlier epoch than the last one, so that keeping the wrong weights would show.
  expect(record.result.selectedEpoch).toBeLessThan(8);
  expect(record.result.selected).not.toEqual(record.result.last);
  expect(metrics.scoreBags(logits, labels, 3)).toEqual(record.result.selected);

  // The same job once more, here: the same weights, and the same logits bit for bit.
  let fresh: ModelWeights | undefined;
  await trainModel({
    model,
    config: record.spec.train,
    seed: 1,
    split,
    load: (id) => cohort.load(id, split),
    featureKey: 'again',
    onSelect: (_, weights) => {
      fresh = weights();
    },
  });
  expect(loaded.params).toEqual(fresh!.params);
  expect(loaded.trees).toEqual(fresh!.trees);
  expect(Object.keys(loaded.trees)).toEqual(['anchor']);
  expect(bags.map((bag) => logitsOf(model, fresh!, bag))).toEqual(logits);
});
