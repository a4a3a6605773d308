/**
 * The check of a new native engine, run in a process of its own so that a crash in the library ends nothing else:
 * a matrix product and the gradient of its squared sum, compared with values worked out by plain loops.
 * Prints one line of JSON. Arguments: the binding's path, the TensorFlow library's folder.
 */
import * as tf from '@tensorflow/tfjs-core';
import { loadNative, nativeUsesGpu } from './load.js';

loadNative({ binding: process.argv[2]!, libraryDir: process.argv[3]! });

const [n, d, k] = [7, 5, 3];
const a = Float32Array.from({ length: n * d }, (_, i) => Math.sin(i + 1));
const b = Float32Array.from({ length: d * k }, (_, i) => Math.cos(2 * i + 1));
const product = (i: number, j: number): number => {
  let sum = 0;
  for (let l = 0; l < d; l++) sum += a[i * d + l]! * b[l * k + j]!;
  return sum;
};

const right = tf.tensor2d(b, [d, k]);
const loss = (left: tf.Tensor): tf.Scalar => tf.sum(tf.square(tf.matMul(left as tf.Tensor2D, right)));
const { value, grad } = tf.valueAndGrad(loss)(tf.tensor2d(a, [n, d]));
const got = { value: value.dataSync()[0]!, grad: grad.dataSync() };

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
worst = Math.max(worst, Math.abs(expected - got.value) / expected);
process.stdout.write(`${JSON.stringify({ ok: worst < 1e-2, error: worst, usesGpu: nativeUsesGpu() })}\n`);
