import type { Attribute, ConstNode, OpNode, Trace } from './trace.js';

/** A constant whose integers follow the free size: element i is base[i] + slope[i]·N. */
export interface SizeNode {
  readonly kind: 'size';
  readonly shape: readonly number[];
  readonly base: Int32Array;
  readonly slope: Int32Array;
}

/** A constant filled with one value, whose shape follows the free size. */
export interface FillNode {
  readonly kind: 'fill';
  readonly dtype: number;
  /** One element. */
  readonly value: Uint8Array;
  readonly base: Int32Array;
  readonly slope: Int32Array;
}

/** A trace that holds for every size of one free axis; `null` in an input's shape marks it. */
export interface GeneralTrace {
  readonly inputs: readonly { name: string; dtype: number; shape: readonly (number | null)[] }[];
  readonly nodes: readonly (OpNode | ConstNode | SizeNode | FillNode)[];
  readonly outputs: Trace['outputs'];
}

/**
 * One trace for every bag size from two traces at sizes `a` and `b`: both must hold the same operations, and where a
 * constant differs, its integers have to be linear in N (a shape to reshape to, the extent of a slice) or it has to be one
 * value in a shape that is (ones for a gradient). Throws an Error that names the first thing that follows N in another way.
 */
export function generalise(first: Trace, a: number, second: Trace, b: number): GeneralTrace {
  const linear = (va: number, vb: number): { base: number; slope: number } => {
    const slope = (vb - va) / (b - a);
    if (!Number.isInteger(slope))
      throw new Error(`a size of ${va} at N = ${a} and ${vb} at N = ${b} is not linear in N`);
    return { base: va - slope * a, slope };
  };
  const linearAll = (xs: readonly number[], ys: readonly number[]): { base: Int32Array; slope: Int32Array } => {
    if (xs.length !== ys.length) throw new Error(`the rank of a constant changes with N`);
    const pairs = xs.map((x, i) => linear(x, ys[i]!));
    return { base: Int32Array.from(pairs, (p) => p.base), slope: Int32Array.from(pairs, (p) => p.slope) };
  };
  if (first.nodes.length !== second.nodes.length) {
    throw new Error(`${first.nodes.length} operations at N = ${a} but ${second.nodes.length} at N = ${b}`);
  }
  const nodes = first.nodes.map((x, i): GeneralTrace['nodes'][number] => {
    const y = second.nodes[i]!;
    if (x.kind === 'op' || y.kind === 'op') {
      if (x.kind !== 'op' || y.kind !== 'op' || x.op !== y.op || x.inputs.join() !== y.inputs.join()) {
        throw new Error(`operation ${i} differs between N = ${a} and N = ${b}`);
      }
      if (!sameAttributes(x.attributes, y.attributes)) throw new Error(`an attribute of ${x.op} follows N`);
      return x;
    }
    if (x.dtype !== y.dtype) throw new Error(`the type of constant ${i} follows N`);
    if (Buffer.compare(x.data, y.data) === 0 && x.shape.join() === y.shape.join()) return x;
    if (x.shape.join() === y.shape.join() && x.dtype === TF_INT32) {
      return { kind: 'size', shape: x.shape, ...linearAll(ints(x.data), ints(y.data)) };
    }
    const value = uniform(x);
    const other = uniform(y);
    if (value && other && Buffer.compare(value, other) === 0) {
      return { kind: 'fill', dtype: x.dtype, value, ...linearAll(x.shape, y.shape) };
    }
    throw new Error(`constant ${i} of shape [${x.shape}] holds values that follow N`);
  });
  const inputs = first.inputs.map((input, i) => ({
    ...input,
    shape: input.shape.map((s, axis) => (second.inputs[i]!.shape[axis] === s ? s : null)),
  }));
  return { inputs, nodes, outputs: first.outputs };
}

/** TF_DataType of int32. */
const TF_INT32 = 3;

function ints(data: Uint8Array): number[] {
  return Array.from(new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4));
}

/** The one element that a constant repeats, or undefined. */
function uniform(node: ConstNode): Uint8Array | undefined {
  const count = node.shape.reduce((n, s) => n * s, 1);
  if (count === 0) return undefined;
  const width = node.data.length / count;
  const first = node.data.subarray(0, width);
  for (let at = width; at < node.data.length; at += width) {
    if (Buffer.compare(first, node.data.subarray(at, at + width)) !== 0) return undefined;
  }
  return first;
}

function sameAttributes(a: readonly Attribute[], b: readonly Attribute[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
