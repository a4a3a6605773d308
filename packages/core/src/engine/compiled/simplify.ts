import type { ConstNode, OpNode, Trace } from './trace.js';

/**
 * The same function with fewer operations: what tfjs's gradients leave behind (a reshape to the shape that is there, a cast
 * to the type that is there, a product with 1, the same thing twice, results that nobody reads) goes. Every number stays the
 * same, bit by bit. Takes the traces of one function at several sizes, since a reshape that does nothing at one size may do
 * something at another; all come back with the same operations left out.
 */
export function simplify(traces: readonly Trace[]): Trace[] {
  const [first, ...others] = traces as [Trace, ...Trace[]];
  if (others.some((t) => t.nodes.length !== first.nodes.length)) return [...traces];
  const shapes = traces.map(shapesOf);
  const same = (a: string, b: string): boolean => shapes.every((of) => of.get(a)?.join() === of.get(b)?.join());
  const alias = new Map<string, string>();
  const resolve = (ref: string): string => alias.get(ref) ?? ref;
  const known = new Map<string, number>();
  /** Inputs of the operations that stay. */
  const rewired = new Map<number, readonly string[]>();

  first.nodes.forEach((node, i) => {
    const all = traces.map((t) => t.nodes[i]!);
    if (all.some((n) => n.kind !== node.kind)) return;
    if (node.kind === 'const') {
      const key = all.map((n) => constantKey(n as ConstNode)).join('|');
      const twin = known.get(key);
      if (twin === undefined) known.set(key, i);
      else alias.set(`n${i}:0`, `n${twin}:0`);
      return;
    }
    const out = `n${i}:0`;
    let inputs = node.inputs.map(resolve);
    const source = passedThrough(node, inputs, out, same, (ref) => constantAt(first, ref));
    if (source !== undefined) {
      alias.set(out, source);
      return;
    }
    if (node.op === 'Reshape') inputs = [beforeReshapes(first, inputs[0]!, rewired), inputs[1]!];
    rewired.set(i, inputs);
    const key = `${node.op} ${inputs.join()} ${JSON.stringify(node.attributes)}`;
    const twin = known.get(key);
    if (twin === undefined || !same(out, `n${twin}:0`)) known.set(key, i);
    else for (let k = 0; k < node.shapes.length; k++) alias.set(`n${i}:${k}`, `n${twin}:${k}`);
  });
  return traces.map((t) => prune(t, rewired, resolve));
}

/** The input that an operation hands on unchanged, if it does. */
function passedThrough(
  node: OpNode,
  inputs: readonly string[],
  out: string,
  same: (a: string, b: string) => boolean,
  constant: (ref: string) => ConstNode | undefined,
): string | undefined {
  const [a, b] = inputs;
  if (node.op === 'Reshape' && same(a!, out)) return a;
  if (node.op === 'Cast') {
    const [from, to] = ['SrcT', 'DstT'].map((name) => node.attributes.find((x) => x.name === name)?.value);
    if (from === to && from !== undefined) return a;
  }
  if (node.op === 'Mul') {
    if (isOnes(constant(b!)) && same(a!, out)) return a;
    if (isOnes(constant(a!)) && same(b!, out)) return b;
  }
  return undefined;
}

/** A reshape of a reshape reads what the first one read. */
function beforeReshapes(t: Trace, ref: string, rewired: ReadonlyMap<number, readonly string[]>): string {
  const at = indexOf(ref);
  const node = at === undefined ? undefined : t.nodes[at];
  if (node?.kind !== 'op' || node.op !== 'Reshape') return ref;
  return (rewired.get(at!) ?? node.inputs)[0]!;
}

/** The trace with new inputs and without what no output needs; numbers of nodes close up. */
function prune(t: Trace, rewired: ReadonlyMap<number, readonly string[]>, resolve: (ref: string) => string): Trace {
  const inputsOf = (i: number): readonly string[] => {
    const node = t.nodes[i]!;
    return node.kind === 'op' ? (rewired.get(i) ?? node.inputs) : [];
  };
  const needed = new Set<number>();
  const open = t.outputs.map((o) => resolve(o.ref));
  while (open.length > 0) {
    const at = indexOf(open.pop()!);
    if (at === undefined || needed.has(at)) continue;
    needed.add(at);
    open.push(...inputsOf(at));
  }
  const order = [...needed].sort((a, b) => a - b);
  const places = new Map(order.map((old, i) => [old, i]));
  const renamed = (ref: string): string => {
    const at = indexOf(ref);
    return at === undefined ? ref : ref.replace(/^n\d+/, `n${places.get(at)}`);
  };
  return {
    inputs: t.inputs,
    nodes: order.map((i) => {
      const node = t.nodes[i]!;
      return node.kind === 'op' ? { ...node, inputs: inputsOf(i).map(renamed) } : node;
    }),
    outputs: t.outputs.map((o) => ({ ...o, ref: renamed(resolve(o.ref)) })),
  };
}

function shapesOf(t: Trace): Map<string, readonly number[]> {
  const shapes = new Map(t.inputs.map((input): [string, readonly number[]] => [`in:${input.name}`, input.shape]));
  t.nodes.forEach((node, i) => {
    const all = node.kind === 'op' ? node.shapes : [node.shape];
    all.forEach((shape, k) => {
      shapes.set(`n${i}:${k}`, shape);
    });
  });
  return shapes;
}

/** The number of the node that a reference names; undefined for an input. */
function indexOf(ref: string): number | undefined {
  const match = /^n(\d+):/.exec(ref);
  return match ? Number(match[1]) : undefined;
}

function constantAt(t: Trace, ref: string): ConstNode | undefined {
  const at = indexOf(ref);
  const node = at === undefined ? undefined : t.nodes[at];
  return node?.kind === 'const' ? node : undefined;
}

function constantKey(c: ConstNode): string {
  return `${c.dtype} ${c.shape.join()} ${Buffer.from(c.data.buffer, c.data.byteOffset, c.data.byteLength).toString('latin1')}`;
}

/** TF_DataType of float32. */
const TF_FLOAT = 1;

function isOnes(c: ConstNode | undefined): boolean {
  if (!c || c.dtype !== TF_FLOAT) return false;
  const values = new Float32Array(c.data.buffer, c.data.byteOffset, c.data.byteLength / 4);
  return values.length > 0 && values.every((v) => v === 1);
}
