import { buildModel, screeningLoss, selectedWeights } from '@asmil/baselines';
import { chebyshevBasis, type Draw, evaluation, type Params, tf } from '@asmil/core';
import type { Checker } from './checker.js';
import { type Pairs, pairGolden } from './compare.js';
import { arrayOf, type Describe, onlyRandomness, paramsOf, readConfig } from './model-case.js';
import { modelChecker } from './model-golden.js';
import { ensureEngine, onPaths, Runner, readAll } from './model-run.js';
import { type Golden, isTensor } from './schema.js';

const SETTINGS = ['degree', 'kSample', 'subtyping', 'maskRatio', 'tau', 'threshold', 'dropout', 'rateClasses'];

const hdmil: Describe = (golden) => {
  onlyRandomness(golden, ['exp1', 'exp2']);
  const { dims, train, settings } = readConfig(golden, [...SETTINGS, 'hidden', 'attention'], {
    L: 'hidden',
    D_attn: 'attention',
  });
  return {
    model: buildModel('hdmil', { dropout: 0, ...settings }, dims),
    train,
    draws: train ? [{ noise: noiseOf(golden) }] : [],
    terms: { feature_mse: 'mse', mask_rate: 'kept' },
    extra: {
      mask: 'mask',
      attention_selected: 'selected',
      gumbel_soft: 'soft',
      select_logits: 'studentLogits',
      select_feature: 'studentFeature',
    },
    further: (_, { attention }) => ({ attention_class: tf.clone(attention!), attention: tf.mean(attention!, 0, true) }),
  };
};

/** −ln e₁ + ln e₂ of the file's exponential draws, [1, N, C] → [C, N]. */
function noiseOf({ randomness }: Golden): Draw {
  const [e1, e2] = [arrayOf(randomness.exp1), arrayOf(randomness.exp2)];
  const [, n, c] = e1.shape as [number, number, number];
  const values = new Float32Array(n * c);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < c; k++) values[k * n + i] = Math.log(e2.data[i * c + k]!) - Math.log(e1.data[i * c + k]!);
  }
  return { shape: [c, n], values };
}

const ROWS = ['logits', 'probs', 'attention', 'select_logits', 'logits_with_external_mask'];

/** The file under the names that all checkers share. */
function common(golden: Golden): Golden {
  const { stage: _, seed: __, train, ...config } = golden.config;
  const outputs = Object.entries(golden.outputs).map(([key, value]) => {
    const flat = isTensor(value) && value.shape.length === 1 && ROWS.includes(key);
    return [key, flat ? { ...value, shape: [1, ...value.shape] } : value];
  });
  return { ...golden, config: { ...config, mode: train ? 'train' : 'eval' }, outputs: Object.fromEntries(outputs) };
}

/** A function of the file's tensors on every path of the engine. */
function computed(
  inputs: () => Params,
  f: (inputs: Params) => Record<string, tf.Tensor>,
  pair: (got: Got) => Pairs,
): Pairs {
  return onPaths((path) => {
    const runner = new Runner(path);
    const given = inputs();
    try {
      const out = runner.run('file', f, given);
      const got = readAll(out);
      tf.dispose(out);
      return pair(got);
    } finally {
      runner.dispose();
      tf.dispose({ ...given });
    }
  });
}

type Got = ReturnType<typeof readAll>;

function tensorOf(value: unknown): tf.Tensor {
  const { shape, data } = arrayOf(value);
  return tf.tensor(data, [...shape]);
}

