import { buildModel } from '@asmil/baselines';
import { klFromTarget, type Model, nsf, type Output, tf } from '@asmil/core';
import { withPlugin } from './abmil.js';
import type { Checker } from './checker.js';
import { arrayOf, type Describe, onlyRandomness, readConfig } from './model-case.js';
import { modelChecker } from './model-golden.js';
import type { Golden } from './schema.js';

const SETTINGS = ['hidden', 'heads', 'landmarks', 'iterations', 'dropout'];

const host: Describe = (golden) => {
  onlyRandomness(golden, []);
  const { dims, train, settings } = readConfig(golden, SETTINGS);
  return { model: buildModel('transmil', settings, dims), train, draws: [] };
};

/** Files of the model itself say more of it, and hold the reference code's evaluation pass. */
const transmil: Describe = (golden) => {
  const { N, D_feat, D_inner, n_class, heads, num_landmarks, pinv_iterations, dropout, beta, ...rest } = golden.config;
  checkSizes(golden);
  const known = ['dim_head', 'side', 'add_length', 'sequence', 'front_padding', 'ln_eps'];
  const unknown = Object.keys(rest).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new Error(`config: unknown key ${unknown}`);
  const settings = { hidden: D_inner, heads, landmarks: num_landmarks, iterations: pinv_iterations, dropout };
  const config = { N, D_in: D_feat, C: n_class, mode: 'eval', ...settings };
  const described = host({ ...golden, config });
  const further = (_: unknown, output: Output): Record<string, tf.Tensor> => ({
    attention: tf.reshape(output.map!, [-1]),
    attention_raw: output.extra!.nystromRow!,
    attention_raw_layer1: output.extra!.firstLayerRow!,
    scores: output.scores!,
    attention_exact: tf.mean(output.attention!, 0),
    attention_nsf: tf.mean(nsf(output.scores!), 0),
  });
  if (golden.inputs.anchor_scores === undefined) return { ...described, further };
  const { shape, data } = arrayOf(golden.inputs.anchor_scores);
  return {
    ...described,
    further,
    model: withAnchorScores(described.model, beta as number, heads as number),
    draws: [{ anchor: { shape, values: data } }],
    terms: { anchor_kl: 'as' },
  };
};

/** The widths that a file derives from others are the suite's. */
function checkSizes({ config }: Golden): void {
  const { N, D_inner, heads, dim_head, side, add_length, sequence, ln_eps } = config as Record<string, number>;
  const s = Math.ceil(Math.sqrt(N!));
  const expected = [D_inner! / heads!, s, s * s - N!, s * s + 1, 1e-5];
  const stated = [dim_head, side, add_length, sequence, ln_eps];
  stated.forEach((value, i) => {
    if (value !== undefined && value !== expected[i]) throw new Error(`config: ${value} where ${expected[i]} is due`);
  });
}

/** The model with the anchor term of scores that the file gives in the place of an anchor. */
function withAnchorScores(model: Model, beta: number, heads: number): Model {
  return {
    ...model,
    evaluationDraws: (_, n) => ({ anchor: { shape: [heads, n], values: new Float32Array(heads * n) } }),
    objective(p, x, target, ctx) {
      const base = model.objective(p, x, target, ctx);
      const as = klFromTarget(base.output.scores!, nsf(ctx.draws.anchor!), 1 / heads);
      return { ...base, loss: tf.add(base.loss, tf.mul(as, beta)), terms: { ...base.terms, as } };
    },
  };
}

/** The norms of all gradients stand beside a file's outputs. */
const withNorms =
  (checker: Checker): Checker =>
  (golden, context) => {
    const norms = golden.grad_norms === undefined ? {} : { grad_norms: golden.grad_norms };
    return checker({ ...golden, outputs: { ...golden.outputs, ...norms } }, context);
  };

export const transmilCheckers: Readonly<Record<string, Checker>> = {
  transmil: withNorms(modelChecker(transmil)),
  'plugin-transmil': modelChecker(withPlugin(host)),
};
