import { tf } from '../engine/index.js';
import type { ParamSpec, Params } from '../model.js';
import { type NamedArray, type NamedArrays, sizeOf } from '../params.js';

/** Where each parameter stands in one flat vector, so that optimisers and averages are a handful of operations. */
export interface Layout {
  readonly specs: readonly ParamSpec[];
  readonly sizes: readonly number[];
  readonly total: number;
}

export function layoutOf(specs: readonly ParamSpec[]): Layout {
  const sizes = specs.map((s) => sizeOf(s.shape));
  return { specs, sizes, total: sizes.reduce((a, b) => a + b, 0) };
}

/** Arrays by name → one vector in the layout's order. */
export function pack(layout: Layout, arrays: NamedArrays): Float32Array {
  const flat = new Float32Array(layout.total);
  let at = 0;
  layout.specs.forEach((spec, i) => {
    flat.set(arrays[spec.name]!.data, at);
    at += layout.sizes[i]!;
  });
  return flat;
}

/** The way back, copies. */
export function unpack(layout: Layout, flat: Float32Array): Record<string, NamedArray> {
  const out: Record<string, NamedArray> = {};
  let at = 0;
  layout.specs.forEach((spec, i) => {
    out[spec.name] = { shape: [...spec.shape], data: flat.slice(at, at + layout.sizes[i]!) };
    at += layout.sizes[i]!;
  });
  return out;
}

/** A flat tensor [P] → tensors by name. Call inside `tidy`. */
export function unflatten(layout: Layout, flat: tf.Tensor): Params {
  const parts = layout.specs.length === 1 ? [flat] : tf.split(flat, [...layout.sizes], 0);
  return Object.fromEntries(layout.specs.map((s, i) => [s.name, tf.reshape(parts[i]!, [...s.shape])]));
}

/** As `unflatten`, but each tensor is cut out when it is asked for: cheap where only a few are read. No gradient. */
export function unflattenLazily(layout: Layout, flat: tf.Tensor): Params {
  const out: Record<string, tf.Tensor> = {};
  let at = 0;
  layout.specs.forEach((spec, i) => {
    const [begin, size] = [at, layout.sizes[i]!];
    Object.defineProperty(out, spec.name, {
      enumerable: true,
      get: () => tf.reshape(tf.slice(flat, [begin], [size]), [...spec.shape]),
    });
    at += size;
  });
  return out;
}

/** Tensors by name → one flat tensor [P]; a missing one counts as zeros. Call inside `tidy`. */
export function flatten(layout: Layout, params: Readonly<Record<string, tf.Tensor | undefined>>): tf.Tensor1D {
  const parts = layout.specs.map((s, i) => {
    const t = params[s.name];
    return t ? tf.reshape(t, [layout.sizes[i]!]) : tf.zeros([layout.sizes[i]!]);
  });
  return (parts.length === 1 ? parts[0]! : tf.concat(parts)) as tf.Tensor1D;
}
