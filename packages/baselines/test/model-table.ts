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
const clam = { hidden: HIDDEN, attention: 5, sampled: 3, bagWeight: 0.5 };
const dsmil = { query: 5 };
const sigmoids = { loss: 'bce', outputs: 'positive' };
const paper = { hidden: HIDDEN, heads: 2, mlpRatio: 2, nFeat: 4 };
// Widths and numbers for which the order of the top tiles does not change within a finite difference.
const acmil = { hidden: HIDDEN, attention: 5, nToken: 3, nMaskedPatch: 5 };
const dtfd = { hidden: HIDDEN, attention: 5 };
const ibmil = { hidden: HIDDEN, attention: 5, joint: 4, confounders: 3 };
// The dictionary is a constant.
const dictionary = ['confounder_feat'];
const official = { variant: 'official', joint: 4, confounders: 3 };
const release = { variant: 'release', hidden: HIDDEN, nFeat: 3, nDrop: 1 };

const classic = { hidden: HIDDEN };
const demipl = { variant: 'demipl', hidden: HIDDEN, attention: 5, entropyWeight: 0.1 };
const stem = ['stem.0.weight', 'stem.0.bias', 'stem.2.weight', 'stem.2.bias'];
const hdmil = { hidden: HIDDEN, attention: 5, degree: 4, kSample: 3 };
// They reach the loss through a mask of zeros and ones as well, whose gradient is that of a smooth stand-in.
const straightThrough = ['0', '3.attention_a.0', '3.attention_b.0', '3.attention_c'].flatMap((layer) =>
  ['weight', 'bias'].map((part) => `attention_net.${layer}.${part}`),
);
const mhim = { hidden: HIDDEN, attention: 5, maskRatioH: 0.2 };
const masks = { maskRatio: 0.3, maskRatioL: 0.1, maskRatioHr: 1 };
const selfattn = { hidden: HIDDEN, baseline: 'selfattn', heads: 2, landmarks: 5, maskRatioH: 0.2 };
const prototypes = ['prototypes', 'prototypes_set'];

const entry = (
  name: string,
  model: string,
  fixed: Readonly<Record<string, unknown>>,
  behindConstant?: readonly string[],
): Entry => ({ name, build: (settings = {}) => buildModel(model, { ...fixed, ...settings }, DIMS), behindConstant });

const clamSb = (name: string, settings: Readonly<Record<string, unknown>> = {}, behind?: readonly string[]): Entry => ({
  ...entry(`clam-sb${name}`, 'clam-sb', { ...clam, ...settings }, behind),
  directions: [6, 7, 8],
});

const tokens = ['reduce.weight', 'feat'];
const asmil = (name: string, settings: Readonly<Record<string, unknown>>, behindConstant?: readonly string[]): Entry =>
  entry(`asmil ${name}`, 'asmil', { ...paper, ...settings }, behindConstant);

