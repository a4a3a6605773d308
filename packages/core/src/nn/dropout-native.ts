import { tf } from '../engine/index.js';

/** What the native backend offers beside the kernels that tfjs names: any of TensorFlow's operations. */
interface RawBackend {
  readonly binding: { readonly TF_ATTR_TYPE: number; readonly TF_INT32: number };
  executeSingleOutput(op: string, attributes: object[], inputs: tf.Tensor[]): tf.Tensor;
}

/** An operation on int32 tensors under TensorFlow's own name. */
function raw(op: string, inputs: tf.Tensor[], type = 'T'): tf.Tensor {
  const backend = tf.backend() as unknown as RawBackend;
  const { TF_ATTR_TYPE, TF_INT32 } = backend.binding;
  return backend.executeSingleOutput(op, [{ name: type, type: TF_ATTR_TYPE, value: TF_INT32 }], inputs);
}

const int = (value: number): tf.Scalar => tf.scalar(value | 0, 'int32');

/** h >>> bits for int32, whose own shift keeps the sign. */
function shift(h: tf.Tensor, bits: number): tf.Tensor {
  return raw('BitwiseAnd', [raw('RightShift', [h, int(bits)]), int(2 ** (32 - bits) - 1)]);
}

/** murmur3's finaliser, as in `factors`; products of int32 wrap around. */
function mix(x: tf.Tensor): tf.Tensor {
  let h = raw('BitwiseXor', [x, shift(x, 16)]);
  h = tf.mul(h, int(0x85ebca6b));
  h = raw('BitwiseXor', [h, shift(h, 13)]);
  h = tf.mul(h, int(0xc2b2ae35));
  return raw('BitwiseXor', [h, shift(h, 16)]);
}

/** The numbers of `factors` in a given shape, computed by the native engine; the seed stays a tensor. seed: int32 [2]. */
export function nativeFactors(seed: tf.Tensor, shape: readonly number[], rate: number): tf.Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  const [a, b] = tf.split(seed, 2) as [tf.Tensor, tf.Tensor]; // [1] each
  const element = raw('Range', [int(0), int(n), int(1)], 'Tidx'); // [n]
  const h = mix(tf.add(mix(raw('BitwiseXor', [element, a])), b));
  const kept = tf.greaterEqual(shift(h, 8), int(Math.round(rate * 16777216)));
  return tf.reshape(tf.mul(tf.cast(kept, 'float32'), 1 / (1 - rate)), [...shape]);
}
