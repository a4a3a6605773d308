import { buildModel } from '@asmil/baselines';
import { createRng, type Draw, type Model, type Output, type Params, tf } from '@asmil/core';
import type { CheckContext, Checker } from './checker.js';
import type { Pairs } from './compare.js';
import { type Describe, listOf, onlyRandomness, readConfig } from './model-case.js';
import { modelChecker } from './model-golden.js';
import { asRows } from './rows.js';
import { type Golden, isRecord } from './schema.js';

const SETTINGS = ['hidden', 'attention', 'groups', 'instancesPerGroup', 'distill', 'gradClip'];
const ROWS = ['logits', 'probs', 'attention_raw', 'attention', 'bag_feature', 'tier2_attention_raw', 'tier2_attention'];
const RENAMED = { att_dim: 'attention', num_groups: 'groups' };

const dtfdMil: Describe = (golden) => {
  const { n_class: C, note: _, ...config } = golden.config;
  const { dims, train, settings } = readConfig({ ...golden, config: { ...config, C } }, SETTINGS, RENAMED);
  onlyRandomness(golden, ['permutation', 'pseudo_bags', 'permutations']);
  const model = buildModel('dtfd-mil', settings, dims);
  const { permutation, permutations } = golden.randomness;
  const orders = permutations === undefined ? [listOf(permutation)] : (permutations as unknown[]).map(listOf);
  const sizes = sizesOf(model, orders[0]!.length);
  return {
    model,
    train,
    draws: orders.map((order) => chunksOf(order, sizes)),
    training: { optimiser: 'adam', schedule: 'constant' },
    extra: {
      mid_features: 'tiles',
      pseudo_logits: 'pseudoLogits',
      distilled_features: 'distilled',
      tier2_attention_raw: 'tier2Scores',
      tier2_attention: 'tier2Attention',
    },
    further: (params, output) => pseudoBags(params, output, cut(orders[0]!, sizes), model.config),
  };
};

/** How many tiles the model puts into each pseudo-bag. */
function sizesOf(model: Model, n: number): number[] {
  const { values } = model.draws!(createRng(0), n, 0).chunk0!;
  return Array.from({ length: Math.max(...values) + 1 }, (_, m) => values.filter((chunk) => chunk === m).length);
}

function cut(order: readonly number[], sizes: readonly number[]): number[][] {
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return order.slice(end - size, end);
  });
}

/** The draws of one pass from the tiles in their order. */
function chunksOf(order: readonly number[], sizes: readonly number[]): Record<string, Draw> {
  const chunk = new Int32Array(order.length);
  cut(order, sizes).forEach((bag, m) => {
    for (const tile of bag) chunk[tile] = m;
  });
  const draw = (values: Int32Array): Draw => ({ shape: [values.length], values });
  return { order0: draw(Int32Array.from(order)), chunk0: draw(chunk) };
}

/** What the file lists of every pseudo-bag, as `pseudo_bags[m].NAME`. */
function pseudoBags(
  p: Params,
  { extra }: Output,
  bags: readonly number[][],
  config: Model['config'],
): Record<string, tf.Tensor> {
  const weight = p['classifier.fc.weight']!; // [C, L]
  const k = config.instancesPerGroup as number;
  const sides = config.distill === 'MaxMinS' ? 2 : 1;
  let start = 0;
  let taken = 0;
  return Object.fromEntries(
    bags.flatMap((bag, m) => {
      const tiles = tf.gather(extra!.tiles!, bag); // [n_m, L]
      const attention = tf.gather(tf.reshape(tf.gather(extra!.chunkAttention!, [m]), [-1]), bag); // [n_m]
      const weighted = tf.mul(tiles, tf.reshape(attention, [bag.length, 1])) as tf.Tensor2D;
      const activations = tf.matMul(weighted, weight as tf.Tensor2D, false, true); // [n_m, C]
      const named: Record<string, tf.Tensor> = {
        indices: tf.tensor1d(bag, 'int32'),
        attention,
        pooled: tf.reshape(tf.gather(extra!.pooled!, [m]), [-1]),
        pseudo_logits: tf.reshape(tf.gather(extra!.pseudoLogits!, [m]), [-1]),
        cam_logits: activations,
        instance_probs: tf.softmax(activations),
      };
      if (extra!.places) {
        const count = sides * Math.min(k, bag.length);
        const own = tf.slice(extra!.places as tf.Tensor1D, [taken], [count]); // int32 [count], places in the whole order
        named.distilled_local = tf.sub(own, tf.scalar(start, 'int32'));
        named.distilled_global = tf.gather(tf.tensor1d(bags.flat(), 'int32'), own);
        taken += count;
      }
      start += bag.length;
      return Object.entries(named).map(([name, t]) => [`pseudo_bags[${m}].${name}`, t] as const);
    }),
  );
}

/**
 * Outputs and gradients of the first pass; norms of the four modules' gradients; and two steps with two optimisers, which
 * the suite takes with one Adam over all parameters.
 */
async function check(golden: Golden, context: CheckContext): Promise<Pairs> {
  const { grad_norms_before_clip: norms, optimiser_steps: steps } = golden as Golden & Record<string, unknown>;
  const outputs = Object.entries(asRows(golden, ROWS).outputs).flatMap(([name, value]) =>
    name === 'pseudo_bags' ? flatBags(value as Record<string, unknown>[]) : [[name, value] as const],
  );
  const whole = { ...Object.fromEntries(outputs), ...(norms === undefined ? {} : { grad_norms_before_clip: norms }) };
  const checker = modelChecker(dtfdMil);
  const first = await checker({ ...golden, outputs: whole }, context);
  if (!isRecord(steps)) return first;
  const second = await checker(sequenceOf(golden, steps), context);
  return new Map([...first, ...[...second].map(([name, pair]) => [`optimiser_steps ${name}`, pair] as const)]);
}

/** Every value of every pseudo-bag; a strategy that chooses no tiles has null for them. */
function flatBags(bags: readonly Record<string, unknown>[]): [string, unknown][] {
  return bags.flatMap((bag, m) =>
    Object.entries(bag)
      .filter(([, value]) => value !== null)
      .map(([name, value]): [string, unknown] => [`pseudo_bags[${m}].${name}`, value]),
  );
}

/** The file's steps as a file of a sequence: the same bag each time. */
function sequenceOf(golden: Golden, steps: Record<string, unknown>): Golden {
  const losses = steps.losses as Record<string, number>[];
  const { lr, weight_decay, clip, permutations, params_after } = steps;
  return {
    ...golden,
    config: { ...golden.config, grad_clip: clip, lr, weight_decay, epochs: 1 },
    inputs: { x: losses.map(() => golden.inputs.x), label: losses.map(() => golden.inputs.label) },
    randomness: { ...golden.randomness, permutations },
    outputs: {
      tier1_per_step: losses.map(({ tier1 }) => tier1),
      tier2_per_step: losses.map(({ tier2 }) => tier2),
      final_params: params_after,
    },
    grads: {},
  };
}

export const dtfdMilCheckers: Readonly<Record<string, Checker>> = { 'dtfd-mil': check };
