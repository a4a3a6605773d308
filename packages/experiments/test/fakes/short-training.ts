import { buildModel, Predictor } from '@asmil/baselines';
import {
  type Bag,
  Executor,
  FeatureStore,
  type Model,
  type ModelWeights,
  type Split,
  type TrainConfig,
  type TrainResult,
  trainModel,
} from '@asmil/core';
import { createRng } from '@asmil/core/rng';

/* A training of seconds, with everything that it computes, for tests that compare one way to compute it with another. */

const DIMS = { input: 8, classes: 2 };
const gated = { hidden: 16, attention: 8 };

/** Every model of the registry, small; ASMIL as the paper and as the release has it. */
const MODELS: Readonly<Record<string, readonly [name: string, settings: Readonly<Record<string, unknown>>]>> = {
  abmil: ['abmil', gated],
  acmil: ['acmil', { ...gated, nToken: 3, nMaskedPatch: 5 }],
  aem: ['aem', { hostSettings: gated }],
  'asmil paper': ['asmil', { hidden: 16, heads: 2, mlpRatio: 2, nFeat: 4 }],
  'asmil release': ['asmil', { variant: 'release', hidden: 16, nFeat: 3, nDrop: 1 }],
  camil: ['camil', { hidden: 16, heads: 2 }],
  'clam-sb': ['clam-sb', { ...gated, sampled: 3 }],
  demil: ['demil', { hidden: 16 }],
  dsmil: ['dsmil', { query: 8 }],
  'dtfd-mil': ['dtfd-mil', gated],
  hdmil: ['hdmil', { ...gated, degree: 4, kSample: 3 }],
  ibmil: ['ibmil', { ...gated, joint: 4, confounders: 3 }],
  'max-pooling': ['max-pooling', { hidden: 16 }],
  'mean-pooling': ['mean-pooling', { hidden: 16 }],
  'mhim-mil': ['mhim-mil', { ...gated, maskRatioH: 0.2 }],
  psmil: ['psmil', { hidden: 16 }],
  rgmil: ['rgmil', { hidden: 16 }],
  transmil: ['transmil', { hidden: 16, heads: 2, landmarks: 4 }],
};

export const SHORT_MODELS = Object.keys(MODELS);

export const shortModel = (name: string): Model => buildModel(...MODELS[name]!, DIMS);

/** Bags of 1 to 40 instances of noise; in a positive bag every fourth stands apart. */
export const noisyBags: ReadonlyMap<string, Bag> = new Map(
  Array.from({ length: 22 }, (_, i): [string, Bag] => {
    const rng = createRng(i, 'noisy bag');
    const n = 1 + rng.int(40);
    const label = i % DIMS.classes;
    const features = Float32Array.from(
      { length: n * DIMS.input },
      (_, k) => rng.normal() + (label === 1 && k % (4 * DIMS.input) < 3 ? 1.5 : 0),
    );
    const coords = Int32Array.from({ length: 2 * n }, (_, k) => (k % 2 === 0 ? (k >> 1) % 5 : Math.floor(k / 10)));
    return [`bag-${i}`, { id: `bag-${i}`, n, d: DIMS.input, features, coords, label }];
  }),
);

const ids = [...noisyBags.keys()];
export const SPLIT: Split = { name: 'noisy', train: ids.slice(0, 12), val: ids.slice(12, 16), test: ids.slice(16) };

/** `last`: every epoch is selected, and so shows its weights. */
export const SHORT: TrainConfig = {
  ...{ optimiser: 'adam', lr: 1e-3, weightDecay: 1e-4, betas: [0.9, 0.999], eps: 1e-8, clip: null },
  ...{ epochs: 3, warmup: 0, schedule: 'cosine', select: 'last' },
};

/** What there is to see after an epoch. */
export interface Seen {
  readonly loss: number;
  /** Of the test bags, one after the other. */
  readonly logits: readonly number[];
  readonly attention: readonly number[];
  readonly weights: ModelWeights;
}

export interface ShortOptions {
  readonly compile?: boolean;
  /** Bytes of features that stay on the device. */
  readonly budget?: number;
  readonly load?: (id: string) => Promise<Bag>;
  readonly executor?: Executor;
  readonly features?: FeatureStore;
  readonly config?: Partial<TrainConfig>;
  readonly seed?: number;
}

/** Trains one of the models on the engine in use. */
export async function shortTraining(
  name: string,
  options: ShortOptions = {},
): Promise<{ result: TrainResult; seen: readonly Seen[]; executor: Executor }> {
  const executor = options.executor ?? new Executor({ compile: options.compile });
  const features = options.features ?? new FeatureStore(options.budget);
  const model = shortModel(name);
  const seen: Seen[] = [];
  const result = await trainModel(
    {
      model,
      config: { ...SHORT, ...options.config },
      seed: options.seed ?? 1,
      split: SPLIT,
      load: options.load ?? (async (id) => noisyBags.get(id)!),
      featureKey: 'noisy',
      onSelect: ({ loss }, copy) => {
        const weights = copy();
        seen.push({ loss, weights, ...predictions(model, weights) });
      },
    },
    { executor, features },
  );
  if (!options.executor) executor.dispose();
  if (!options.features) features.dispose();
  return { result, seen, executor };
}

function predictions(model: Model, weights: ModelWeights): Pick<Seen, 'logits' | 'attention'> {
  const { name, version, config, dims } = model;
  const predictor = new Predictor({ model: { name, version, config }, dims, meta: {}, ...weights });
  const all = SPLIT.test.map((id) => predictor.predict(noisyBags.get(id)!));
  predictor.dispose();
  return {
    logits: all.flatMap(({ logits }) => [...logits]),
    attention: all.flatMap(({ attention }) => [...(attention ?? [])]),
  };
}
