import * as tf from '@tensorflow/tfjs-core';

/** What an engine may be off by and still be in order; a wrong kernel is off by far more. */
export const LARGEST_ERROR = 1e-2;

/**
 * Lets the engine in use compute a matrix product and the gradient of its squared sum, and returns the largest difference
 * from values worked out by plain loops (relative for the sum, absolute for the gradient).
 */
export function productError(): number {
  const [n, d, k] = [7, 5, 3];
  const a = Float32Array.from({ length: n * d }, (_, i) => Math.sin(i + 1));
  const b = Float32Array.from({ length: d * k }, (_, i) => Math.cos(2 * i + 1));
  const product = (i: number, j: number): number => {
    let sum = 0;
    for (let l = 0; l < d; l++) sum += a[i * d + l]! * b[l * k + j]!;
    return sum;
  };

  const got = tf.tidy(() => {
    const right = tf.tensor2d(b, [d, k]);
    const loss = (left: tf.Tensor): tf.Scalar => tf.sum(tf.square(tf.matMul(left as tf.Tensor2D, right)));
    const { value, grad } = tf.valueAndGrad(loss)(tf.tensor2d(a, [n, d]));
    return { value: value.dataSync()[0]!, grad: grad.dataSync() };
  });

  let expected = 0;
  let worst = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < k; j++) expected += product(i, j) ** 2;
    for (let l = 0; l < d; l++) {
      let slope = 0;
      for (let j = 0; j < k; j++) slope += 2 * product(i, j) * b[l * k + j]!;
      worst = Math.max(worst, Math.abs(slope - got.grad[i * d + l]!));
    }
  }
  return Math.max(worst, Math.abs(expected - got.value) / expected);
}
