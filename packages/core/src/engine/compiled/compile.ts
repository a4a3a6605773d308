import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type GeneralTrace, generalise } from './generalise.js';
import { SIZE_INPUT, savedModel } from './graph-def.js';
import { nativeBackend, type Trace, trace } from './trace.js';

type Inputs = Readonly<Record<string, tf.Tensor>>;
/** A function of named tensors that can be run eagerly or traced: same names and shapes in, same names out. */
export type TensorFunction = (inputs: Inputs) => Record<string, tf.Tensor>;

/** A traced function. The caller owns the tensors that `run` returns. */
export interface Compiled {
  run(inputs: Inputs): Record<string, tf.Tensor>;
  /** Operations in the graph. */
  readonly operations: number;
  dispose(): void;
}

/** Two sizes to trace at that are unlike any width of a model, and so cannot be mistaken for one. */
const TRACE_SIZES = [37, 53] as const;

/**
 * Traces `f` and hands the graph to TensorFlow, which then runs it as one call.
 *
 * `free` names the axes (input → axis) that vary from call to call, all with one common size N; the graph is traced at two
 * sizes and holds for every N. Without `free` the graph holds for the given shapes only. `f` must be pure: no reads of
 * values, no draws, no tensors from outside. Throws an Error with the reason where a function cannot be compiled.
 */
export function compile(f: TensorFunction, example: Inputs, free?: Readonly<Record<string, number>>): Compiled {
  const resized = (n: number): Inputs =>
    Object.fromEntries(
      Object.entries(example).map(([name, t]) => {
        const axis = free?.[name];
        if (axis === undefined) return [name, t];
        const shape = [...t.shape];
        shape[axis] = n;
        return [name, tf.randomUniform(shape, 0, 1, t.dtype as 'float32', 17)];
      }),
    );
  const names = Object.keys(example);
  const record = (inputs: () => Inputs): Trace => {
    let result: Trace | undefined;
    tf.tidy(() => {
      result = trace(f, inputs());
    });
    return result!;
  };
  const general: GeneralTrace = free
    ? generalise(
        record(() => resized(TRACE_SIZES[0])),
        TRACE_SIZES[0],
        record(() => resized(TRACE_SIZES[1])),
        TRACE_SIZES[1],
      )
    : record(() => example);

  const { binding } = nativeBackend();
  const folder = mkdtempSync(join(tmpdir(), 'asmil-step-'));
  let id: number;
  try {
    writeFileSync(join(folder, 'saved_model.pb'), savedModel(general));
    id = binding.loadSavedModel(folder, 'serve');
  } finally {
    // The graph lives in TensorFlow's session from here on.
    rmSync(folder, { recursive: true, force: true });
  }
  const sizeFrom = free ? Object.entries(free)[0] : undefined;
  const inputNames = [...names.map((_, i) => `in_${i}`), ...(sizeFrom ? [SIZE_INPUT] : [])].join(',');
  const outputNames = general.outputs.map((_, i) => `out_${i}`).join(',');
  const backend = nativeBackend() as any;
  const sizes = new Map<number, tf.Tensor>();
  const sizeTensor = (n: number): tf.Tensor => {
    let t = sizes.get(n);
    if (!t) {
      t = tf.keep(tf.scalar(n, 'int32'));
      sizes.set(n, t);
    }
    return t;
  };
  return {
    operations: general.nodes.length,
    run(inputs) {
      const tensors = names.map((name) => inputs[name]!);
      if (sizeFrom) tensors.push(sizeTensor(inputs[sizeFrom[0]]!.shape[sizeFrom[1]]!));
      const results = binding.runSavedModel(id, backend.getInputTensorIds(tensors), inputNames, outputNames) as any[];
      return Object.fromEntries(general.outputs.map((o, i) => [o.name, backend.createOutputTensor(results[i])]));
    },
    dispose() {
      binding.deleteSavedModel(id);
      for (const t of sizes.values()) t.dispose();
      sizes.clear();
    },
  };
}