/** Tier 2 sees what tier 1 makes of the tiles as a constant; which tiles it sees depends on a random order. */
const dtfdMil = (name: string, settings: Readonly<Record<string, unknown>>): Entry => {
  const tiles = ['dimReduction.fc1.weight'];
  const attention = ['V.0', 'U.0', 'weights'].flatMap((l) => [
    `attention.attention_${l}.weight`,
    `attention.attention_${l}.bias`,
  ]);
  const behind = settings.distill === 'AFS' ? [...tiles, ...attention] : tiles;
  return { ...entry(`dtfd-mil ${name}`, 'dtfd-mil', { ...dtfd, ...settings }, behind), ordered: true };
};
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
  entry('aem', 'aem', { hostSettings: abmil }),
  entry('aem top k', 'aem', { hostSettings: abmil, topK: 4, schedule: 'cosine' }),
  entry('aem on dsmil', 'aem', { host: 'dsmil', hostSettings: dsmil, keepTiles: 0.5, topK: 3 }),
  entry('aem on mha', 'aem', { host: 'mha', hostSettings: { hidden: HIDDEN, heads: 4 } }),
  entry('aem with anchor', 'aem', { hostSettings: abmil, anchor: {} }, ['dimreduction.fc1.weight']),
  entry('aem on mha with anchor', 'aem', { host: 'mha', hostSettings: { hidden: HIDDEN, heads: 4 }, anchor: {} }, [
    'dimreduction.fc1.weight',
  ]),
  clamSb('', { bagWeight: 1 }),
  clamSb(' with the instance term'),
  clamSb(' smooth svm', { instanceLoss: 'svm', sampled: 8 }),
  clamSb(' without subtyping', { subtyping: false, init: 'uniform' }),
  clamSb(' plain', { gated: false }),
  clamSb(' without dropout', { dropout: 0 }),
  clamSb(' with anchor', { anchor: { normalizer: 'nsf' } }, ['attention_net.0.weight', 'attention_net.0.bias']),
  entry('dsmil', 'dsmil', dsmil),
  entry('dsmil nonlinear', 'dsmil', { ...dsmil, nonlinear: true, queryHidden: HIDDEN }),
  entry('dsmil with diversity', 'dsmil', { ...dsmil, diversityTokens: 3 }),
  entry('dsmil original', 'dsmil', { ...dsmil, ...sigmoids, nonlinear: true, init: 'orthogonal' }),
  entry('dsmil with values', 'dsmil', { ...dsmil, ...sigmoids, average: true, passingV: true, dropoutV: 0.25 }),
  entry('dsmil with dropped tiles', 'dsmil', { ...dsmil, loss: 'bce', positiveWeight: 2, keepTiles: 0.5 }),
  entry('dsmil with anchor', 'dsmil', { ...dsmil, anchor: { normalizer: 'nsf' } }),
  entry('acmil gated', 'acmil', acmil),
  entry('acmil one branch', 'acmil', { ...acmil, attention: 6, nToken: 1 }),
  entry('acmil unmasked', 'acmil', { ...acmil, nMaskedPatch: 0 }),
  entry('acmil heads', 'acmil', { variant: 'mha', hidden: HIDDEN, nToken: 2, nMaskedPatch: 4 }),
  entry('acmil heads, one branch', 'acmil', { variant: 'mha', hidden: HIDDEN, nToken: 1 }),
  entry('acmil with anchor', 'acmil', { ...acmil, anchor: { normalizer: 'nsf' } }, ['dimreduction.fc1.weight']),
  dtfdMil('largest and smallest', {}),
  dtfdMil('two of each end', { groups: 3, instancesPerGroup: 2 }),
  dtfdMil('largest', { distill: 'MaxS' }),
  dtfdMil('attended', { distill: 'MAS' }),
  dtfdMil('pooled', { distill: 'AFS' }),
  dtfdMil('averaged', { evaluationSplits: 3 }),
  dtfdMil('with anchor', { anchor: { normalizer: 'nsf' } }),
  entry('ibmil joined', 'ibmil', ibmil, dictionary),
  entry('ibmil added', 'ibmil', { ...ibmil, merge: 'add' }, dictionary),
  entry('ibmil subtracted', 'ibmil', { ...ibmil, merge: 'sub' }, dictionary),
  entry('ibmil learnable', 'ibmil', { ...ibmil, learnable: true }),
  entry('ibmil with anchor', 'ibmil', { ...ibmil, anchor: { normalizer: 'nsf' } }, [
    ...dictionary,
    'dimreduction.fc1.weight',
  ]),
  entry('ibmil official', 'ibmil', official, dictionary),
  entry('ibmil official, first stage', 'ibmil', { variant: 'official', stage: 1 }),
  entry('mean-pooling', 'mean-pooling', { hidden: HIDDEN }),
  entry('max-pooling', 'max-pooling', { hidden: HIDDEN }),
  entry('max-pooling with bias', 'max-pooling', { hidden: HIDDEN, reductionBias: true }),
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
  entry('hdmil', 'hdmil', hdmil, straightThrough),
  entry('hdmil for subtypes', 'hdmil', { ...hdmil, subtyping: true, rateClasses: 'any' }, straightThrough),
  entry('hdmil with anchor', 'hdmil', { ...hdmil, anchor: {} }, straightThrough),
  entry('mhim-mil', 'mhim-mil', mhim),
  entry('mhim-mil pure', 'mhim-mil', { ...mhim, variant: 'pure' }),
  entry('mhim-mil with schedules', 'mhim-mil', { ...mhim, mmSchedule: true, mrhSchedule: true, mm: 0.5 }),
  entry('mhim-mil with all masks', 'mhim-mil', { ...mhim, ...masks, clAlpha: 0.5 }),
  entry('mhim-mil with anchor', 'mhim-mil', { ...mhim, anchor: {} }, ['patch_to_emb.0.weight', 'patch_to_emb.0.bias']),
  entry('mhim-mil dsmil', 'mhim-mil', { ...mhim, baseline: 'dsmil' }),
  entry('mhim-mil dsmil with all masks', 'mhim-mil', { ...mhim, ...masks, baseline: 'dsmil', clAlpha: 0.5 }),
  entry('mhim-mil dsmil with anchor', 'mhim-mil', { ...mhim, baseline: 'dsmil', anchor: {} }, [
    'patch_to_emb.0.weight',
    'patch_to_emb.0.bias',
  ]),
  ordered('mhim-mil selfattn', 'mhim-mil', selfattn),
  ordered('mhim-mil selfattn pure', 'mhim-mil', { ...selfattn, variant: 'pure', landmarks: 3 }),
  ordered('mhim-mil selfattn with all masks', 'mhim-mil', { ...selfattn, ...masks, mrhSchedule: true, clAlpha: 0.5 }),
  entry('psmil', 'psmil', classic, [...stem, ...prototypes]),
  entry('psmil as released', 'psmil', { ...classic, prototypeRule: 'release-benchmark' }, [...stem, ...prototypes]),
  entry('psmil for slides', 'psmil', { prototypeRule: 'wsi' }, prototypes),
  entry('psmil with anchor', 'psmil', { ...classic, anchor: {} }, [...stem, ...prototypes]),
  entry('rgmil one-vs-rest', 'rgmil', classic),
  { ...entry('rgmil frozen', 'rgmil', { ...classic, trainRegressor: false }, ['linears.*']), directions: [1, 3, 4] },
  entry('rgmil with anchor', 'rgmil', { ...classic, anchor: {} }, stem),
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
