import {
  landmarkAttention,
  nystromAttention,
  nystromRow,
  type Projected,
  paddedLength,
  pairMask,
  pseudoInverse,
} from '@asmil/baselines';
import { matmul, tf } from '@asmil/core';
import type { Checker } from './checker.js';
import { pairGolden } from './compare.js';
import { arrayOf } from './model-case.js';
import { ensureEngine, group, onPaths, type Read, Runner, readAll } from './model-run.js';
import type { Golden } from './schema.js';

type Inputs = Readonly<Record<string, tf.Tensor>>;
type Outputs = Record<string, tf.Tensor>;

const KEYS = ['batch', 'n', 'dim', 'heads', 'dim_head', 'num_landmarks', 'pinv_iterations', 'residual', 'eps'];
const FURTHER = ['residual_conv_kernel', 'dropout', 'padding_front'];

/** The attention block alone: its output, factors and first row, and the gradients of a weighted sum of its outputs. */
const nystrom: Checker = async (golden, { engine }) => {
  await ensureEngine(engine);
  const { config } = golden;
  const unknown = Object.keys(config).find((key) => ![...KEYS, ...FURTHER].includes(key));
  if (unknown !== undefined) throw new Error(`config: unknown key ${unknown}`);
  if (config.eps !== undefined && config.eps !== 1e-8) throw new Error(`config: eps ${config.eps}, expected 1e-8`);
  if (config.dropout) throw new Error(`config: dropout ${config.dropout}, expected 0`);
  const f = golden.inputs.scores === undefined ? block(golden) : inverse(golden);
  return onPaths((path) => {
    const inputs = inputsOf(golden);
    const runner = new Runner(path);
    try {
      const out = runner.run('block', f, inputs);
      const read = readAll(out);
      tf.dispose(out);
      const outputs: Record<string, unknown> = { ...group(read, 'out:'), loss: read.loss!.data[0]! };
      return pairGolden(golden, { outputs, grads: group<Read>(read, 'grad:') });
    } finally {
      runner.dispose();
      tf.dispose(inputs);
    }
  });
};

function inputsOf(golden: Golden): Record<string, tf.Tensor> {
  const tensor = (value: unknown): tf.Tensor => {
    const { shape, data } = arrayOf(value);
    return tf.tensor(data, [...shape]);
  };
  const named = (prefix: string, values: Readonly<Record<string, unknown>>) =>
    Object.entries(values).map(([name, value]) => [prefix + name, tensor(value)] as const);
  return Object.fromEntries([...named('param:', golden.params), ...named('', golden.inputs)]);
}

/** Loss = Σ y ⊙ weights with the gradients of `variables`. */
function learned(
  variables: Inputs,
  weights: tf.Tensor,
  f: (values: Inputs) => tf.Tensor,
): { readonly loss: tf.Tensor; readonly grads: Outputs } {
  const names = Object.keys(variables);
  const loss = (...tensors: tf.Tensor[]): tf.Scalar =>
    tf.sum(tf.mul(f(Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))), weights));
  const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => variables[name]!));
  return { loss: value, grads: Object.fromEntries(names.map((name, i) => [`grad:${name}`, grads[i]!])) };
}

function block(golden: Golden): (inputs: Inputs) => Outputs {
  const {
    batch,
    n,
    heads,
    num_landmarks: m,
    pinv_iterations: iterations,
    residual,
  } = golden.config as {
    batch: number;
    n: number;
    heads: number;
    num_landmarks: number;
    pinv_iterations: number;
    residual: boolean;
  };
  const { length } = paddedLength(n, m);
  const front = length - n;
  const options = { heads, landmarks: m, iterations };
  if (golden.config.padding_front !== undefined && golden.config.padding_front !== front)
    throw new Error(`config: padding_front ${golden.config.padding_front}, expected ${front}`);
  return (inputs) => {
    const params = group(inputs, 'param:');
    const dim = inputs.x!.shape[2]!;
    const mask =
      inputs.mask &&
      tf.pad(tf.cast(inputs.mask, 'float32') as tf.Tensor2D, [
        [0, 0],
        [front, 0],
      ]); // [B, L]
    let parts: Projected | undefined;
    const whole = (p: Inputs): tf.Tensor3D => {
      const padded = tf.pad(p.x as tf.Tensor3D, [
        [0, 0],
        [front, 0],
        [0, 0],
      ]);
      const out = { weight: p['to_out.0.weight']!, bias: p['to_out.0.bias']! };
      const weights = { qkv: p['to_qkv.weight']!, out, conv: residual ? p['res_conv.weight'] : undefined };
      const done = nystromAttention(tf.reshape(padded, [batch * length, dim]), weights, options, { batch, mask });
      parts = done.parts;
      return tf.reshape(done.y, [batch, length, dim]);
    };
    const last = (y: tf.Tensor3D): tf.Tensor => tf.slice(y, [0, front, 0], [batch, n, dim]);
    const { loss, grads } = learned({ ...params, x: inputs.x! }, inputs.loss_weights!, (p) => last(whole(p)));
    const y = whole({ ...params, x: inputs.x! });
    const { q, k, landmarks } = parts!;
    const split = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [batch, heads, ...x.shape.slice(1)]);
    const softmax = (scores: tf.Tensor, bias: tf.Tensor | undefined): tf.Tensor =>
      tf.softmax(bias ? tf.add(scores, bias) : scores);
    const row = nystromRow(parts!, front, options, mask); // [B·h, 1, L]
    return {
      loss,
      ...grads,
      'out:y': last(y),
      'out:y_slice_first_n_v0_0_9': tf.slice(y, [0, 0, 0], [batch, n, dim]),
      'out:attn1': split(softmax(matmul(q, landmarks.k, true, false), pairMask(mask, landmarks.keep, heads))),
      'out:attn2_pinv': split(pseudoInverse(landmarkAttention(parts!, options), iterations)),
      'out:attn3': split(softmax(matmul(landmarks.q, k, true, false), pairMask(landmarks.keep, mask, heads))),
      'out:first_row_raw': tf.reshape(tf.slice(row, [0, 0, front], [batch * heads, 1, n]), [batch, heads, n]),
    };
  };
}

/** The pseudo-inverse alone, of the softmax of scores [B, h, m, m]. */
function inverse(golden: Golden): (inputs: Inputs) => Outputs {
  const iterations = golden.config.pinv_iterations as number;
  return ({ scores, loss_weights: weights }) => {
    const shape = scores!.shape;
    const m = shape.at(-1)!;
    const attention = (x: tf.Tensor): tf.Tensor3D => tf.softmax(tf.reshape(x, [-1, m, m]) as tf.Tensor3D);
    const z = (x: tf.Tensor, steps: number): tf.Tensor => tf.reshape(pseudoInverse(attention(x), steps), shape);
    const { loss, grads } = learned({ scores: scores! }, weights!, (p) => z(p.scores!, iterations));
    const iterates = Object.keys(golden.outputs).flatMap((name) => {
      const steps = /^z_iter(\d+)$/.exec(name);
      return steps ? [[`out:${name}`, z(scores!, Number(steps[1]))] as const] : [];
    });
    return { loss, ...grads, ...Object.fromEntries(iterates), 'out:softmax': tf.reshape(attention(scores!), shape) };
  };
}

export const nystromCheckers: Readonly<Record<string, Checker>> = { 'nystrom-attention': nystrom };
