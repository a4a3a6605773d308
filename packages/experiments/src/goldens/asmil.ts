import { asmil, type Draw, paperConfigSchema, releaseConfigSchema, tf } from '@asmil/core';
import type { Checker } from './checker.js';
import { type Describe, listOf, onlyRandomness, readConfig } from './model-case.js';
import { modelChecker } from './model-golden.js';
import type { Golden } from './schema.js';

const paper: Describe = (golden) => {
  const { dims, train, settings } = readConfig(golden, Object.keys(paperConfigSchema.shape));
  onlyRandomness(golden, ['keep_mask', 'fallback_token']);
  const model = asmil(settings, dims);
  return {
    model,
    observer: settings.beta === 0 ? asmil({ ...settings, beta: 1 }, dims) : undefined,
    train,
    draws: keptTokens(golden, model.config.nFeat as number),
    terms: { as: 'as' },
    extra: { feat_out: 'featOut' },
  };
};

/** The kept tokens of every step. Where all were dropped, the file names the one that stays. */
function keptTokens(golden: Golden, k: number): { keep: Draw }[] {
  const { keep_mask: mask, fallback_token: fallback } = golden.randomness;
  if (mask === undefined) return [];
  const steps = Array.isArray(mask) && Array.isArray(mask[0]) ? mask : [mask];
  return steps.map((step, i) => {
    const values = Float32Array.from(listOf(step));
    const token: unknown = Array.isArray(fallback) ? fallback[i] : fallback;
    if (values.every((v) => v === 0)) {
      if (typeof token !== 'number')
        throw new Error('randomness: all tokens are dropped and fallback_token is missing');
      values[token] = 1;
    }
    if (values.length !== k) throw new Error(`randomness: keep_mask has ${values.length} tokens, expected ${k}`);
    return { keep: { shape: [k], values } };
  });
}

const release: Describe = (golden) => {
  const { heads, ...config } = golden.config;
  if (heads !== undefined && heads !== 8) throw new Error(`config: heads ${heads}, the released code has 8`);
  const names = Object.keys(releaseConfigSchema.shape);
  const { dims, train, settings } = readConfig({ ...golden, config }, names, { n_token: 'nFeat' });
  onlyRandomness(golden, ['token_permutation', 'dropped_tokens', 'token_permutation_per_step']);
  // The reference was run with its dropout layers off.
  const model = asmil({ variant: 'release', nDrop: 0, temp: 1, dropout: 0, ...settings }, dims);
  const { nFeat, nDrop } = model.config as { nFeat: number; nDrop: number };
  return {
    model,
    train,
    draws: train ? permutedTokens(golden, nFeat, nDrop) : [],
    training: { optimiser: 'adamw', clip: 5 },
    terms: { as_mean_cross_entropy: 'as' },
    further: (p, output): Record<string, tf.Tensor> => {
      const weight = p['classifier.*.fc.weight'];
      if (weight === undefined) return {};
      const features = tf.reshape(output.extra!.features!, [nFeat, -1, 1]); // [K, D, 1]
      const logits = tf.reshape(tf.matMul(weight, features), [nFeat, dims.classes]); // [K, C]
      return { token_logits_unused_in_loss: tf.add(logits, p['classifier.*.fc.bias']!) };
    },
  };
};

/** The kept tokens of every step: all but the first `nDrop` of the permutation, or the ones that the file names. */
function permutedTokens(golden: Golden, k: number, nDrop: number): { keep: Draw }[] {
  const { token_permutation: one, dropped_tokens: named, token_permutation_per_step: several } = golden.randomness;
  const permutations = Array.isArray(several) ? several.map(listOf) : one === undefined ? [] : [listOf(one)];
  const dropped = named === undefined ? permutations.map((p) => p.slice(0, nDrop)) : [listOf(named)];
  return dropped.map((tokens) => {
    if (tokens.length !== nDrop) throw new Error(`randomness: ${tokens.length} tokens dropped, expected ${nDrop}`);
    const values = Float32Array.from({ length: k }, (_, token) => (tokens.includes(token) ? 0 : 1));
    return { keep: { shape: [k], values } };
  });
}

export const asmilCheckers: Readonly<Record<string, Checker>> = {
  'asmil-paper': modelChecker(paper),
  'asmil-release': modelChecker(release),
};
