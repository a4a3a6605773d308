import { UserError } from './errors.js';
import type { Init, ParamSpec } from './model.js';
import type { NamedArray, NamedArrays } from './named-array.js';
import { orthogonal } from './nn/orthogonal.js';
import type { Rng } from './rng.js';
import { shown } from './shown.js';

export type { NamedArray, NamedArrays };

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((n, side) => n * side, 1);
}

/** Number of trainable numbers. A stack counts all its layers. */
export function countParams(specs: readonly ParamSpec[]): number {
  return specs.reduce((n, spec) => n + sizeOf(spec.shape), 0);
}

/**
 * Starting values of the parameters, by spec name (stacks stay one array).
 *
 * Each parameter draws from its own stream `rng.split(name)`, so that adding a parameter leaves all others as they were.
 * `source` is the tree that `copy` reads (the online parameters, when an anchor's or a teacher's tree is made); without
 * it, copies are taken from the parameters made here.
 */
export function initParams(specs: readonly ParamSpec[], rng: Rng, source?: NamedArrays): Record<string, NamedArray> {
  const out: Record<string, NamedArray> = {};
  for (const spec of specs) {
    if (spec.init.kind === 'copy') continue;
    out[spec.name] = { shape: [...spec.shape], data: draw(spec.init, spec.shape, rng.split(spec.name)) };
  }
  for (const spec of specs) {
    if (spec.init.kind !== 'copy') continue;
    const from = (source ?? out)[spec.init.of];
    if (from === undefined)
      throw new Error(`parameter ${spec.name} starts as a copy of ${spec.init.of}, which the given tree does not hold`);
    expectShape(spec.name, from, spec.shape);
    out[spec.name] = { shape: [...spec.shape], data: from.data.slice() };
  }
  // The order of the specs, not "copies last": it decides the layout of the optimised vector and of files.
  return Object.fromEntries(specs.map((spec) => [spec.name, out[spec.name]!]));
}

function draw(init: Exclude<Init, { kind: 'copy' }>, shape: readonly number[], rng: Rng): Float32Array {
  const size = sizeOf(shape);
  if (init.kind === 'orthogonal') return orthogonal(shape[0]!, size / shape[0]!, rng);
  const data = new Float32Array(size);
  if (init.kind === 'constant') return data.fill(init.value);
  for (let i = 0; i < size; i++) {
    data[i] = init.kind === 'uniform' ? init.bound * (2 * rng.next() - 1) : init.std * rng.normal();
  }
  return data;
}

/** The names of the official code that the specs stand for, one a layer of a stack. */
export function layerNames(specs: readonly ParamSpec[]): string[] {
  return specs.flatMap((spec) => layersOf(spec).map(({ name }) => name));
}

/**
 * Arrays by spec name → arrays by the names of the official code: `sub.*.q.weight` [K, D, D] becomes `sub.0.q.weight` …
 * of shape [D, D]. Several `*` take the leading axes from left to right. The data are views into the stack.
 */
export function expandStacks(specs: readonly ParamSpec[], tensors: NamedArrays): Record<string, NamedArray> {
  const out: Record<string, NamedArray> = {};
  for (const spec of specs) {
    const whole = tensors[spec.name];
    if (whole === undefined) throw new UserError(`parameter ${shown(spec.name)} is missing; the model expects it`);
    expectShape(spec.name, whole, spec.shape);
    for (const layer of layersOf(spec)) {
      out[layer.name] = { shape: layer.shape, data: whole.data.subarray(layer.from, layer.to) };
    }
  }
  return out;
}

/**
 * The way back: arrays by the names of the official code → arrays by spec name, stacks joined. A missing name, another
 * shape, or (unless `extra` is `ignore`) a name that no spec knows throws a UserError.
 */
export function collapseStacks(
  specs: readonly ParamSpec[],
  named: NamedArrays,
  options: { readonly extra?: 'error' | 'ignore' } = {},
): Record<string, NamedArray> {
  const out: Record<string, NamedArray> = {};
  const known = new Set<string>();
  for (const spec of specs) {
    const data = new Float32Array(sizeOf(spec.shape));
    for (const layer of layersOf(spec)) {
      const part = named[layer.name];
      if (part === undefined) throw new UserError(`parameter ${shown(layer.name)} is missing; the model expects it`);
      expectShape(layer.name, part, layer.shape);
      data.set(part.data, layer.from);
      known.add(layer.name);
    }
    out[spec.name] = { shape: [...spec.shape], data };
  }
  const extra = Object.keys(named).filter((name) => !known.has(name));
  if (extra.length > 0 && options.extra !== 'ignore') {
    throw new UserError(`parameter ${extra.slice(0, 3).join(', ')}: the model has no such parameter`);
  }
  return out;
}

interface Layer {
  readonly name: string;
  readonly shape: readonly number[];
  /** Range in the stack's data. */
  readonly from: number;
  readonly to: number;
}

/** The single parameters that a spec stands for; itself if its name has no `*`. */
function layersOf(spec: ParamSpec): Layer[] {
  const axes = spec.name.split('*').length - 1;
  if (axes > spec.shape.length)
    throw new Error(`parameter ${spec.name} has ${axes} stacked axes but the shape [${spec.shape}]`);
  const shape = spec.shape.slice(axes);
  const size = sizeOf(shape);
  let names = [spec.name];
  for (let axis = 0; axis < axes; axis++) {
    const count = spec.shape[axis]!;
    names = names.flatMap((name) => Array.from({ length: count }, (_, i) => name.replace('*', String(i))));
  }
  return names.map((name, i) => ({ name, shape, from: i * size, to: (i + 1) * size }));
}

function expectShape(name: string, found: NamedArray, shape: readonly number[]): void {
  const same = found.shape.length === shape.length && found.shape.every((side, i) => side === shape[i]);
  if (!same || found.data.length !== sizeOf(shape)) {
    throw new UserError(
      `parameter ${shown(name)} has shape [${found.shape.join(', ')}] and ${found.data.length} values, the model expects [${shape.join(', ')}]; was it saved with another configuration?`,
    );
  }
}
