import * as tf from '@tensorflow/tfjs-core';

/** A kernel that has run: its name, the shapes of what went in, by name, and of what came out, and its attributes. */
export interface KernelRun {
  readonly name: string;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly output: readonly number[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

type Count = (run: KernelRun) => number;

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

/** […, m, k] × […, k, n] → […, m, n], either of them transposed. */
const product: Count = ({ inputs, output, attributes }) =>
  sizeOf(output) * inputs.a!.at(attributes.transposeA ? -2 : -1)!;

/** Numbers of the larger side times the taps and the input channels of one filter: […taps, in, out]. */
const convolution = (side: readonly number[], filter: readonly number[]): number =>
  sizeOf(side) * sizeOf(filter.slice(0, -1));
/** The same with filters for each channel by itself: [height, width, channels, multiplier]. */
const depthwise = (side: readonly number[], filter: readonly number[]): number =>
  sizeOf(side) * filter[0]! * filter[1]!;

const COUNTS: Readonly<Record<string, Count>> = {
  [tf.BatchMatMul]: product,
  [tf._FusedMatMul]: product,
  [tf.Conv2D]: ({ inputs, output }) => convolution(output, inputs.filter!),
  [tf.FusedConv2D]: ({ inputs, output }) => convolution(output, inputs.filter!),
  [tf.Conv3D]: ({ inputs, output }) => convolution(output, inputs.filter!),
  [tf.Conv2DBackpropInput]: ({ inputs }) => convolution(inputs.dy!, inputs.filter!),
  [tf.Conv2DBackpropFilter]: ({ inputs, output }) => convolution(inputs.dy!, output),
  [tf.DepthwiseConv2dNative]: ({ inputs, output }) => depthwise(output, inputs.filter!),
  [tf.FusedDepthwiseConv2D]: ({ inputs, output }) => depthwise(output, inputs.filter!),
  [tf.DepthwiseConv2dNativeBackpropInput]: ({ inputs }) => depthwise(inputs.dy!, inputs.filter!),
  [tf.DepthwiseConv2dNativeBackpropFilter]: ({ inputs, output }) => depthwise(inputs.dy!, output),
};

/** Multiply-accumulates of one kernel: of a matrix product or a convolution by its shapes, 0 for every other kernel. */
export function macsOf(run: KernelRun): number {
  return Object.hasOwn(COUNTS, run.name) ? COUNTS[run.name]!(run) : 0;
}

/**
 * Runs `f` operation by operation on the engine in use and adds up the multiply-accumulates of the matrix products and
 * convolutions that it really runs; its tensors are disposed. Element-wise products, sums and normalisations are not
 * counted, nor is what a compiled graph does, which is no operation of the tensor library's: count the eager run.
 */
export function countMacs(f: () => void): number {
  const engine: { runKernel: RunKernel } = tf.engine();
  const before = engine.runKernel;
  let total = 0;
  // Some kernels are made of others, which are not to be counted twice.
  let depth = 0;
  engine.runKernel = (name, inputs, attributes) => {
    depth++;
    try {
      const result = before.call(engine, name, inputs, attributes);
      if (depth === 1) total += macsOf(shapesOf(name, inputs, attributes, result));
      return result;
    } finally {
      depth--;
    }
  };
  try {
    tf.tidy(() => {
      f();
    });
  } finally {
    engine.runKernel = before;
  }
  return total;
}

type RunKernel = (name: string, inputs: tf.NamedTensorMap, attributes?: tf.NamedAttrMap) => any;

function shapesOf(
  name: string,
  inputs: tf.NamedTensorMap,
  attributes: tf.NamedAttrMap = {},
  result: tf.Tensor | tf.Tensor[],
): KernelRun {
  const given = Object.entries(inputs).filter(([, tensor]) => tensor != null); // optional ones may be missing
  return {
    name,
    inputs: Object.fromEntries(given.map(([key, { shape }]) => [key, shape])),
    output: [result].flat()[0]?.shape ?? [],
    attributes,
  };
}
