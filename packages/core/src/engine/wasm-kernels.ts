import * as tf from '@tensorflow/tfjs-core';

/** What a kernel of the WebAssembly backend uses of it; internal to tfjs-backend-wasm. */
interface WasmBackend {
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  typedArrayFromHeap(t: tf.TensorInfo): Float32Array | Int32Array | Uint8Array;
}

let replaced = false;

/**
 * Replaces the backend's Slice and SplitV. The ones that come with it copy the whole tensor out of the heap for every
 * piece, which makes splitting a flat parameter vector the slowest part of a training step; these copy the piece alone.
 */
export function replaceWasmSlices(): void {
  if (replaced) return;
  replaced = true;
  const original = tf.getKernel('Slice', 'wasm');
  const slice = (backend: object, x: tf.TensorInfo, begin: number[], size: number[]): tf.TensorInfo => {
    const [from, extent] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size) as [number[], number[]];
    if (x.dtype === 'string' || !tf.slice_util.isSliceContinous(x.shape, from, extent)) {
      return original.kernelFunc({ inputs: { x }, attrs: { begin, size } as any, backend }) as tf.TensorInfo;
    }
    const wasm = backend as WasmBackend;
    const out = wasm.makeOutput(extent, x.dtype);
    const at = tf.slice_util.computeFlatOffset(from, tf.util.computeStrides(x.shape));
    // Both views are made after the allocation, which may move the heap.
    wasm.typedArrayFromHeap(out).set(wasm.typedArrayFromHeap(x).subarray(at, at + tf.util.sizeFromShape(extent)));
    return out;
  };
  const register = (kernelName: string, kernelFunc: tf.KernelFunc): void => {
    tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc });
  };
  register('Slice', ({ inputs, attrs, backend }) => {
    const { begin, size } = attrs as unknown as { begin: number[]; size: number[] };
    return slice(backend, inputs.x!, begin, size);
  });
  register('SplitV', ({ inputs, attrs, backend }) => {
    const { numOrSizeSplits, axis } = attrs as unknown as { numOrSizeSplits: number | number[]; axis: number };
    const x = inputs.x!;
    const along = tf.util.parseAxisParam(axis, x.shape)[0]!;
    const begin = x.shape.map(() => 0);
    return tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, along).map((extent) => {
      const size = [...x.shape];
      size[along] = extent;
      const piece = slice(backend, x, begin, size);
      begin[along]! += extent;
      return piece;
    });
  });
}
