import * as tf from '@tensorflow/tfjs-core';

/** An operation's attribute as the backend was given it. */
export interface Attribute {
  readonly name: string;
  /** TF_AttrType. */
  readonly type: number;
  readonly value: unknown;
}

export interface OpNode {
  readonly kind: 'op';
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: readonly Attribute[];
  /** Shapes of its results. */
  readonly shapes: readonly (readonly number[])[];
}

/** A value that the traced function made itself. */
export interface ConstNode {
  readonly kind: 'const';
  /** TF_DataType. */
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** The operations of one run of a function, in order. Node i is called `n<i>`; its outputs are `n<i>:0`, `n<i>:1` … */
export interface Trace {
  readonly inputs: readonly { name: string; dtype: number; shape: readonly number[] }[];
  readonly nodes: readonly (OpNode | ConstNode)[];
  readonly outputs: readonly { name: string; ref: string; dtype: number }[];
}

type Inputs = Readonly<Record<string, tf.Tensor>>;

/** The native backend's methods that are watched; internal to tfjs-node. */
interface Backend {
  binding: any;
  getDTypeInteger(dtype: string): number;
  readSync(dataId: object): Float32Array | Int32Array | Uint8Array;
  executeSingleOutput(op: string, attributes: Attribute[], inputs: any[]): tf.Tensor;
  executeMultipleOutputs(op: string, attributes: Attribute[], inputs: any[], outputs: number): tf.Tensor[];
}

export function nativeBackend(): Backend {
  return tf.backend() as unknown as Backend;
}

let depth = 0;

/** Whether a function is being traced: values read now would be frozen into its graph. */
export function tracing(): boolean {
  return depth > 0;
}

/**
 * Runs `f` once and records every TensorFlow operation it executes. Values that `f` makes itself become constants; a tensor
 * that is neither an input nor made inside would be frozen unseen, so it is an error.
 */
export function trace(f: (inputs: Inputs) => Record<string, tf.Tensor>, inputs: Inputs): Trace {
  const backend = nativeBackend();
  const nodes: (OpNode | ConstNode)[] = [];
  const refs = new WeakMap<object, string>();
  const placeholders = Object.entries(inputs).map(([name, t]) => {
    refs.set(t.dataId, `in:${name}`);
    return { name, dtype: backend.getDTypeInteger(t.dtype), shape: [...t.shape] };
  });
  const firstInside = tf.tidy(() => tf.scalar(0).id);

  const constant = (t: any): string => {
    const ref = `n${nodes.length}:0`;
    if (t.valueArray && !t.dataId) {
      // tfjs-node's own wrapper for the few int64 operands.
      const data = new Uint8Array(new BigInt64Array([BigInt(t.valueArray[0])]).buffer);
      nodes.push({ kind: 'const', dtype: backend.binding.TF_INT64, shape: [], data });
      return ref;
    }
    if (typeof t.id === 'number' && t.id < firstInside) {
      throw new Error(`a tensor of shape [${t.shape}] from outside is used in the step; hand it in as an input`);
    }
    const values = backend.readSync(t.dataId);
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    nodes.push({ kind: 'const', dtype: backend.getDTypeInteger(t.dtype), shape: [...t.shape], data });
    refs.set(t.dataId, ref);
    return ref;
  };
  const record = (op: string, attributes: Attribute[], operands: any[], results: tf.Tensor[]): void => {
    const used = operands.map((t) => (t.dataId && refs.get(t.dataId)) ?? constant(t));
    const at = nodes.length;
    const shapes = results.map((t) => [...t.shape]);
    nodes.push({ kind: 'op', op, inputs: used, attributes: attributes.map((a) => ({ ...a })), shapes });
    results.forEach((t, i) => {
      refs.set(t.dataId, `n${at}:${i}`);
    });
  };

  const single = backend.executeSingleOutput;
  const multiple = backend.executeMultipleOutputs;
  backend.executeSingleOutput = function (op, attributes, operands) {
    const out = single.call(this, op, attributes, operands);
    record(op, attributes, operands, [out]);
    return out;
  };
  backend.executeMultipleOutputs = function (op, attributes, operands, count) {
    const out = multiple.call(this, op, attributes, operands, count);
    record(op, attributes, operands, out);
    return out;
  };
  depth++;
  try {
    const outputs: { name: string; ref: string; dtype: number }[] = [];
    tf.tidy(() => {
      for (const [name, t] of Object.entries(f(inputs))) {
        outputs.push({ name, ref: refs.get(t.dataId) ?? constant(t), dtype: backend.getDTypeInteger(t.dtype) });
      }
    });
    return { inputs: placeholders, nodes, outputs };
  } finally {
    depth--;
    backend.executeSingleOutput = single;
    backend.executeMultipleOutputs = multiple;
  }
}
