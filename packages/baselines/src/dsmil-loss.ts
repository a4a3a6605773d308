import { tf } from '@asmil/core';

/**
 * Bernoulli likelihood of logits against zeros and ones, mean over the C entries:
 * w y softplus(−z) + (1 − y) softplus(z), w the weight of the positive term. logits, target: [1, C].
 */
export function bernoulli(logits: tf.Tensor, target: tf.Tensor, positiveWeight = 1): tf.Scalar {
  return tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const weighted = tf.mul(target, positiveWeight); // w y
    const other = tf.sub(1, target); // 1 − y
    save([z, weighted, other]);
    const nll = tf.add(tf.mul(weighted, tf.softplus(tf.neg(z))), tf.mul(other, tf.softplus(z))); // [1, C]
    return {
      value: tf.mean(nll),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [u, yes, no] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const p = tf.sigmoid(u);
        const slope = tf.sub(tf.mul(no, p), tf.mul(yes, tf.sub(1, p))); // [1, C]
        return [tf.mul(slope, tf.div(dy, u.size))];
      },
    };
  })(logits) as tf.Scalar;
}

/** Logits whose probabilities are the mean of two branches' probabilities, softmaxes (`ce`) or sigmoids. a, b: [1, C]. */
export function logitsOfMean(a: tf.Tensor2D, b: tf.Tensor2D, kind: 'ce' | 'bce'): tf.Tensor2D {
  if (kind === 'ce') return tf.sub(logSum(tf.logSoftmax(a), tf.logSoftmax(b)), Math.LN2) as tf.Tensor2D;
  const yes = logSum(logSigmoid(a), logSigmoid(b)); // ln (σ(a) + σ(b))
  const no = logSum(logSigmoid(tf.neg(a)), logSigmoid(tf.neg(b))); // ln (2 − σ(a) − σ(b))
  return tf.sub(yes, no) as tf.Tensor2D;
}

/** ln(eᵘ + eᵛ). */
function logSum(u: tf.Tensor, v: tf.Tensor): tf.Tensor {
  return tf.add(u, tf.softplus(tf.sub(v, u)));
}

function logSigmoid(x: tf.Tensor): tf.Tensor {
  return tf.neg(tf.softplus(tf.neg(x)));
}