/** One Chebyshev layer, y_ro = Σ Θ[i, o, d] T_d(tanh x_ri), and the gradients of Σ y ⊙ w. */
function layer(golden: Golden): Pairs {
  const [inputs, outputs, degree] = ['in', 'out', 'degree'].map((key) => golden.config[key] as number);
  const apply = (theta: tf.Tensor, x: tf.Tensor): tf.Tensor => {
    const basis = tf.reshape(chebyshevBasis(x as tf.Tensor2D, degree!), [x.shape[0]!, -1]); // [R, K·I]
    const flat = tf.reshape(tf.transpose(theta, [2, 0, 1]), [(degree! + 1) * inputs!, outputs!]);
    return tf.matMul(basis as tf.Tensor2D, flat as tf.Tensor2D);
  };
  return computed(
    () => ({
      theta: tensorOf(golden.params.cheby_coeffs),
      x: tensorOf(golden.inputs.x),
      w: tensorOf(golden.inputs.w),
    }),
    ({ theta, x, w }) => {
      const loss = (t: tf.Tensor, z: tf.Tensor): tf.Tensor => tf.sum(tf.mul(apply(t, z), w!));
      const [dTheta, dX] = tf.grads(loss)([theta!, x!]);
      return { y: apply(theta!, x!), loss: loss(theta!, x!), dTheta: dTheta!, dX: dX! };
    },
    ({ y, loss, dTheta, dX }) =>
      pairGolden(golden, { outputs: { y, loss: loss!.data[0] }, grads: { cheby_coeffs: dTheta, x: dX } }),
  );
}

/** The second stage's loss and inference for a screen's scores, the first stage frozen. */
function screen(golden: Golden): Pairs {
  const { inputs: given, config } = golden;
  const { screen_scores: scores, ...own } = given;
  const file = common({ ...golden, inputs: { ...own, label: 0 } });
  const { model } = hdmil(file);
  const { params } = paramsOf(file, model);
  const classes = config.C as number;
  return computed(
    () => ({
      ...Object.fromEntries(
        Object.entries(params).map(([name, { shape, data }]) => [`param:${name}`, tf.tensor(data, [...shape])]),
      ),
      x: tensorOf(own.x),
      screen: tensorOf(scores), // [N, C]
    }),
    (inputs) => {
      const p = Object.fromEntries(Object.keys(params).map((name) => [name, inputs[`param:${name}`]!]));
      const teacher = model.forward(p, inputs.x as tf.Tensor2D, evaluation());
      const mask = teacher.extra!.mask!; // [C, N]
      const loss = (s: tf.Tensor): tf.Tensor => screeningLoss(tf.transpose(s), mask, 2).loss!;
      const parts = screeningLoss(tf.transpose(inputs.screen!), mask, 2);
      const weights = selectedWeights(teacher.scores!, parts.mask!);
      const features = tf.matMul(weights as tf.Tensor2D, teacher.attentionInput!.tiles as tf.Tensor2D); // [C, L]
      const basis = chebyshevBasis(features as tf.Tensor2D, config.degree as number); // [C, K, L]
      const theta = tf.squeeze(p['classifiers.*.act_fun.0.cheby_coeffs']!, [2]); // [C, L, K]
      const logits = tf.sum(tf.mul(basis, tf.transpose(theta, [0, 2, 1])), [1, 2]);
      return { ...parts, logits: tf.reshape(logits, [1, classes]), teacher: mask, grad: tf.grad(loss)(inputs.screen!) };
    },
    (got) => {
      const number = (name: string): number => got[name]!.data[0]!;
      return pairGolden(file, {
        outputs: {
          logits_with_external_mask: got.logits,
          teacher_mask: got.teacher,
          screen_mask: got.mask,
          loss_terms: {
            l1: number('l1'),
            rate: number('rate'),
            mask_rate: number('maskRate'),
            score_rate: number('scoreRate'),
          },
          loss: number('loss'),
        },
        grads: { screen_scores: got.grad },
      });
    },
  );
}

const check = modelChecker(hdmil);

export const hdmilCheckers: Readonly<Record<string, Checker>> = {
  hdmil: async (golden, context) => {
    await ensureEngine(context.engine);
    if (golden.params.cheby_coeffs) return layer(golden);
    if (golden.inputs.screen_scores) return screen(golden);
    return check(common(golden), context);
  },
};
