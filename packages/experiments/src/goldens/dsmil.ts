import { buildModel } from '@asmil/baselines';
import { type Output, tf } from '@asmil/core';
import { withPlugin } from './abmil.js';
import type { Checker } from './checker.js';
import { type Describe, listOf, onlyRandomness, readConfig } from './model-case.js';
import { modelChecker } from './model-golden.js';
import type { Golden } from './schema.js';

const SETTINGS = [
  'query',
  'nonlinear',
  'queryHidden',
  'passingV',
  'dropoutV',
  'loss',
  'average',
  'maxWeight',
  'bagWeight',
  'diversityTokens',
  'diversityWeight',
  'positiveWeight',
  'keepTiles',
];

/** The file's names of settings and losses → the suite's. */
const RENAMED = { D_q: 'query', D_inner: 'query', hidden: 'query', D_q_hidden: 'queryHidden' };
const LOSSES: Readonly<Record<string, string>> = { ce: 'ce', bce_with_logits: 'bce', bce: 'bce' };

/** The file's names of outputs → the model's. Its logits are the bag branch's, without the prediction's mean. */
const EXTRA = {
  logits: 'bagLogits',
  max_logits: 'maxLogits',
  instance_max_logits: 'maxLogits',
  critical_index: 'critical',
};

/** Zeros and ones, where the label is a vector of them. */
function labelVector(golden: Golden): number[] | undefined {
  const { label } = golden.inputs;
  return typeof label === 'number' || label === undefined ? undefined : listOf(label);
}

export const describeDsmil: Describe = (golden) => {
  onlyRandomness(golden, []);
  const { variant, ...config } = golden.config;
  if (variant !== undefined && variant !== 'bench' && variant !== 'official')
    throw new Error(`config: variant ${JSON.stringify(variant)}, expected bench or official`);
  const { dims, train, settings } = readConfig({ ...golden, config }, SETTINGS, RENAMED);
  const loss = String(settings.loss ?? 'ce');
  settings.loss = LOSSES[loss] ?? loss;
  const label = labelVector(golden);
  const logits = Number(golden.config.C);
  // A bag of no class is one of the further class that has no logit.
  const none = label !== undefined && logits > 1 && label.every((v) => v === 0);
  const classes = none ? logits + 1 : dims.classes;
  if (none) settings.outputs = 'positive';
  if (logits === 1) settings.outputs = 'single';
  return {
    model: buildModel('dsmil', settings, { ...dims, classes }),
    train,
    draws: [],
    target: label && Float32Array.from(logits === 1 ? [1 - label[0]!, label[0]!] : none ? [...label, 1] : label),
    terms: { base: String(settings.loss), ce_max: 'max', ce_bag: 'bag', diversity: 'diversity' },
    extra: EXTRA,
    further: (_, output) => shaped(output, settings.loss === 'bce'),
  };
};

/** Outputs in the files' shapes, and the probabilities of sigmoids. */
function shaped({ bagFeature, extra }: Output, sigmoids: boolean): Record<string, tf.Tensor> {
  const { bagLogits, maxLogits, instanceLogits } = extra!;
  const classes = bagLogits!.shape[1]!;
  const out = {
    bag_feature: tf.reshape(bagFeature!, [1, classes, -1]), // [1, C, D]
    instance_logits: tf.transpose(instanceLogits!), // [N, C]
  };
  if (!sigmoids) return out;
  const [bag, max] = [tf.sigmoid(bagLogits!), tf.sigmoid(maxLogits!)];
  return { ...out, probs: bag, probs_average_option: tf.mul(tf.add(bag, max), 0.5) };
}

export const dsmilCheckers: Readonly<Record<string, Checker>> = {
  dsmil: modelChecker(describeDsmil),
  'plugin-dsmil': modelChecker(withPlugin(describeDsmil)),
};
