import { buildModel } from '@asmil/baselines';
import { type Output, tf } from '@asmil/core';
import type { Checker } from './checker.js';
import { type Describe, onlyRandomness, readConfig } from './model-case.js';
import { modelChecker } from './model-golden.js';

/** Settings of the hosts by the files' names; the width of DSMIL's queries goes by that of the other hosts' tiles. */
const HOST_SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  abmil: { D_inner: 'hidden', D_attn: 'attention' },
  mha: { D_inner: 'hidden', heads: 'heads', dropout: 'dropout' },
  dsmil: { D_inner: 'query' },
};

const NAMES = ['lambda', 'topK', 'schedule', 'keepTiles', 'arch', 'D_inner', 'D_attn', 'heads', 'dropout'];

/** Names that are no settings of the method, and null for what a host does not have. */
const SAME = Object.fromEntries(['D_inner', 'D_attn'].map((name) => [name, name]));

const describeAem: Describe = (golden) => {
  onlyRandomness(golden, []);
  const { train, seed: _, ...given } = golden.config;
  const config = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  const { dims, settings } = readConfig({ ...golden, config }, NAMES, SAME);
  const host = String(settings.arch);
  const renamed = HOST_SETTINGS[host];
  if (!renamed) throw new Error(`config: arch ${host}, expected abmil, mha or dsmil`);
  if (host !== 'mha' && settings.dropout !== undefined && settings.dropout !== 0)
    throw new Error(`config: dropout ${settings.dropout}, but ${host} has none`);
  const hostSettings = Object.fromEntries(
    Object.entries(renamed).flatMap(([theirs, ours]) =>
      settings[theirs] === undefined ? [] : [[ours, settings[theirs]]],
    ),
  );
  const { lambda, schedule, keepTiles, topK } = settings;
  const off = topK === undefined || Number(topK) <= 0;
  const own = { host, hostSettings, lambda, schedule, keepTiles, ...(off ? {} : { topK }) };
  const used = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return {
    model: buildModel('aem', used, dims),
    observer: lambda === 0 ? buildModel('aem', { ...used, lambda: 1 }, dims) : undefined,
    train: train === true,
    draws: [],
    terms: {
      ce_bag: host === 'dsmil' ? 'bag' : 'ce',
      ce_instance_max: 'max',
      bag_loss: 'ce',
      negative_entropy: 'negativeEntropy',
    },
    extra: { instance_max_logits: 'maxLogits' },
    further: (_p, output) => (host === 'dsmil' ? ofDsmil(output) : ofTokens(output)),
  };
};

/** Outputs in the files' shapes, for hosts with one map a head. */
function ofTokens({ logits, scores, attention, bagFeature }: Output): Record<string, tf.Tensor> {
  const [heads, n] = scores!.shape as [number, number];
  return {
    logits: tf.reshape(logits, [-1]), // [C]
    probs: tf.reshape(tf.softmax(logits), [-1]), // [C]
    attention_raw: tf.reshape(scores!, [heads, 1, n]),
    attention_softmax: tf.reshape(attention!, [heads, 1, n]),
    attention: tf.mean(attention!, 0), // [N]
    bag_feature: tf.reshape(bagFeature!, [-1]), // [H]
  };
}

function ofDsmil({ logits, scores, attention, bagFeature, extra }: Output): Record<string, tf.Tensor> {
  return {
    logits: tf.reshape(extra!.bagLogits!, [-1]), // [C]
    probs: tf.reshape(tf.softmax(logits), [-1]), // [C]
    attention_raw: tf.clone(scores!), // [C, N]
    attention_softmax: tf.clone(attention!), // [C, N]
    attention: tf.mean(attention!, 0), // [N]
    bag_feature: tf.reshape(bagFeature!, [scores!.shape[0]!, -1]), // [C, D]
    instance_logits: tf.transpose(extra!.instanceLogits!), // [N, C]
  };
}

export const aemCheckers: Readonly<Record<string, Checker>> = { aem: modelChecker(describeAem) };
