import { buildModel, confounders } from '@asmil/baselines';
import { tf } from '@asmil/core';
import type { Checker } from './checker.js';
import { type Pairs, pairGolden } from './compare.js';
import { arrayOf, type Describe, listOf, onlyRandomness, readConfig } from './model-case.js';
import { modelChecker } from './model-golden.js';
import { overRows } from './rows.js';
import type { Golden } from './schema.js';

const SETTINGS = ['hidden', 'attention', 'joint', 'confounders', 'merge', 'learnable', 'variant', 'stage'];
const RENAMED = {
  att_dim: 'attention',
  joint_dim: 'joint',
  num_confounders: 'confounders',
  confounder_learnable: 'learnable',
};
const ROWS = ['logits', 'probs', 'sigmoid', 'attention_raw', 'attention', 'bag_feature', 'merged_feature'];
const CONFOUNDER_ROWS = ['query', 'scores', 'attention', 'feature'].map((name) => `confounder_${name}`);

/** The losses of the two variants by the files' names. */
const LOSSES = { acmil: 'cross entropy', official: 'bce_with_logits, mean over classes, one-hot target' };

const stages: Describe = (golden) => {
  const { n_class: C, note: _, loss, ...config } = golden.config;
  const variant = config.variant as 'acmil' | 'official';
  if (loss !== LOSSES[variant]) throw new Error(`config: loss ${loss}, ${variant} has ${LOSSES[variant]}`);
  onlyRandomness(golden, []);
  // What the first stage does not have is null or 0.
  const given = Object.fromEntries(
    Object.entries({ ...config, C }).filter(([, value]) => value !== null && value !== 0),
  );
  const { dims, train, settings } = readConfig({ ...golden, config: given }, SETTINGS, RENAMED);
  settings.variant = variant === 'acmil' ? 'benchmark' : variant;
  if (C === 1) settings.oneLogit = true;
  return {
    model: buildModel('ibmil', settings, dims),
    train,
    draws: [],
    extra: {
      mid_features: 'tiles',
      confounder_query: 'query',
      confounder_keys: 'keys',
      confounder_scores: 'confounderScores',
      confounder_attention: 'confounderAttention',
      confounder_feature: 'mixture',
      merged_feature: 'merged',
    },
    further(_params, output) {
      const own: Record<string, tf.Tensor> = {};
      // Each logit is a class of its own where the loss is binary.
      if (variant === 'official') own.sigmoid = tf.sigmoid(output.logits);
      // ABMIL does not hand out its tiles among its extras.
      if (!output.extra?.tiles) own.mid_features = output.attentionInput!.tiles!;
      return own;
    },
  };
};

/** The clustering of a file's bag features. */
function dictionary(golden: Golden): Pairs {
  const { iterations, num_confounders: k } = golden.config;
  if (iterations !== 20) throw new Error(`config: ${iterations} iterations, the suite has 20`);
  onlyRandomness(golden, ['initial_rows']);
  const { shape, data } = arrayOf(golden.inputs.bag_features);
  const [rows, width] = shape as [number, number];
  const features = Array.from({ length: rows }, (_, i) => data.subarray(i * width, (i + 1) * width));
  const first = golden.randomness.initial_rows;
  const got = confounders(features, k as number, first === undefined ? undefined : listOf(first));
  const matrix = (list: readonly Float64Array[]) => ({
    shape: [list.length, width],
    data: list.flatMap((row) => [...row]),
  });
  return pairGolden(golden, {
    outputs: {
      normalised: matrix(got.normalised),
      labels: got.labels,
      cluster_sizes: got.sizes,
      kmeans_centroids: matrix(got.centroids),
      prototypes: matrix(got.prototypes),
    },
  });
}

const modelFiles = overRows([...ROWS, ...CONFOUNDER_ROWS], modelChecker(stages));

/** Under a binary loss the file's probabilities are one sigmoid a logit. */
function sigmoids(golden: Golden): Golden {
  const { probs, ...outputs } = golden.outputs;
  if (golden.config.variant !== 'official' || probs === undefined) return golden;
  return { ...golden, outputs: { ...outputs, sigmoid: probs } };
}

export const ibmilCheckers: Readonly<Record<string, Checker>> = {
  ibmil: (golden, context) =>
    golden.inputs.bag_features === undefined ? modelFiles(sigmoids(golden), context) : dictionary(golden),
};
