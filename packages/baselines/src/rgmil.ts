import {
  crossEntropy,
  type Dims,
  defaultHidden,
  type Model,
  matmul,
  type Objective,
  type Output,
  type ParamSpec,
  type Params,
  parseConfig,
  standardize,
  stopGradient,
  tf,
  UserError,
} from '@asmil/core';
import { z } from 'zod';
import { leavesAlone, regressorSpec, stem, stemSettings, stemSpecs } from './stem.js';

const schema = z.strictObject({
  ...stemSettings,
  /** `binary`: one regressor. `one-vs-rest`: one for each class but the first, which is background. By default from C. */
  variant: z.enum(['binary', 'one-vs-rest']).optional(),
  /** Whether the regressors learn; the released multi-class program, and the binary one on a GPU, leaves them at their start. */
  trainRegressor: z.boolean().default(true),
});

const EPS = 1e-5;

/**
 * RGMIL, regressor-guided pooling (Du et al., NeurIPS 2023). One regressor R [H, 2] scores instances and bag:
 * s_i = f_i·(R₁ − R₀), ŝ = (s − mean)/√(var + ε) over the bag, a = softmax(ŝ), z = Σ a_i f_i, logits z·R.
 */
export function rgmil(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const c = parseConfig('rgmil', schema, settings);
  const h = c.hidden ?? defaultHidden(dims.input);
  const variant = c.variant ?? (dims.classes === 2 ? 'binary' : 'one-vs-rest');
  if (variant === 'binary' && dims.classes !== 2)
    throw new UserError(`rgmil: variant "binary" with ${dims.classes} classes, expected 2; use "one-vs-rest"`, 2);
  const binary = variant === 'binary';
  const k = dims.classes - 1;
  const regressor: ParamSpec = binary
    ? regressorSpec(h, 2)
    : { name: 'linears.*', shape: [k, h, 2], init: { kind: 'normal', std: 1 } };

  const regressors = (p: Params): tf.Tensor3D => {
    const r = c.trainRegressor ? p[regressor.name]! : stopGradient(p[regressor.name]!);
    return tf.reshape(r, [k, h, 2]);
  };

  /** Scores before their normalisation, of every regressor. tiles: [N, H] → [K, N]. */
  const raw = (r: tf.Tensor3D, tiles: tf.Tensor): tf.Tensor2D => {
    return matmul(tf.reshape(rise(r), [k, h]), tiles, false, true) as tf.Tensor2D;
  };

  const forward = (p: Params, x: tf.Tensor2D): Output => {
    const tiles = stem(p, x); // [N, H]
    const r = regressors(p); // [K, H, 2]
    const s = raw(r, tiles); // [K, N]
    const scores = standardize(s, EPS); // [K, N]
    const attention = tf.softmax(scores) as tf.Tensor2D; // [K, N]
    const bagFeature = matmul(attention, tiles) as tf.Tensor2D; // [K, H]
    const pairs = tf.reshape(matmul(tf.reshape(bagFeature, [k, 1, h]), r), [k, 2]) as tf.Tensor2D; // [K, 2]
    return {
      logits: binary ? pairs : againstBackground(pairs), // [1, C]
      scores,
      attention,
      map: attention,
      bagFeature,
      attentionInput: { tiles },
      extra: { raw: s, features: tiles, pairs },
    };
  };

  return {
    name: 'rgmil',
    version: 1,
    config: { ...c, hidden: h, variant },
    dims,
    params: [...stemSpecs(dims.input, h, c.layers), regressor],
    ...leavesAlone(c.trainRegressor ? [] : [regressor.name]),
    forward,
    objective(p, x, target): Objective {
      const output = forward(p, x);
      if (binary) {
        const ce = crossEntropy(output.logits, target);
        return { loss: ce, terms: { ce }, output };
      }
      // Class k of the foreground against all others, a sum over k.
      const own = tf.reshape(tf.slice(target, [0, 1], [1, k]), [k, 1]); // [K, 1]
      const logp = tf.logSoftmax(output.extra!.pairs! as tf.Tensor2D); // [K, 2]
      const nll = tf.neg(tf.sum(tf.mul(logp, tf.concat([tf.sub(1, own), own], 1)))) as tf.Scalar;
      return { loss: nll, terms: { nll }, output };
    },
    host: {
      params: [regressor.name],
      scores: (p, input) => standardize(raw(regressors(p), input.tiles!), EPS),
    },
  };
}

/** The second minus the first of the two columns. x: […, 2] → […, 1]. */
function rise(x: tf.Tensor): tf.Tensor {
  const [against, own] = tf.split(x, 2, -1);
  return tf.sub(own!, against!);
}

/** 0 for the background, the difference of its pair for every other class. pairs: [K, 2] → [1, K + 1]. */
function againstBackground(pairs: tf.Tensor2D): tf.Tensor2D {
  return tf.transpose(tf.concat([tf.zeros([1, 1]), rise(pairs)])) as tf.Tensor2D;
}
