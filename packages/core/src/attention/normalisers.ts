import { tf } from '../engine/index.js';

/**
 * ln σ(x) = min(x, 0) − ln(1 + e^−|x|), finite for every finite x. Any shape.
 * Written with a gradient of its own: σ(−x).
 */
export function logSigmoid(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([z]);
    return {
      value: tf.neg(tf.softplus(tf.neg(z))),
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => [tf.mul(dy, tf.sigmoid(tf.neg(s[0]!)))],
    };
  })(x);
}

/** ln Σ e^x over the last axis, kept as an axis of size 1. x: [..., N] → [..., 1]. Gradient: softmax(x). */
export function logSumExp(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const top = tf.max(z, -1, true); // [..., 1]
    const lse = tf.add(tf.log(tf.sum(tf.exp(tf.sub(z, top)), -1, true)), top); // [..., 1]
    save([z, lse]);
    return {
      value: lse,
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => [tf.mul(dy, tf.exp(tf.sub(s[0]!, s[1]!)))],
    };
  })(x);
}

/** ln of the normalised sigmoid (Eq. 5) over the last axis, σ(s/T)/Σ σ(s/T). Stays a distribution when all σ underflow. */
export function logNsf(scores: tf.Tensor, temperature = 1): tf.Tensor {
  const l = logSigmoid(temperature === 1 ? scores : tf.div(scores, temperature));
  return tf.sub(l, logSumExp(l));
}

/** The normalised sigmoid function NSF (Eq. 5). scores: [..., N] → a distribution over the last axis. */
export function nsf(scores: tf.Tensor, temperature = 1): tf.Tensor {
  return tf.exp(logNsf(scores, temperature));
}

/** The release's NSF: σ(s/T)/(Σ σ(s/T) + 1e-8). Its sum falls short of 1 where all sigmoids underflow. */
export function nsfRelease(scores: tf.Tensor, temperature = 1): tf.Tensor {
  const p = tf.sigmoid(temperature === 1 ? scores : tf.div(scores, temperature));
  return tf.div(p, tf.add(tf.sum(p, -1, true), 1e-8));
}

/** softmax(s/T) over the last axis. */
export function softmax(scores: tf.Tensor, temperature = 1): tf.Tensor {
  return tf.softmax((temperature === 1 ? scores : tf.div(scores, temperature)) as tf.Tensor2D);
}
