import { createRng, type DeviceBag, type Dims, type Model, tf } from '@asmil/core';
import { buildModel } from '../src/index.js';

export const DIMS: Dims = { input: 6, classes: 3 };

/** A width of the models below, which a bag of as many instances must not be mistaken for. */
export const HIDDEN = 16;

/** A model under test. */
export interface Entry {
  readonly name: string;
  readonly build: (settings?: Readonly<Record<string, unknown>>) => Model;
  /**
   * Parameters that also reach the loss through a constant (the target that an anchor makes of the same tokens), so that
   * finite differences of the loss see more than its gradient.
   */
  readonly behindConstant?: readonly string[];
  /** The order of the instances matters (a grid in bag order, random groups). */
  readonly ordered?: boolean;
}

const abmil = { hidden: HIDDEN, attention: 5 };
const paper = { hidden: HIDDEN, heads: 2, mlpRatio: 2, nFeat: 4 };
const release = { variant: 'release', hidden: HIDDEN, nFeat: 3, nDrop: 1 };

const entry = (
  name: string,
  model: string,
  fixed: Readonly<Record<string, unknown>>,
  behindConstant?: readonly string[],
): Entry => ({ name, build: (settings = {}) => buildModel(model, { ...fixed, ...settings }, DIMS), behindConstant });

const tokens = ['reduce.weight', 'feat'];
const asmil = (name: string, settings: Readonly<Record<string, unknown>>, behindConstant?: readonly string[]): Entry =>
  entry(`asmil ${name}`, 'asmil', { ...paper, ...settings }, behindConstant);

/** A model whose instances have an order. */
const ordered = (
  name: string,
  model: string,
  fixed: Readonly<Record<string, unknown>>,
  behind?: readonly string[],
) => ({
  ...entry(name, model, fixed, behind),
  ordered: true,
});

const transmil = { hidden: HIDDEN, heads: 2 };
const camil = { hidden: HIDDEN, heads: 2 };
/** What comes before CAMIL's pooling. */
const beforePooling = buildModel('camil', camil, DIMS)
  .params.map((spec) => spec.name)
  .filter((name) => /^(project|nyst|local)/.test(name));

/** What comes before TransMIL's second layer, whose tokens its anchor reads. */
const beforeLayer2 = buildModel('transmil', transmil, DIMS)
  .params.map((spec) => spec.name)
  .filter((name) => /^(cls_token|_fc1|layer1|pos_layer)/.test(name));

/** Every model of the suite, with every switch that changes its computation. */
export const MODELS: readonly Entry[] = [
  entry('abmil gated', 'abmil', abmil),
  entry('abmil plain', 'abmil', { ...abmil, gated: false, reductionBias: true }),
  entry('abmil with anchor', 'abmil', { ...abmil, anchor: { normalizer: 'nsf' } }, ['dimreduction.fc1.weight']),
  entry('abmil with uniform target', 'abmil', { ...abmil, anchor: { normalizer: 'uniform' } }),
  asmil('paper', {}, tokens),
  asmil('anchor softmax', { anchor: 'softmax', anchorTemp: 2 }, tokens),
  asmil('anchor entmax', { anchor: 'entmax', anchorAlpha: 1.5 }, tokens),
  asmil('anchor entmax by bisection', { anchor: 'entmax', anchorAlpha: 1.25 }, tokens),
  asmil('anchor none', { anchor: 'none' }),
  asmil('online nsf', { online: 'nsf' }, tokens),
  asmil('asTokens kept', { asTokens: 'kept' }, tokens),
  asmil('asKeys all', { asKeys: 'all' }, tokens),
  asmil('scope full', { anchorScope: 'full' }),
  asmil('temporal', { stabiliser: 'temporal' }),
  asmil('feature', { stabiliser: 'feature' }, tokens),
  asmil('emaEvery epoch', { emaEvery: 'epoch', emaM: 0.5 }, tokens),
  entry('asmil release', 'asmil', release),
  ordered('transmil', 'transmil', transmil),
  ordered('transmil without dropout', 'transmil', { ...transmil, heads: 8, landmarks: 5, dropout: 0 }),
  ordered('camil', 'camil', camil),
  ordered('camil on raw features', 'camil', { project: false, heads: 1, kernel: 5, gated: false }),
  ordered('camil as torchmil', 'camil', { ...camil, variant: 'torchmil', gated: true, landmarks: 5 }),
  ordered('camil with anchor', 'camil', { ...camil, anchor: {} }, beforePooling),
  ordered('transmil with anchor', 'transmil', { ...transmil, anchor: {} }, beforeLayer2),
];

/** A bag of n instances, standard normal. */
export function toyBag(n: number, label = 0, seed = n): DeviceBag {
  const rng = createRng(seed, 'toy bag');
  const features = Float32Array.from({ length: n * DIMS.input }, () => rng.normal());
  const x = tf.tensor2d(features, [n, DIMS.input]);
  return { bag: { id: `bag ${seed}`, n, d: DIMS.input, label, coords: toyCoords(n) }, x, release: () => {} };
}

/** Tiles on a grid four wide, so that every one but a lonely one has neighbours. */
export function toyCoords(n: number): Int32Array {
  return Int32Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? (i >> 1) % 4 : i >> 3));
}
