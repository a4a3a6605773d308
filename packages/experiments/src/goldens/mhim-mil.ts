import { cosineTo, type Guidance, keptByPlace, mhimMil } from '@asmil/baselines';
import { type Draw, type Output, tf } from '@asmil/core';
import { type Checker, overCases } from './checker.js';
import { arrayOf, type Describe, listOf, onlyRandomness, readConfig, xOf } from './model-case.js';
import { modelChecker } from './model-golden.js';
import { type Golden, type GoldenTensor, isRecord, isTensor } from './schema.js';

const SETTINGS = [
  ...['variant', 'hidden', 'attention', 'dropout', 'maskRatio', 'maskRatioL', 'maskRatioH', 'maskRatioHr'],
  ...['mrhSchedule', 'clAlpha', 'tempT', 'tempS', 'mm'],
  ...['baseline', 'heads', 'landmarks', 'iterations', 'attentionDropout'],
];

/** What the suite has no switch for: it is as the scripts have it. */
const FIXED: Readonly<Record<string, unknown>> = {
  act: 'relu',
  da_act: 'relu',
  cls_alpha: 1,
  msa_fusion: 'vote',
  attn_layer: 0,
};

const mhim: Describe = (golden) => {
  onlyRandomness(golden, ['permutations', 'mask_trace', 'kept_ids', 'masked_ids']);
  const { mask_ratio_h_used: used, ...config } = golden.config;
  const { dims, train, settings } = readConfig({ ...golden, config }, SETTINGS, {
    att_dim: 'attention',
    pinv_iterations: 'iterations',
  });
  const given = givenTeacher(golden);
  const model = mhimMil(settings, dims, given && ((draws) => draws as unknown as Guidance));
  const { kept_ids: kept } = golden.randomness;
  return {
    model,
    train,
    draws: train ? [{ ...masksOf(golden, model.config, used as number | undefined), ...given }] : [],
    extra: {
      teacher_attention_raw: 'teacherScores',
      teacher_attention: 'teacherAttention',
      teacher_bag_feature: 'teacherBagFeature',
      encoder_attention_layer1: 'firstLayerRow',
      encoder_attention_layer2: 'secondLayerRow',
    },
    further: (_, output) => (Array.isArray(kept) ? overKept(output, kept) : {}),
  };
};

/** What a file gives in the place of a teacher: its attention to all tiles and its bag feature. */
function givenTeacher({ inputs }: Golden): Record<'guide' | 'bagFeature', Draw> | undefined {
  const { teacher_attention: attention, teacher_bag_feature: feature } = inputs;
  if (attention === undefined && feature === undefined) return undefined;
  const draw = (value: unknown): Draw => {
    const { shape, data } = arrayOf(value);
    return { shape: shape.length === 1 ? [1, ...shape] : shape, values: data };
  };
  return { guide: draw(attention), bagFeature: draw(feature) };
}

/** The file's permutations in the order of their use. */
function masksOf(golden: Golden, settings: Readonly<Record<string, unknown>>, used?: number): Record<string, Draw> {
  if (settings.variant === 'pure') return {};
  const permutations = (golden.randomness.permutations ?? []) as { perm: unknown }[];
  const { maskRatio, maskRatioL, maskRatioH, maskRatioHr } = settings as Record<string, number>;
  const on = { random: maskRatio!, low: maskRatioL!, high: maskRatioH!, highShare: maskRatioHr! };
  let next = 0;
  const n = xOf(golden, 0).shape[0]!;
  return keptByPlace(
    n,
    { ...on, high: used ?? on.high },
    on,
    (k) => {
      const places = listOf(permutations[next++]?.perm ?? []);
      if (places.length !== k) throw new Error(`randomness: permutation ${next} of ${places.length}, expected ${k}`);
      return places;
    },
    settings.baseline === 'selfattn',
  );
}

/** A file lists the student's attention over the tiles that stay. */
function overKept({ scores, attention, extra }: Output, kept: readonly number[]): Record<string, tf.Tensor> {
  const order = tf.tensor1d([...kept], 'int32');
  const keep = extra!.keep!; // [1, N]
  return {
    ...(scores && { attention_raw: tf.gather(scores, order, 1) }),
    ...(attention && { attention: tf.gather(attention, order, 1) }),
    patch_num: tf.sum(tf.onesLike(keep)),
    keep_num: tf.sum(keep),
  };
}

const ROWS = ['attention', 'attention_raw', 'bag_feature', 'bag_feature_unmasked', 'logits', 'eval_logits', 'probs'];

/** The file under the names that all checkers share. */
function common(golden: Golden): Golden {
  const { n_class: classes, mode, note: _, dim_head: width, ...rest } = golden.config;
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
  if (config.baseline === 'selfattn') {
    config.attention_dropout ??= config.dropout;
    const expected = (config.hidden as number) / (config.heads as number);
    if (width !== undefined && width !== expected) throw new Error(`config: dim_head ${width}, expected ${expected}`);
  }
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

/** What a file of a training step also says of the evaluation of its student. */
const EVALUATED: Readonly<Record<string, string>> = {
  eval_logits: 'logits',
  bag_feature_unmasked: 'bag_feature',
  encoder_attention_layer1: 'encoder_attention_layer1',
  encoder_attention_layer2: 'encoder_attention_layer2',
};

/** The file without those outputs, and a file of the evaluation that holds them. */
function apart(golden: Golden): { step: Golden; evaluation?: Golden } {
  const entries = Object.entries(golden.outputs);
  const own = entries.filter(([name]) => name in EVALUATED);
  if (golden.config.mode === 'eval' || own.length === 0) return { step: golden };
  const outputs = Object.fromEntries(own.map(([name, value]) => [EVALUATED[name]!, value]));
  return {
    step: { ...golden, outputs: Object.fromEntries(entries.filter(([name]) => !(name in EVALUATED))) },
    evaluation: { ...golden, config: { ...golden.config, mode: 'eval' }, randomness: {}, outputs, grads: {} },
  };
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
    const { step, evaluation } = apart(common(golden));
    const pairs = new Map(await check(step, context));
    for (const further of [afterStep(step), evaluation]) {
      for (const [name, pair] of further ? await check(further, context) : []) {
        pairs.set(further === evaluation ? name.replace(/^(compiled )?/, '$1evaluation ') : name, pair);
      }
    }
    return pairs;
  },
};
