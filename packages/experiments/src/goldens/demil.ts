import { buildModel } from '@asmil/baselines';
import { tf } from '@asmil/core';
import type { Checker } from './checker.js';
import { classicConfig, fromClassic } from './classic.js';
import { type Describe, onlyRandomness } from './model-case.js';
import { modelChecker } from './model-golden.js';

const VARIANTS = { 'benchmark-adaptation': 'benchmark', 'demipl-official': 'demipl' };

const RENAMED = { attention_hidden: 'attention', w_entropy_A: 'entropyWeight' };

const demil: Describe = (golden) => {
  onlyRandomness(golden, []);
  const { dims, train, settings } = classicConfig(golden, ['hidden', 'sharedGate'], RENAMED, VARIANTS);
  // The reference was run with its dropout at rate 0.
  const model = buildModel('demil', { dropout: 0, ...settings }, dims);
  return {
    model,
    train,
    draws: train && model.draws ? [{ remembered: { shape: [1], values: Float32Array.of(0.5) } }] : [],
    terms: { cross_entropy: 'ce', attention_entropy: 'entropy' },
    extra: {
      attention_raw: 'raw',
      instance_feature: 'features',
      attention_scores: 'sigmoids',
      training_probs: 'probabilities',
      updated_label_weights_unmixed: 'believed',
    },
    further: (_, { logits }) => ({ sigmoid_outputs: tf.clone(logits) }),
  };
};

const check = modelChecker(demil);

const ROWS = ['sigmoid_outputs', 'attention_scores', 'training_probs', 'updated_label_weights_unmixed'];

export const demilCheckers: Readonly<Record<string, Checker>> = {
  demil: (golden, context) => check(fromClassic(golden, ROWS), context),
};
