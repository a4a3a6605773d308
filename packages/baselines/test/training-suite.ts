import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Bag,
  bagContent,
  createRng,
  drawn,
  Executor,
  evalStep,
  evaluationRng,
  exportState,
  FeatureStore,
  layoutsOf,
  loadCheckpoint,
  type Model,
  type ModelWeights,
  metrics,
  pack,
  type Split,
  saveCheckpoint,
  type TrainConfig,
  type TrainResult,
  tf,
  trainModel,
} from '@asmil/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildModel, Predictor } from '../src/index.js';
import { CONFIG, withTrainer } from './model-suite.js';
import { MODELS, toyBag } from './model-table.js';

const CLASSES = 2;
const WIDTH = 6;

/** Bags of noise, in which a positive bag holds a few instances that stand apart. */
function separable(count: number): Map<string, Bag> {
  const bags = Array.from({ length: count }, (_, i): [string, Bag] => {
    const rng = createRng(i, 'separable');
    const n = 4 + rng.int(9);
    const label = i % CLASSES;
    const features = Float32Array.from({ length: n * WIDTH }, () => rng.normal());
    for (let k = 0; label === 1 && k < 3; k++) features[k * WIDTH] = 4;
    return [`b${i}`, { id: `b${i}`, n, d: WIDTH, features, label }];
  });
  return new Map(bags);
}

const ids = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `b${from + i}`);
const SPLIT: Split = { name: 'toy', train: ids(0, 30), val: ids(30, 40), test: ids(40, 60) };
const LEARN: TrainConfig = { ...CONFIG, lr: 1e-2, epochs: 8, select: 'best' };
const DIMS = { input: WIDTH, classes: CLASSES };

const small: Readonly<Record<string, () => Model>> = {
  abmil: () => buildModel('abmil', { hidden: 8, attention: 8 }, DIMS),
  'abmil with one logit': () => buildModel('abmil', { hidden: 8, attention: 8, loss: 'sigmoid' }, DIMS),
  'abmil with anchor': () => buildModel('abmil', { hidden: 8, attention: 8, anchor: {} }, DIMS),
  aem: () => buildModel('aem', { hostSettings: { hidden: 8, attention: 8 } }, DIMS),
  'clam-sb': () => buildModel('clam-sb', { hidden: 8, attention: 8, sampled: 4, bagWeight: 0.5 }, DIMS),
  dsmil: () => buildModel('dsmil', { query: 8 }, DIMS),
  'mean-pooling': () => buildModel('mean-pooling', { hidden: 8 }, DIMS),
  'max-pooling': () => buildModel('max-pooling', { hidden: 8 }, DIMS),
  asmil: () => buildModel('asmil', { hidden: 16, heads: 2, nFeat: 4, mlpRatio: 2 }, DIMS),
  'asmil release': () => buildModel('asmil', { variant: 'release', hidden: 8, nFeat: 2, nDrop: 1 }, DIMS),
};

interface Run {
  readonly model?: Model;
  readonly config?: Partial<TrainConfig>;
  readonly bags?: Map<string, Bag>;
  readonly split?: Split;
  readonly pretrained?: ModelWeights;
}

async function train({ model, config, bags = separable(60), split = SPLIT, pretrained }: Run): Promise<{
  result: TrainResult;
  chosen: { epoch: number; weights: ModelWeights }[];
}> {
  const executor = new Executor();
  const features = new FeatureStore();
  const chosen: { epoch: number; weights: ModelWeights }[] = [];
  try {
    const result = await trainModel(
      {
        model: model ?? small.abmil!(),
        config: { ...LEARN, ...config },
        seed: 1,
        split,
        load: async (id) => bags.get(id)!,
        featureKey: 'toy',
        pretrained,
        onSelect: ({ epoch }, weights) => chosen.push({ epoch, weights: weights() }),
      },
      { executor, features },
    );
    expect([...executor.fallbacks.values()]).toEqual([]);
    return { result, chosen };
  } finally {
    executor.dispose();
    features.dispose();
  }
}

