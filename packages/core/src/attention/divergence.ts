import { tf } from '../engine/index.js';

/**
 * The anchor term: Σ_rows w_r Σ_i p_ri (ln p_ri − ln softmax(s)_ri), the target p a constant (Eq. 7).
 * scores s, target p: [R, N]; weights: [R, 1] or a number for all rows (1/R gives the mean over rows).
 * `entropy: false` leaves out p ln p (cross entropy in the place of the KL divergence; the gradient is the same).
 * Gradient: w_r (softmax(s) Σp − p); for Σp = 1 it is Eq. 8. Terms with p = 0 are 0.
 */
export function klFromTarget(
  scores: tf.Tensor,
  target: tf.Tensor,
  weights: tf.Tensor | number,
  options: { entropy?: boolean } = {},
): tf.Scalar {
  return tf.customGrad((...args: unknown[]) => {
    const [s, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const logq = tf.logSoftmax(s as tf.Tensor2D); // [R, N]
    const logp = tf.log(tf.maximum(target, 1e-37)); // p = 0 is multiplied away below
    const inner = options.entropy === false ? tf.neg(logq) : tf.sub(logp, logq);
    const rows = tf.sum(tf.mul(target, inner), -1, true); // [R, 1]
    // Saved, because tensors that only a closure holds are gone when the backward pass runs.
    save(typeof weights === 'number' ? [logq, target] : [logq, target, weights]);
    return {
      value: tf.sum(tf.mul(rows, weights)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [lq, p, w] = saved as [tf.Tensor, tf.Tensor, tf.Tensor | undefined];
        const g = tf.sub(tf.mul(tf.exp(lq), tf.sum(p, -1, true)), p); // [R, N]
        return [tf.mul(tf.mul(g, w ?? (weights as number)), dy)];
      },
    };
  })(scores) as tf.Scalar;
}

/**
 * KL(a ‖ q) of one distribution against a constant, Σ a (ln a − ln q): the first argument carries the gradient
 * ln(a/q) + 1 (temporal ensembling, Eq. 34). a, q: [N].
 */
export function klToConstant(a: tf.Tensor, q: tf.Tensor): tf.Scalar {
  return tf.customGrad((...args: unknown[]) => {
    const [p, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const ratio = tf.sub(tf.log(tf.maximum(p, 1e-37)), tf.log(tf.maximum(q, 1e-37)));
    save([ratio]);
    return {
      value: tf.sum(tf.mul(p, ratio)),
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => [tf.mul(tf.add(s[0]!, 1), dy)],
    };
  })(a) as tf.Scalar;
}
