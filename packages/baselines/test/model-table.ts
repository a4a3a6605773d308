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
  /** Seeds of the random directions along which the loss is measured, where a relu changes sides along one of 1, 2, 3. */
  readonly directions?: readonly number[];
  /** The order of the instances matters (a grid in bag order, random groups). */
  readonly ordered?: boolean;
}

const abmil = { hidden: HIDDEN, attention: 5 };
const paper = { hidden: HIDDEN, heads: 2, mlpRatio: 2, nFeat: 4 };
const release = { variant: 'release', hidden: HIDDEN, nFeat: 3, nDrop: 1 };

const classic = { hidden: HIDDEN };
const demipl = { variant: 'demipl', hidden: HIDDEN, attention: 5, entropyWeight: 0.1 };
const stem = ['stem.0.weight', 'stem.0.bias', 'stem.2.weight', 'stem.2.bias'];
const prototypes = ['prototypes', 'prototypes_set'];

const entry = (
  name: string,
  model: string,
  fixed: Readonly<Record<string, unknown>>,
  behindConstant?: readonly string[],
): Entry => ({ name, build: (settings = {}) => buildModel(model, { ...fixed, ...settings }, DIMS), behindConstant });

const tokens = ['reduce.weight', 'feat'];
const asmil = (name: string, settings: Readonly<Record<string, unknown>>, behindConstant?: readonly string[]): Entry =>
  entry(`asmil ${name}`, 'asmil', { ...paper, ...settings }, behindConstant);

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
  entry('demil', 'demil', classic),
  entry('demil with one layer', 'demil', { ...classic, layers: 1 }),
  entry('demil with anchor', 'demil', { ...classic, anchor: {} }, stem),
  entry('demil demipl', 'demil', demipl),
  entry('demil demipl with two gates', 'demil', { ...demipl, sharedGate: false, dropout: 0 }),
  entry('psmil', 'psmil', classic, [...stem, ...prototypes]),
  entry('psmil as released', 'psmil', { ...classic, prototypeRule: 'release-benchmark' }, [...stem, ...prototypes]),
  entry('psmil for slides', 'psmil', { prototypeRule: 'wsi' }, prototypes),
  entry('psmil with anchor', 'psmil', { ...classic, anchor: {} }, [...stem, ...prototypes]),
  entry('rgmil one-vs-rest', 'rgmil', classic),
  { ...entry('rgmil frozen', 'rgmil', { ...classic, trainRegressor: false }, ['linears.*']), directions: [1, 3, 4] },
  entry('rgmil with anchor', 'rgmil', { ...classic, anchor: {} }, stem),
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
