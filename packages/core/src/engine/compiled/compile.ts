import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type GeneralTrace, generalise } from './generalise.js';
import { SIZE_INPUT, savedModel } from './graph-def.js';
import { tracePoints } from './linear.js';
import { simplify } from './simplify.js';
import { nativeBackend, type Trace, trace } from './trace.js';

type Inputs = Readonly<Record<string, tf.Tensor>>;
/** A function of named tensors that can be run eagerly or traced: same names and shapes in, same names out. */
export type TensorFunction = (inputs: Inputs) => Record<string, tf.Tensor>;

/** How the inputs of a function follow a size N that varies from call to call, so that one graph serves many sizes. */
export interface Sizing {
  /** N of the call at hand. */
  readonly n: number;
  /**
   * Sizes of one `family` take the same path through the function. All shapes of a family are linear, with whole
   * coefficients, in N and the integers `sizes`, of which every member of the family has equally many.
   */
  shape(n: number): { readonly family: string; readonly sizes?: readonly number[] };
  /** Inputs at another size, to trace with; those that do not follow N may be the call's own. Made inside a `tidy`. */
  example(n: number): Inputs;
}

/** A traced function. The caller owns the tensors that `run` returns. */
export interface Compiled {
  /** `n`: the size of this call, for a graph of many sizes. */
  run(inputs: Inputs, n?: number): Record<string, tf.Tensor>;
  /** Operations in the graph. */
  readonly operations: number;
  /** Bytes of the graph's description, the constants in it included. */
  readonly bytes: number;
  dispose(): void;
}

/**
 * Sizes to trace at: unlike any width of a model, and so not mistaken for one. Even ones are among them for sizes such as
 * ⌊N/2⌋, which odd ones alone do not tell from a share of N.
 */
const TRACE_SIZES = [37, 53, 71, 97, 131, 173, 211, 263, 307, 359, 419, 487, 182, 446];

/**
 * Traces `f` and hands the graph to TensorFlow, which then runs it as one call.
 *
 * With `sizing` the graph is traced at as many sizes as the laws of its shapes have unknowns and holds for every size of
 * the family; without, it holds for the given shapes only. `f` must be pure: no reads of values, no draws, no tensors from
 * outside. Throws an Error with the reason where a function cannot be compiled.
 */
export function compile(f: TensorFunction, example: Inputs, sizing?: Sizing): Compiled {
  const general: GeneralTrace = sizing ? generalTrace(f, sizing) : simplify([record(f, () => example)])[0]!;
  const { binding } = nativeBackend();
  const file = savedModel(general);
  const folder = mkdtempSync(join(tmpdir(), 'asmil-step-'));
  let id: number;
  try {
    writeFileSync(join(folder, 'saved_model.pb'), file);
    id = binding.loadSavedModel(folder, 'serve');
  } finally {
    // The graph lives in TensorFlow's session from here on.
    rmSync(folder, { recursive: true, force: true });
  }
  const names = Object.keys(example);
  const inputNames = [...names.map((_, i) => `in_${i}`), ...(sizing ? [SIZE_INPUT] : [])].join(',');
  const outputNames = general.outputs.map((_, i) => `out_${i}`).join(',');
  const backend = nativeBackend() as any;
  const sizes = new Map<number, tf.Tensor>();
  const sizeTensor = (n: number): tf.Tensor => {
    let t = sizes.get(n);
    if (!t) {
      const point = pointOf(sizing!, n);
      t = tf.keep(tf.tensor2d(point, [1, point.length], 'int32'));
      sizes.set(n, t);
    }
    return t;
  };
  return {
    operations: general.nodes.length,
    bytes: file.length,
    run(inputs, n) {
      const tensors = names.map((name) => inputs[name]!);
      if (sizing) tensors.push(sizeTensor(n!));
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

/** The sizes of a bag: N and what else its shapes are linear in. */
function pointOf(sizing: Sizing, n: number): number[] {
  return [n, ...(sizing.shape(n).sizes ?? [])];
}

function generalTrace(f: TensorFunction, sizing: Sizing): GeneralTrace {
  const { family } = sizing.shape(sizing.n);
  const members = TRACE_SIZES.filter((n) => sizing.shape(n).family === family);
  const chosen = members.length > 0 ? tracePoints(members, (n) => pointOf(sizing, n)) : undefined;
  if (!chosen) throw new Error(`too few sizes in the family "${family}" to find how its shapes follow N`);
  return generalise(
    simplify(chosen.map((n) => record(f, () => sizing.example(n)))),
    chosen.map((n) => pointOf(sizing, n)),
  );
}

function record(f: TensorFunction, inputs: () => Inputs): Trace {
  let result: Trace | undefined;
  tf.tidy(() => {
    result = trace(f, inputs());
  });
  return result!;
}
