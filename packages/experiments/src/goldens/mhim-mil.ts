import { buildModel, cosineTo, keptByPlace } from '@asmil/baselines';
import { type Draw, type Output, tf } from '@asmil/core';
import { type Checker, overCases } from './checker.js';
import { type Describe, listOf, onlyRandomness, readConfig, xOf } from './model-case.js';
import { modelChecker } from './model-golden.js';
import { type Golden, type GoldenTensor, isRecord, isTensor } from './schema.js';

const SETTINGS = [
  ...['variant', 'hidden', 'attention', 'dropout', 'maskRatio', 'maskRatioL', 'maskRatioH', 'maskRatioHr'],
  ...['mrhSchedule', 'clAlpha', 'tempT', 'tempS', 'mm'],
];

/** What the suite has no switch for: it is as the scripts have it. */
const FIXED: Readonly<Record<string, unknown>> = { baseline: 'attn', act: 'relu', da_act: 'relu', cls_alpha: 1 };

const mhim: Describe = (golden) => {
  onlyRandomness(golden, ['permutations', 'mask_trace', 'kept_ids', 'masked_ids']);
  const { mask_ratio_h_used: used, ...config } = golden.config;
  const { dims, train, settings } = readConfig({ ...golden, config }, SETTINGS, { att_dim: 'attention' });
  const model = buildModel('mhim-mil', settings, dims);
  const { kept_ids: kept } = golden.randomness;
  return {
    model,
    train,
    draws: train ? [masksOf(golden, model.config, used as number | undefined)] : [],
    extra: {
      teacher_attention_raw: 'teacherScores',
      teacher_attention: 'teacherAttention',
      teacher_bag_feature: 'teacherBagFeature',
    },
    further: (_, output) => (Array.isArray(kept) ? overKept(output, kept) : {}),
  };
};

/** The file's permutations in the order of their use. */
function masksOf(golden: Golden, settings: Readonly<Record<string, unknown>>, used?: number): Record<string, Draw> {
  if (settings.variant === 'pure') return {};
  const permutations = (golden.randomness.permutations ?? []) as { perm: unknown }[];
  const { maskRatio, maskRatioL, maskRatioH, maskRatioHr } = settings as Record<string, number>;
  const on = { random: maskRatio!, low: maskRatioL!, high: maskRatioH!, highShare: maskRatioHr! };
  let next = 0;
  const n = xOf(golden, 0).shape[0]!;
  return keptByPlace(n, { ...on, high: used ?? on.high }, on, (k) => {
    const places = listOf(permutations[next++]?.perm ?? []);
    if (places.length !== k) throw new Error(`randomness: permutation ${next} of ${places.length}, expected ${k}`);
    return places;
  });
}

/** A file lists the student's attention over the tiles that stay. */
function overKept({ scores, attention, extra }: Output, kept: readonly number[]): Record<string, tf.Tensor> {
  const order = tf.tensor1d([...kept], 'int32');
  const keep = extra!.keep!; // [1, N]
  return {
    attention_raw: tf.gather(scores!, order, 1),
    attention: tf.gather(attention!, order, 1),
    patch_num: tf.sum(tf.onesLike(keep)),
    keep_num: tf.sum(keep),
  };
}

const ROWS = ['attention', 'attention_raw', 'bag_feature', 'logits', 'probs'];

/** The file under the names that all checkers share. */
function common(golden: Golden): Golden {
  const { n_class: classes, mode, note: _, ...rest } = golden.config;
  const pure = typeof mode === 'string' && mode.startsWith('pure');
  const config: Record<string, unknown> = { ...rest, C: classes };
  if (mode === 'eval') config.mode = mode;
  if (pure) config.variant = 'pure';
  for (const [key, value] of Object.entries(FIXED)) {
    if (config[key] !== undefined && config[key] !== value)
      throw new Error(`config: ${key} ${JSON.stringify(config[key])}, expected ${JSON.stringify(value)}`);
    delete config[key];
  }
  config.dropout ??= 0;
  // The share that the schedule has come to is in the file.
  config.mrh_schedule = false;
  const rows = [...ROWS, ...ROWS.map((name) => `teacher_${name}`)];
  const outputs = Object.entries(golden.outputs).map(([key, value]) => {
    const flat = isTensor(value) && value.shape.length === 1 && rows.includes(key);
    return [key, flat ? { ...value, shape: [1, ...value.shape] } : value];
  });
  const teacher = Object.entries((golden.teacher_params ?? {}) as Record<string, GoldenTensor>);
  const params = { ...golden.params, ...Object.fromEntries(teacher.map(([name, t]) => [`teacher.${name}`, t])) };
  return { ...golden, config, params, outputs: Object.fromEntries(outputs) };
}

/** One training step of a file as a sequence: the student after the optimiser, the teacher after the average. */
function afterStep(golden: Golden): Golden | undefined {
  if (!isRecord(golden.after_step)) return undefined;
  const { student, teacher } = golden.after_step;
  const inputs = { x: [golden.inputs.x], label: [golden.inputs.label] };
  const outputs = { final_params: student, final_teacher: teacher };
  return { ...golden, config: { ...golden.config, epochs: 1 }, inputs, outputs, grads: {} };
}

const check = modelChecker(mhim);

interface Schedule {
  readonly base: number;
  readonly final: number;
  readonly epochs: number;
  readonly iters_per_epoch: number;
}

const scheduled = overCases<Schedule>(
  ({ base, final, epochs, iters_per_epoch: perEpoch }) => {
    const steps = epochs * perEpoch;
    return { values: Float32Array.from({ length: steps }, (_, t) => cosineTo(base, final, t / steps)) };
  },
  ['base', 'final', 'epochs', 'iters_per_epoch'],
);

export const mhimCheckers: Readonly<Record<string, Checker>> = {
  'mhim-mil': async (golden, context) => {
    if (golden.outputs.schedules)
      return scheduled({ ...golden, outputs: { cases: golden.outputs.schedules } }, context);
    const file = common(golden);
    const sequence = afterStep(file);
    return new Map([...(await check(file, context)), ...(sequence ? await check(sequence, context) : [])]);
  },
};
