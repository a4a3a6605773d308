import { tf } from '../engine/index.js';
import { UserError } from '../errors.js';

/** Halvings of the bisection; float32 has no more to give. */
const BISECTIONS = 50;

/**
 * α-entmax over the last axis: argmax over the simplex of pᵀz + H_α(p), H_α(p) = Σ (p − p^α)/(α(α−1)).
 * α = 1 is softmax, 2 is sparsemax (sorted, exact), 1.5 exact, others by bisection. z: [..., N].
 * Its gradient is Jᵀw = g ⊙ w − g (gᵀw)/Σg with g = p^(2−α) on the support.
 * PAPER: Eq. 32 prints the factor as (α−1)/α with τ inside the bracket, which is another scaling of z; this is the
 * definition of the code that the paper refers to.
 */
export function entmax(z: tf.Tensor, alpha: number): tf.Tensor {
  if (!(alpha >= 1)) throw new UserError(`entmax: alpha ${alpha} found, expected a number of at least 1`, 2);
  if (alpha === 1) return tf.softmax(z as tf.Tensor2D);
  return tf.customGrad((...args: unknown[]) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const p = alpha === 2 ? sparsemax(x) : alpha === 1.5 ? entmax15(x) : bisect(x, alpha);
    save([p]);
    return {
      value: p,
      gradFunc: (w: tf.Tensor, s: tf.Tensor[]) => {
        const q = s[0]!;
        const g = alpha === 2 ? tf.step(q) : tf.mul(tf.pow(tf.maximum(q, 1e-37), 2 - alpha), tf.step(q));
        const gw = tf.mul(g, w);
        return [tf.sub(gw, tf.mul(g, tf.div(tf.sum(gw, -1, true), tf.sum(g, -1, true))))];
      },
    };
  })(z);
}

function descending(x: tf.Tensor): tf.Tensor {
  return tf.topk(x, x.shape[x.rank - 1]!, true).values;
}

/** 1, 2, …, N along the last axis. Counted from x and not from its shape, so that one graph holds for every N. */
function ranksOf(x: tf.Tensor): tf.Tensor {
  return tf.cumsum(tf.onesLike(x), x.rank - 1);
}

/** One entry of each row: the one at a rank counted from 1. x: [..., N], rank: [..., 1]. */
function atRank(x: tf.Tensor, rank: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(x, tf.cast(tf.equal(ranksOf(x), rank), 'float32')), -1, true);
}

function sparsemax(z: tf.Tensor): tf.Tensor {
  const x = tf.sub(z, tf.max(z, -1, true)); // shift: the sums below stay small
  const sorted = descending(x);
  const sums = tf.cumsum(sorted, x.rank - 1);
  const holds = tf.greater(tf.add(tf.mul(sorted, ranksOf(x)), 1), sums);
  const rank = tf.sum(tf.cast(holds, 'float32'), -1, true); // ρ*
  const tau = tf.div(tf.sub(atRank(sums, rank), 1), rank);
  return tf.relu(tf.sub(x, tau));
}

function entmax15(z: tf.Tensor): tf.Tensor {
  const x = tf.mul(tf.sub(z, tf.max(z, -1, true)), 0.5);
  const sorted = descending(x);
  const rho = ranksOf(x);
  const mean = tf.div(tf.cumsum(sorted, x.rank - 1), rho);
  const meanSquare = tf.div(tf.cumsum(tf.square(sorted), x.rank - 1), rho);
  const spread = tf.mul(rho, tf.sub(meanSquare, tf.square(mean)));
  const taus = tf.sub(mean, tf.sqrt(tf.relu(tf.div(tf.sub(1, spread), rho))));
  const rank = tf.sum(tf.cast(tf.lessEqual(taus, sorted), 'float32'), -1, true); // ρ*
  return tf.square(tf.relu(tf.sub(x, atRank(taus, rank))));
}

function bisect(z: tf.Tensor, alpha: number): tf.Tensor {
  const power = 1 / (alpha - 1);
  const x = tf.mul(tf.sub(z, tf.max(z, -1, true)), alpha - 1); // max 0, so τ lies in [−1, −N^(1−α)]
  const at = (tau: tf.Tensor): tf.Tensor => {
    const base = tf.relu(tf.sub(x, tau));
    return tf.mul(tf.pow(tf.maximum(base, 1e-37), power), tf.step(base));
  };
  let low: tf.Tensor = tf.sub(tf.mul(tf.max(x, -1, true), 0), 1); // [..., 1]
  const n = tf.sum(tf.onesLike(x), -1, true); // [..., 1]
  let width: tf.Tensor = tf.sub(1, tf.pow(n, 1 - alpha));
  for (let i = 0; i < BISECTIONS; i++) {
    width = tf.mul(width, 0.5);
    const middle = tf.add(low, width);
    // Σ p ≥ 1 means that τ may still rise.
    const enough = tf.cast(tf.greaterEqual(tf.sum(at(middle), -1, true), 1), 'float32');
    low = tf.add(low, tf.mul(enough, width));
  }
  const p = at(low);
  return tf.div(p, tf.sum(p, -1, true));
}
