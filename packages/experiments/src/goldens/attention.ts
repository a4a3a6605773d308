import {
  attentionTarget,
  ema,
  entmax,
  featureMatchingTerm,
  klFromTarget,
  logNsf,
  matmul,
  metrics,
  nsf,
  nsfRelease,
  softmax,
  temporalTerm,
  tf,
} from '@asmil/core';
import { type Checker, overCases } from './checker.js';
import { type Pairs, pairTrees, type Value } from './compare.js';
import { ensureEngine } from './model-run.js';
import { type GoldenTensor, toNumber } from './schema.js';

/** A checker of tensor functions: runs on the engine that is asked for. */
function onEngine(check: Checker): Checker {
  return async (golden, context) => {
    await ensureEngine(context.engine);
    let pairs: Pairs = new Map();
    tf.tidy(() => {
      pairs = check(golden, context) as Pairs;
    });
    return pairs;
  };
}

const tensor = ({ shape, data }: GoldenTensor): tf.Tensor => tf.tensor(data.map(toNumber), shape);

const read = (t: tf.Tensor): Value => ({ shape: t.shape, data: t.dataSync() as Float32Array });

const scalar = (t: tf.Tensor): number => t.dataSync()[0]!;

/** ∂f/∂x. */
function gradient(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): Value {
  return read(tf.grad(f)(x));
}

interface Normalised {
  readonly temp: number;
  readonly z: GoldenTensor;
  readonly w: GoldenTensor;
}

const normalisers = overCases<Normalised>(
  ({ temp, z: scores, w: weights }) => {
    const [z, w] = [tensor(scores), tensor(weights)];
    return {
      nsf: read(nsf(z, temp)),
      log_nsf: read(logNsf(z, temp)),
      grad_sum_w_nsf: gradient((x) => tf.sum(tf.mul(w, nsf(x, temp))), z),
      'nsf_release_eps1e-8': read(nsfRelease(z, temp)),
      softmax: read(softmax(z, temp)),
      grad_sum_w_softmax: gradient((x) => tf.sum(tf.mul(w, softmax(x, temp))), z),
    };
  },
  ['name', 'temp', 'z', 'w'],
);

interface Entmax {
  readonly alpha: number;
  readonly z: GoldenTensor;
  readonly w: GoldenTensor;
}

const entmaxes = overCases<Entmax>(
  ({ alpha, z: scores, w: weights }) => {
    const [z, w] = [tensor(scores), tensor(weights)];
    const p = entmax(z, alpha);
    const [values, given] = [p.dataSync(), z.dataSync() as Float32Array];
    const top = values.indexOf(Math.max(...values));
    return {
      p: read(p),
      // Softmax has no zeros but those that underflow, of which float32 has more than the file's float64.
      support: (alpha === 1 ? metrics.softmax(given as Float32Array) : values).filter((v) => v > 0).length,
      // p_i = max((α − 1) z_i − τ, 0)^(1/(α − 1)), solved for τ where p is largest.
      tau: (alpha - 1) * given[top]! - values[top]! ** (alpha - 1),
      grad_sum_w_p: gradient((x) => tf.sum(tf.mul(w, entmax(x, alpha))), z),
    };
  },
  ['name', 'alpha', 'z', 'w'],
);

interface Anchored {
  readonly anchor: 'nsf' | 'softmax' | 'entmax';
  readonly temp?: number;
  readonly alpha?: number;
  readonly anchor_scores: GoldenTensor;
  readonly online_scores: GoldenTensor;
}

/** Scores are [H, K, N]; the rows of the term are all heads and tokens. */
const anchorTerm = overCases<Anchored>(
  ({ anchor, temp, alpha, anchor_scores, online_scores }) => {
    const [h, k, n] = online_scores.shape as [number, number, number];
    const rows = h * k;
    const online = tf.reshape(tensor(online_scores), [rows, n]);
    const scores = tf.reshape(tensor(anchor_scores), [rows, n]);
    const target = attentionTarget(scores, anchor, { temperature: temp, alpha });
    const row = (x: tf.Tensor, i: number): tf.Tensor => tf.slice(x as tf.Tensor2D, [i, 0], [1, n]);
    const perRow = Array.from({ length: rows }, (_, i) => scalar(klFromTarget(row(online, i), row(target, i), 1)));
    const grad = tf.grad((s) => klFromTarget(s, target, 1 / rows))(online);
    return {
      anchor_attention: read(tf.reshape(target, [h, k, n])),
      kl_per_head_token: { shape: [h, k], data: perRow },
      loss: scalar(klFromTarget(online, target, 1 / rows)),
      grad_online_scores: read(tf.reshape(grad, [h, k, n])),
      zeros_in_anchor: target.dataSync().filter((v) => v === 0).length,
    };
  },
  ['anchor', 'temp', 'alpha', 'anchor_scores', 'online_scores'],
);

