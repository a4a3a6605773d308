import { buildModel } from '@asmil/baselines';
import { tf } from '@asmil/core';
import type { Checker } from './checker.js';
import { fromClassic } from './classic.js';
import { type Describe, onlyRandomness, readConfig } from './model-case.js';
import { modelChecker } from './model-golden.js';
import { type Golden, type GoldenTensor, isRecord, isTensor } from './schema.js';

const SETTINGS = ['hidden', 'momentum', 'features', 'trainClassifier'];

const psmil: Describe = (golden) => {
  onlyRandomness(golden, []);
  const { dims, train, settings } = readConfig(golden, SETTINGS, { variant: 'prototypeRule' });
  return {
    model: buildModel('psmil', settings, dims),
    train,
    draws: [],
    terms: { cross_entropy: 'ce', nll: 'ce' },
    extra: {
      instance_feature: 'features',
      instance_class_probs: 'probabilities',
      selected_instances: 'selected',
      selected_instance: 'selected',
    },
    further: (p, { logits, extra }) => ({
      log_probs: tf.logSoftmax(logits),
      instance_probs: tf.softmax(tf.matMul(extra!.features as tf.Tensor2D, p.linear as tf.Tensor2D)),
    }),
  };
};

/** A file keeps the prototypes apart from the parameters; at the first call of a model's life it has none. */
function common(golden: Golden): Golden {
  const { first_call: first, ...config } = golden.config;
  const state = isRecord(golden.state_before) ? golden.state_before.prototypes : undefined;
  if (isTensor(state) === (first === true))
    throw new Error('state_before: expected prototypes unless first_call is true');
  const shape = [config.hidden, config.classes] as [number, number];
  const prototypes = isTensor(state) ? state : { shape, data: new Array<number>(shape[0] * shape[1]).fill(0) };
  const set: GoldenTensor = { shape: [1], data: [first === true ? 0 : 1] };
  const params = { ...golden.params, prototypes, prototypes_set: set };
  return fromClassic({ ...golden, config, params }, ['selected_instances']);
}

const check = modelChecker(psmil);

export const psmilCheckers: Readonly<Record<string, Checker>> = {
  psmil: (golden, context) => check(common(golden), context),
};
