import {
  type Context,
  type Dims,
  type Draw,
  gatherRows,
  type Model,
  type Objective,
  parseConfig,
  tf,
  topIndices,
} from '@asmil/core';
import { z } from 'zod';
import { abmil } from './abmil.js';
import { dsmil } from './dsmil.js';
import { mha } from './mha.js';
import { drawTiles, keepTiles, keptTiles } from './subsample.js';

const HOSTS = { abmil, mha, dsmil };

const schema = z.strictObject({
  host: z.enum(['abmil', 'mha', 'dsmil']).default('abmil'),
  /** Settings of the host. */
  hostSettings: z.record(z.string(), z.unknown()).default({}),
  /** λ, the weight of the negative entropy; the published values lie between 0.001 and 0.2, by data set. */
  lambda: z.number().min(0).default(0.1),
  /**
   * `constant`: RELEASE, both of its versions. `cosine`: PAPER, λ/2 (1 + cos(π t/T)); the paper names cosine annealing, its
   * formula is not printed, and this form is that of the learning rate.
   */
  schedule: z.enum(['constant', 'cosine']).default('constant'),
  /** The entropy of the k largest weights alone, made a distribution again; by default of all. */
  topK: z.number().int().positive().optional(),
  /** Share of the tiles that a training step keeps. */
  keepTiles: z.number().positive().max(1).default(1),
});

/**
 * AEM, attention entropy maximisation (Zhang et al., MICCAI 2025): the host's loss plus λ R, R = Σ_n a_n ln a_n averaged
 * over the rows of attention (heads, classes), so that training spreads the attention. Inference is the host's.
 */
export function aem(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const c = parseConfig('aem', schema, settings);
  const host = HOSTS[c.host](c.hostSettings, dims);
  const config = { ...c, hostSettings: host.config };
  const subsampled = c.keepTiles < 1;
  const kept = (n: number): number => (subsampled ? keptTiles(n, c.keepTiles) : n);
  const anneals = c.schedule === 'cosine' && c.lambda > 0;
  return {
    ...host,
    name: 'aem',
    config,
    shapes(n) {
      const inner = host.shapes?.(kept(n)) ?? { family: '' };
      const family = c.topK !== undefined && kept(n) < c.topK ? `N=${n}` : inner.family;
      return { family, sizes: [...(subsampled ? [kept(n)] : []), ...(inner.sizes ?? [])] };
    },
    draws: (rng, n, progress): Record<string, Draw> => ({
      ...host.draws?.(rng, kept(n), progress),
      ...(subsampled && { kept: drawTiles(rng.split('kept'), n, c.keepTiles) }),
      ...(anneals && { lambda: scalar((c.lambda / 2) * (1 + Math.cos(Math.PI * progress))) }),
    }),
    objective(p, x, target, ctx: Context): Objective {
      const base = host.objective(p, keepTiles(x, ctx.draws.kept), target, ctx);
      if (c.lambda === 0) return base;
      const scores = base.output.scores!; // [R, N]
      const rows = c.topK === undefined ? scores : largest(scores, Math.min(c.topK, scores.shape[1]!));
      const negativeEntropy = meanNegativeEntropy(rows);
      const weight = ctx.draws.lambda ?? c.lambda;
      const loss = tf.add(base.loss, tf.mul(negativeEntropy, weight)) as tf.Scalar;
      return { ...base, loss, terms: { ...base.terms, negativeEntropy } };
    },
  };
}

function scalar(value: number): Draw {
  return { shape: [], values: Float32Array.of(value) };
}

/** The k largest scores of each row, whose softmax is the k largest weights made a distribution again. [R, N] → [R, k]. */
function largest(scores: tf.Tensor, k: number): tf.Tensor2D {
  const [rows, n] = scores.shape as [number, number];
  const index = topIndices(scores, k); // [R, k]
  const ofRow = (r: number): tf.Tensor => {
    const row = tf.reshape(tf.slice(scores, [r, 0], [1, n]), [n, 1]); // [N, 1]
    return tf.reshape(gatherRows(row, tf.reshape(tf.slice(index, [r, 0], [1, k]), [k])), [1, k]); // [1, k]
  };
  return tf.concat(Array.from({ length: rows }, (_, r) => ofRow(r))) as tf.Tensor2D;
}

/**
 * (1/R) Σ a ln a of the softmax a of each row, through its logarithm, so that a weight of 0 counts 0. scores: [R, N].
 * Gradient: a (ln a − Σ a ln a) / R.
 */
function meanNegativeEntropy(scores: tf.Tensor): tf.Scalar {
  return tf.customGrad((...args: unknown[]) => {
    const [s, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const logs = tf.logSoftmax(s as tf.Tensor2D); // [R, N]
    const weights = tf.exp(logs); // [R, N]
    const rows = tf.sum(tf.mul(weights, logs), -1, true); // [R, 1]
    save([logs, weights, rows]);
    return {
      value: tf.mean(rows),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [l, a, r] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        return [tf.mul(tf.mul(a, tf.sub(l, r)), tf.div(dy, r.shape[0]!))];
      },
    };
  })(scores) as tf.Scalar;
}
