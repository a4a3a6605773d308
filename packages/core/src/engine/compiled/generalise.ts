import { type Fit, fit, type Linear } from './linear.js';
import type { Attribute, ConstNode, OpNode, Trace } from './trace.js';

/** A constant whose integers follow the free sizes. */
export interface SizeNode {
  readonly kind: 'size';
  readonly shape: readonly number[];
  readonly values: readonly Linear[];
}

/** A constant filled with one value, whose shape follows the free sizes. */
export interface FillNode {
  readonly kind: 'fill';
  readonly dtype: number;
  /** One element. */
  readonly value: Uint8Array;
  readonly shape: readonly Linear[];
}

/** A trace that holds for every size of its free axes; `null` in an input's shape marks them. */
export interface GeneralTrace {
  readonly inputs: readonly { name: string; dtype: number; shape: readonly (number | null)[] }[];
  readonly nodes: readonly (OpNode | ConstNode | SizeNode | FillNode)[];
  readonly outputs: Trace['outputs'];
}

/**
 * One trace for every bag size from traces at a few: all must hold the same operations, and where a constant differs, its
 * integers have to be linear in the sizes (a shape to reshape to, the extent of a slice) or it has to be one value in a
 * shape that is (ones for a gradient). `points[i]` are the sizes of trace i. Throws an Error that names the first thing
 * that follows the sizes in another way.
 */
export function generalise(traces: readonly Trace[], points: readonly (readonly number[])[]): GeneralTrace {
  const law = fit(points);
  const [first, ...others] = traces as [Trace, ...Trace[]];
  for (const other of others) {
    if (other.nodes.length !== first.nodes.length) {
      throw new Error(
        `${first.nodes.length} operations at N = ${points[0]![0]} but ${other.nodes.length} at another size`,
      );
    }
  }
  const nodes = first.nodes.map((x, i): GeneralTrace['nodes'][number] => {
    const same = others.map((t) => t.nodes[i]!);
    if (x.kind === 'op') {
      for (const y of same) checkSameOperation(x, y, i);
      return x;
    }
    return generalConstant(x, same, i, law);
  });
  const inputs = first.inputs.map((input, i) => ({
    ...input,
    shape: input.shape.map((s, axis) => (others.every((t) => t.inputs[i]!.shape[axis] === s) ? s : null)),
  }));
  return { inputs, nodes, outputs: first.outputs };
}

function checkSameOperation(x: OpNode, y: OpNode | ConstNode, i: number): void {
  if (y.kind !== 'op' || x.op !== y.op || x.inputs.join() !== y.inputs.join()) {
    throw new Error(`operation ${i} (${x.op}) differs between bag sizes`);
  }
  if (!sameAttributes(x.attributes, y.attributes)) throw new Error(`an attribute of ${x.op} follows the bag size`);
}

function generalConstant(
  x: ConstNode,
  same: readonly (OpNode | ConstNode)[],
  i: number,
  law: Fit,
): ConstNode | SizeNode | FillNode {
  const all = [x, ...same];
  if (!all.every((y): y is ConstNode => y.kind === 'const')) throw new Error(`constant ${i} is none at other sizes`);
  if (all.some((y) => y.dtype !== x.dtype)) throw new Error(`the type of constant ${i} follows the bag size`);
  const equalShapes = all.every((y) => y.shape.join() === x.shape.join());
  if (equalShapes && all.every((y) => Buffer.compare(x.data, y.data) === 0)) return x;
  if (equalShapes && x.dtype === TF_INT32) {
    return { kind: 'size', shape: x.shape, values: columns(all.map((y) => ints(y.data))).map((v) => law.of(v)) };
  }
  const value = uniform(x);
  if (value && all.every((y) => sameBytes(uniform(y), value)) && all.every((y) => y.shape.length === x.shape.length)) {
    return { kind: 'fill', dtype: x.dtype, value, shape: columns(all.map((y) => y.shape)).map((v) => law.of(v)) };
  }
  throw new Error(`constant ${i} of shape [${x.shape}] holds values that follow the bag size`);
}

/** TF_DataType of int32. */
const TF_INT32 = 3;

function columns(rows: readonly (readonly number[])[]): number[][] {
  return rows[0]!.map((_, i) => rows.map((row) => row[i]!));
}

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

function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}

function sameAttributes(a: readonly Attribute[], b: readonly Attribute[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