/** Training from end to end, on the engine in use. */
export function describeTraining(): void {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asmil-models-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  describe('training', () => {
    test.each(Object.keys(small))('%s learns bags that can be told apart', async (name) => {
      const before = tf.memory().numTensors;
      const { result } = await train({ model: small[name]!() });
      expect(result.status).toBe('finished');
      expect(result.epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: LEARN.epochs }, (_, i) => i + 1));
      expect(result.selected!.macroAuc).toBeGreaterThan(0.9);
      expect(result.epochs.at(-1)!.loss).toBeLessThan(result.epochs[0]!.loss);
      expect(Number.isFinite(result.selected!.crossEntropy)).toBe(true);
      // What training held on the device is free again.
      expect(tf.memory().numTensors).toBe(before);
    });

    test('the epoch is chosen on validation alone, and its weights are handed out', async () => {
      const bags = separable(60);
      const { result, chosen } = await train({ bags });
      const val = result.epochs.map((epoch) => epoch.val!);
      expect(result.selectedEpoch).toBe(metrics.selectEpoch(val) + 1);
      expect(chosen.at(-1)!.epoch).toBe(result.selectedEpoch);
      const flipped = new Map(bags);
      for (const id of SPLIT.test) flipped.set(id, { ...bags.get(id)!, label: 1 - bags.get(id)!.label });
      const other = await train({ bags: flipped });
      expect(other.result.selectedEpoch).toBe(result.selectedEpoch);
      expect(other.result.selected).not.toEqual(result.selected);
      expect(other.result.epochs.map(({ loss }) => loss)).toEqual(result.epochs.map(({ loss }) => loss));
      const last = await train({ bags, config: { select: 'last' } });
      expect(last.result.selectedEpoch).toBe(LEARN.epochs);
      const alone = await train({ bags, split: { ...SPLIT, val: [] } });
      expect(alone.result.selectedEpoch).toBe(LEARN.epochs);
    });

    test('an absurd learning rate ends as diverged', async () => {
      const { result } = await train({ config: { lr: 1e30 } });
      expect(result).toMatchObject({ status: 'diverged', diverged: { epoch: 1 }, selected: null, selectedEpoch: 0 });
      expect(result.diverged!.step).toBeGreaterThan(1);
      expect(SPLIT.train).toContain(result.diverged!.bag);
      expect(['NaN', 'Infinity', '-Infinity']).toContain(result.diverged!.value);
    });

    test.each(
      Object.keys(small).flatMap((name) =>
        [Number.NaN, Number.POSITIVE_INFINITY].map((value) => [name, value] as const),
      ),
    )('%s: a bag that holds %s is named', async (name, value) => {
      const bags = separable(60);
      const bad = bags.get('b3')!;
      const features = bad.features.slice();
      features[WIDTH + 2] = value;
      bags.set('b3', { ...bad, features });
      const { result } = await train({ model: small[name]!(), bags, config: { epochs: 1 } });
      const step = createRng(1, 'order', 1).shuffle(SPLIT.train).indexOf('b3') + 1;
      expect(result).toMatchObject({ status: 'diverged', diverged: { epoch: 1, step, bag: 'b3' } });
    });
  });

  test('a model with an earlier stage starts from its weights and bag features, whoever trained it', async () => {
    const seen: { bags: number; width: number | undefined }[] = [];
    const plain = small.abmil!();
    const staged: Model = {
      ...plain,
      pretraining: {
        model: plain,
        config: { epochs: 2 },
        readsBags: true,
        start({ weights, bagFeatures }) {
          seen.push({ bags: bagFeatures.length, width: bagFeatures[0]?.length });
          return { params: weights.params };
        },
      },
    };
    const whole = await train({ model: staged, config: { epochs: 3 } });
    expect(seen).toEqual([{ bags: SPLIT.train.length, width: 8 }]);
    const stage = await train({ model: plain, config: { epochs: 2 } });
    const given = await train({ model: staged, config: { epochs: 3 }, pretrained: stage.chosen.at(-1)!.weights });
    expect(given.result).toEqual(whole.result);
    const fresh = await train({ model: plain, config: { epochs: 3 } });
    // The stage has learnt something already.
    expect(whole.result.epochs[0]!.loss).toBeLessThan(fresh.result.epochs[0]!.loss);
  });

  describe('checkpoints', () => {
    test.each(MODELS)('$name: the same logits after saving and loading', async ({ build }) => {
      const model = build();
      const bag = toyBag(9);
      const { weights, logits } = withTrainer(model, (trainer) => {
        for (let i = 0; i < 2; i++) trainer.step(toyBag(6 + i, i), i);
        return { weights: exportState(model, trainer.state), logits: trainer.evaluate(bag).logits };
      });
      const path = join(folder, 'model.safetensors');
      await saveCheckpoint(path, { model, dims: model.dims, meta: {}, ...weights });
      const loaded = await loadCheckpoint(path);
      expect(loaded.trees).toEqual(weights.trees);
      const rebuilt = buildModel(loaded.model.name, loaded.model.config, loaded.dims);
      const again = tf.tidy(() => {
        const params = tf.tensor1d(pack(layoutsOf(rebuilt).params, loaded.params));
        const n = bag.x.shape[0];
        const given = {
          ...drawn('draw', rebuilt.evaluationDraws?.(evaluationRng(n), n)),
          ...drawn('input', rebuilt.bagInputs?.(bagContent(bag.x, bag.bag.coords))),
        };
        return evalStep(rebuilt)({ params, x: bag.x, ...given }).logits!.dataSync();
      });
      expect(again).toEqual(logits);
      const predictor = new Predictor(loaded);
      const slide = { ...bag.bag, features: bag.x.dataSync() as Float32Array };
      const before = tf.memory().numTensors;
      const { label, probabilities, attention, ...said } = predictor.predict(slide);
      expect(tf.memory().numTensors).toBe(before);
      expect(said.logits).toEqual([...logits]);
      expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
      expect(Math.max(...probabilities)).toBe(probabilities[label]);
      if (attention) expect(attention.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4);
      expect(attention?.length ?? slide.n).toBe(slide.n);
      predictor.dispose();
      bag.x.dispose();
    });
  });
}