interface Average {
  readonly m: number;
  /** The parameters at the start, of which the anchor starts as a copy, and after each step. */
  readonly theta: readonly GoldenTensor[];
}

function averages({ m, theta }: Average): object {
  let anchor = tensor(theta[0]!);
  const after = theta.slice(1).map((now) => {
    anchor = ema({ w: anchor }, { w: tensor(now) }, m).w!;
    return read(anchor);
  });
  return { anchor_after_each_step: after };
}

interface Ensembled {
  readonly rho: number;
  readonly scores_per_epoch: readonly GoldenTensor[];
}

function ensembles({ rho, scores_per_epoch }: Ensembled): object {
  const n = scores_per_epoch[0]!.shape[2]!;
  const map = (scores: tf.Tensor): tf.Tensor2D =>
    tf.mean(tf.reshape(tf.softmax(scores as tf.Tensor3D), [-1, n]), 0, true) as tf.Tensor2D; // [1, N]
  let state: Parameters<typeof temporalTerm>[1] = { ensemble: tf.zeros([n]), visits: tf.zeros([1]) };
  const trace = scores_per_epoch.map((given) => {
    const scores = tensor(given);
    const before = state;
    const { term, state: next } = temporalTerm(map(scores), before, rho);
    state = next;
    return {
      alpha: read(tf.reshape(map(scores), [n])),
      alpha_tilde: read(next.ensemble!),
      loss: scalar(term),
      grad_scores: gradient((s) => temporalTerm(map(s), before, rho).term, scores),
    };
  });
  return { trace };
}

interface Matched {
  readonly anchor: 'nsf' | 'softmax';
  readonly T: GoldenTensor;
  readonly online_scores: GoldenTensor;
  readonly anchor_scores: GoldenTensor;
}

function matches(given: Matched): object {
  const [tiles, scores] = [tensor(given.T), tensor(given.online_scores)];
  const overHeads = (attention: tf.Tensor): tf.Tensor => tf.mean(attention, 0); // [H, K, N] → [K, N]
  const online = (s: tf.Tensor): tf.Tensor => overHeads(softmax(s));
  const target = overHeads(attentionTarget(tensor(given.anchor_scores), given.anchor));
  return {
    b_online: read(matmul(online(scores), tiles)),
    b_anchor: read(matmul(target, tiles)),
    loss: scalar(featureMatchingTerm(online(scores), target, tiles)),
    grad_online_scores: gradient((s) => featureMatchingTerm(online(s), target, tiles), scores),
    grad_T: gradient((t) => featureMatchingTerm(online(scores), target, t), tiles),
  };
}

const stabilisers: Checker = ({ outputs }) => {
  const list = <T>(name: string): readonly T[] => (outputs[name] ?? []) as T[];
  const got = {
    ema: list<Average>('ema').map(averages),
    temporal_ensembling: list<Ensembled>('temporal_ensembling').map(ensembles),
    feature_matching: list<Matched>('feature_matching').map(matches),
  };
  const given = ['m', 'theta', 'rho', 'scores_per_epoch', 'anchor', 'T', 'online_scores', 'anchor_scores'];
  return pairTrees(outputs, got, given);
};

export const attentionCheckers: Readonly<Record<string, Checker>> = {
  'asmil-functions/nsf_softmax': onEngine(normalisers),
  'asmil-functions/entmax': onEngine(entmaxes),
  'asmil-functions/kl_anchor': onEngine(anchorTerm),
  'asmil-functions/ema_ensembling_features': onEngine(stabilisers),
};
