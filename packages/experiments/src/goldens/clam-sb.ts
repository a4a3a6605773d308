import { buildModel } from '@asmil/baselines';
import { type Draw, linear, type Model, type Params, tf } from '@asmil/core';
import type { Checker } from './checker.js';
import { arrayOf, type Describe, onlyRandomness, readConfig } from './model-case.js';
import { modelChecker } from './model-golden.js';
import type { Read } from './model-run.js';
import { type Golden, isRecord } from './schema.js';

const SETTINGS = ['hidden', 'attention', 'gated', 'dropout', 'sampled', 'instanceLoss', 'subtyping', 'bagWeight'];
const RENAMED = {
  D_inner: 'hidden',
  D_attn: 'attention',
  gate: 'gated',
  k_sample: 'sampled',
  inst_loss: 'instanceLoss',
};

const describeClam: Describe = (golden) => {
  onlyRandomness(golden, ['dropout_p', 'rule', 'keep_masks']);
  // The file's own k is the configured one, cut to the bag.
  const { configured_k_sample: configured, ...config } = golden.config;
  const k_sample = configured ?? config.k_sample;
  const { dims, train, settings } = readConfig({ ...golden, config: { ...config, k_sample } }, SETTINGS, RENAMED);
  const model = buildModel('clam-sb', settings, dims);
  const draws = masksOf(golden, model);
  return {
    model: draws ? withMasks(model) : model,
    train,
    draws: draws ? [draws] : [],
    terms: { bag_ce: 'ce' },
    extra: { embedded: 'tiles' },
    further: (p, output): Record<string, tf.Tensor> => {
      const rows = output.extra?.chosenTiles;
      return rows === undefined ? {} : { instance_logits: instanceLogits(p, rows) };
    },
    assemble: (read) =>
      read['file:instance_logits'] === undefined
        ? {}
        : { instance: instanceOutputs(read, Number(golden.inputs.label), model.config.subtyping === true) },
  };
};

/** The factors of the dropout layers, from the entries that a file keeps. */
function masksOf(golden: Golden, model: Model): Record<'tiles' | 'gates', Draw> | undefined {
  const { keep_masks: masks, dropout_p: named } = golden.randomness;
  if (!isRecord(masks)) return undefined;
  const [rate, inGates] = [Number(named ?? model.config.dropout), 0.25];
  const factors = (name: string, p: number): Draw => {
    const { shape, data } = arrayOf(masks[name]);
    return { shape, values: data.map((v) => v / (1 - p)) };
  };
  const gates = model.config.gated ? ['attention_a.2', 'attention_b.2'] : ['module.2'];
  const all = gates.map((name) => factors(`attention_net.3.${name}`, inGates));
  const values = Float32Array.from(all[0]!.values, (v, i) => all.reduce((w, m, at) => (at ? w * m.values[i]! : w), v));
  return { tiles: factors('attention_net.2', rate), gates: { ...all[0]!, values } };
}

/** The model with whole masks for draws in the place of seeds, at every size of bag. */
function withMasks(model: Model): Model {
  const { hidden, attention } = model.config as { hidden: number; attention: number };
  const ones = (n: number, width: number): Draw => ({ shape: [n, width], values: new Float32Array(n * width).fill(1) });
  return { ...model, draws: (_, n) => ({ tiles: ones(n, hidden), gates: ones(n, attention) }) };
}

/** Logits of every class's classifier on the chosen tiles, rows [2k, H] → [C, 2k, 2]. */
function instanceLogits(p: Params, rows: tf.Tensor): tf.Tensor {
  const weight = p['instance_classifiers.*.weight']!; // [C, 2, H]
  const bias = p['instance_classifiers.*.bias']!; // [C, 2]
  const [classes, two, h] = weight.shape as [number, number, number];
  const flat = linear(rows, tf.reshape(weight, [classes * two, h]), tf.reshape(bias, [classes * two])); // [2k, 2 C]
  return tf.transpose(tf.reshape(flat, [-1, classes, two]), [1, 0, 2]); // [C, 2k, 2]
}

/** What the files say of every class: its own for the bag's label, the others only with subtyping. */
function instanceOutputs(
  read: Readonly<Record<string, Read>>,
  label: number,
  subtyping: boolean,
): Record<string, unknown> {
  const { shape, data } = read['file:instance_logits']!;
  const [classes, twice] = shape as [number, number];
  const chosen = [...read['extra:chosen']!.data];
  const k = twice / 2;
  const one = (i: number): Record<string, unknown> => {
    const own = i === label;
    const rows = own ? twice : k;
    const logits = data.subarray(i * twice * 2, i * twice * 2 + rows * 2);
    const preds = Array.from({ length: rows }, (_, row) => Number(logits[2 * row + 1]! > logits[2 * row]!));
    return {
      kind: own ? 'in' : 'out',
      loss: read[own ? 'extra:inside' : 'extra:outside']!.data[i],
      preds,
      targets: preds.map((_, row) => Number(own && row < k)),
      top_ids: chosen.slice(0, k),
      bottom_ids: chosen.slice(k),
      logits: { shape: [rows, 2], data: logits },
    };
  };
  const spoken = Array.from({ length: classes }, (_, i) => i).filter((i) => subtyping || i === label);
  return Object.fromEntries(spoken.map((i) => [`class_${i}`, one(i)]));
}

export const clamCheckers: Readonly<Record<string, Checker>> = { 'clam-sb': modelChecker(describeClam) };
