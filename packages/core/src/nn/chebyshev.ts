import { tf } from '../engine/index.js';

/**
 * Chebyshev polynomials of the first kind of tanh(x), T_0 … T_degree along the middle axis. x: [R, L] → [R, degree + 1, L].
 * By the recurrence T_d = 2 t T_{d−1} − T_{d−2}, since cos(d arccos t) is unstable near |t| = 1. The gradient is
 * T_d′ = d U_{d−1}, U the polynomials of the second kind, which obey the same recurrence from 1 and 2 t.
 */
export function chebyshevBasis(x: tf.Tensor2D, degree: number): tf.Tensor3D {
  return tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const t = tf.tanh(z); // [R, L]
    save([t]);
    return {
      value: tf.stack(recurrence(t, 1, degree + 1), 1),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [u] = saved as [tf.Tensor];
        const slope = tf.sub(1, tf.square(u)); // tanh′
        if (degree === 0) return [tf.mul(slope, 0)];
        const parts = tf.unstack(dy, 1);
        const sum = recurrence(u, 2, degree)
          .map((second, i) => tf.mul(tf.mul(parts[i + 1]!, second), i + 1))
          .reduce((a, b) => tf.add(a, b)); // [R, L]
        return [tf.mul(sum, slope)];
      },
    };
  })(x) as tf.Tensor3D;
}

/** `count` polynomials from 1 and `first`·t on, each 2 t times the last less the one before. */
function recurrence(t: tf.Tensor, first: 1 | 2, count: number): tf.Tensor[] {
  const twice = tf.mul(t, 2);
  const out = [tf.onesLike(t), first === 1 ? t : twice];
  for (let d = 2; d < count; d++) out.push(tf.sub(tf.mul(twice, out[d - 1]!), out[d - 2]!));
  return out.slice(0, count);
}
