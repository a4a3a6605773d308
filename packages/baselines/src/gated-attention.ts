import { gate, linear, linearSpecs, matmul, type ParamSpec, type Params, tf } from '@asmil/core';

/** The gated attention of ABMIL under the names of the benchmark code base: `NAME.attention_V.0.weight` and so on. */

/** `outputs` rows of scores from rows of width `inputs`, through a hidden layer of `width`. */
export function gatedSpecs(name: string, inputs: number, width: number, outputs = 1): ParamSpec[] {
  return [
    ...linearSpecs(`${name}.attention_V.0`, inputs, width),
    ...linearSpecs(`${name}.attention_U.0`, inputs, width),
    ...linearSpecs(`${name}.attention_weights`, width, outputs),
  ];
}

/** Scores w (tanh(V h + b_V) ⊙ σ(U h + b_U)) + b_w of every row. rows: [N, H] → [outputs, N]. */
export function gatedScores(p: Params, name: string, rows: tf.Tensor): tf.Tensor2D {
  const layer = (part: string): tf.Tensor => linear(rows, p[`${name}.${part}.weight`]!, p[`${name}.${part}.bias`]!); // [N, A]
  const hidden = gate(layer('attention_V.0'), layer('attention_U.0')); // [N, A]
  const [w, b] = [p[`${name}.attention_weights.weight`]!, p[`${name}.attention_weights.bias`]!];
  return tf.add(matmul(w, hidden, false, true), tf.reshape(b, [-1, 1])) as tf.Tensor2D; // [outputs, N]
}
