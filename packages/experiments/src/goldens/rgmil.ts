import { buildModel } from '@asmil/baselines';
import { tf } from '@asmil/core';
import type { Checker } from './checker.js';
import { classicConfig, fromClassic } from './classic.js';
import { type Describe, onlyRandomness } from './model-case.js';
import { modelChecker } from './model-golden.js';
import type { Golden } from './schema.js';

const VARIANTS = { binary: 'binary', 'one-vs-rest': 'one-vs-rest' };

const rgmil: Describe = (golden) => {
  onlyRandomness(golden, []);
  const { dims, train, settings } = classicConfig(golden, ['hidden', 'trainRegressor'], {}, VARIANTS);
  return {
    model: buildModel('rgmil', settings, dims),
    train,
    draws: [],
    terms: { cross_entropy: 'ce', sum_of_nll: 'nll' },
    extra: { instance_score: 'raw', instance_feature: 'features' },
    further: (_, { extra }) => ({
      log_probs: tf.logSoftmax(extra!.pairs! as tf.Tensor2D),
      predicted_per_class: tf.argMax(extra!.pairs!, 1),
    }),
  };
};

/** A file names the regressors that do not learn, and counts the classes beside the background. */
function common(golden: Golden): Golden {
  const { frozen, foreground_classes: foreground, ...config } = golden.config;
  if (typeof foreground === 'number') config.C = foreground + 1;
  if (Array.isArray(frozen)) config.trainRegressor = frozen.length === 0;
  return fromClassic({ ...golden, config }, ['instance_score']);
}

const check = modelChecker(rgmil);

export const rgmilCheckers: Readonly<Record<string, Checker>> = {
  rgmil: (golden, context) => check(common(golden), context),
};
