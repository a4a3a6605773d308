import type { FillNode, GeneralTrace, SizeNode } from './generalise.js';
import type { Linear } from './linear.js';
import { ProtoWriter } from './proto.js';
import { type Attribute, type ConstNode, nativeBackend, type OpNode } from './trace.js';

/** Name of the placeholder that carries the free sizes, int32 [1, S]. */
export const SIZE_INPUT = 'free_sizes';

/** TF_DataType of int32; the numbers of the C interface and of the protocol buffers are the same. */
const INT32 = 3;

/** A trace as a SavedModel file: placeholders `in_<i>`, results `out_<i>`. */
export function savedModel(t: GeneralTrace): Buffer {
  const graph = new ProtoWriter();
  const node = (
    name: string,
    op: string,
    inputs: readonly string[],
    attributes: readonly [string, ProtoWriter][],
  ): void => {
    const def = new ProtoWriter().bytes(1, name).bytes(2, op);
    for (const input of inputs) def.bytes(3, input);
    for (const [key, value] of attributes) def.message(5, new ProtoWriter().bytes(1, key).message(2, value));
    graph.message(1, def);
  };
  const refs = new Map(t.inputs.map((input, i) => [`in:${input.name}`, `in_${i}:0`]));
  const resolve = (ref: string): string => refs.get(ref) ?? ref;

  t.inputs.forEach((input, i) => {
    node(
      `in_${i}`,
      'Placeholder',
      [],
      [
        ['dtype', type(input.dtype)],
        ['shape', new ProtoWriter().message(7, shape(input.shape))],
      ],
    );
  });
  const free = t.inputs.some((input) => input.shape.includes(null));
  if (free)
    node(
      SIZE_INPUT,
      'Placeholder',
      [],
      [
        ['dtype', type(INT32)],
        ['shape', new ProtoWriter().message(7, shape([1, null]))],
      ],
    );

  t.nodes.forEach((n, i) => {
    const name = `n${i}`;
    if (n.kind === 'op')
      node(
        name,
        n.op,
        n.inputs.map(resolve),
        n.attributes.map((a) => [a.name, attribute(a)]),
      );
    else if (n.kind === 'const') constant(node, name, n);
    else if (n.kind === 'size') size(node, name, n);
    else fill(node, name, n);
  });
  t.outputs.forEach((output, i) => {
    node(`out_${i}`, 'Identity', [resolve(output.ref)], [['T', type(output.dtype)]]);
  });
  graph.message(4, new ProtoWriter().int(1, 1882)); // producer version of the graph format
  const meta = new ProtoWriter().message(1, new ProtoWriter().bytes(4, 'serve').bytes(5, '2.21.0')).message(2, graph);
  return new ProtoWriter().int(1, 1).message(2, meta).finish();
}

type AddNode = (
  name: string,
  op: string,
  inputs: readonly string[],
  attributes: readonly [string, ProtoWriter][],
) => void;

function constant(node: AddNode, name: string, c: Omit<ConstNode, 'kind'>): void {
  const tensor = new ProtoWriter().int(1, c.dtype).message(2, shape(c.shape)).bytes(4, c.data);
  node(
    name,
    'Const',
    [],
    [
      ['dtype', type(c.dtype)],
      ['value', new ProtoWriter().message(8, tensor)],
    ],
  );
}

/**
 * base + Σ slope_j·size_j, elementwise. Slopes lie as [elements, S]; where all but one size have none, or the constant is
 * for one size alone, this is still one product and one sum.
 */
function size(node: AddNode, name: string, n: Pick<SizeNode, 'shape' | 'values'>): void {
  const bytes = (v: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(v).buffer);
  const int32: [string, ProtoWriter] = ['T', type(INT32)];
  const count = n.values.length;
  const sizes = n.values[0]?.slopes.length ?? 1;
  constant(node, `${name}/slopes`, {
    dtype: INT32,
    shape: [count, sizes],
    data: bytes(n.values.flatMap(({ slopes }) => slopes)),
  });
  constant(node, `${name}/base`, { dtype: INT32, shape: n.shape, data: bytes(n.values.map(({ base }) => base)) });
  constant(node, `${name}/last`, { dtype: INT32, shape: [1], data: bytes([1]) });
  node(`${name}/scaled`, 'Mul', [`${name}/slopes`, SIZE_INPUT], [int32]);
  node(`${name}/sum`, 'Sum', [`${name}/scaled`, `${name}/last`], [int32, ['Tidx', type(INT32)]]);
  // A scalar constant still has one element here.
  const flat = n.shape.length === 1 ? `${name}/sum` : `${name}/flat`;
  if (n.shape.length !== 1) {
    constant(node, `${name}/shape`, { dtype: INT32, shape: [n.shape.length], data: bytes(n.shape) });
    node(flat, 'Reshape', [`${name}/sum`, `${name}/shape`], [int32, ['Tshape', type(INT32)]]);
  }
  node(name, 'AddV2', [flat, `${name}/base`], [int32]);
}

function fill(node: AddNode, name: string, n: FillNode): void {
  size(node, `${name}/extent`, { shape: [n.shape.length], values: n.shape satisfies readonly Linear[] });
  constant(node, `${name}/value`, { dtype: n.dtype, shape: [], data: n.value });
  node(
    name,
    'Fill',
    [`${name}/extent`, `${name}/value`],
    [
      ['T', type(n.dtype)],
      ['index_type', type(INT32)],
    ],
  );
}

function type(dtype: number): ProtoWriter {
  return new ProtoWriter().int(6, dtype);
}

function shape(sizes: readonly (number | null)[]): ProtoWriter {
  const w = new ProtoWriter();
  for (const s of sizes) w.message(2, new ProtoWriter().int(1, s ?? -1));
  return w;
}

function attribute(a: Attribute): ProtoWriter {
  const { binding } = nativeBackend();
  const w = new ProtoWriter();
  const list = Array.isArray(a.value) ? (a.value as unknown[]) : undefined;
  switch (a.type) {
    case binding.TF_ATTR_TYPE:
      return w.int(6, a.value as number);
    case binding.TF_ATTR_BOOL:
      return w.int(5, a.value ? 1 : 0);
    case binding.TF_ATTR_FLOAT:
      return w.float(4, a.value as number);
    case binding.TF_ATTR_INT: {
      if (!list) return w.int(3, a.value as number);
      const items = new ProtoWriter();
      for (const v of list) items.int(3, v as number);
      return w.message(1, items);
    }
    case binding.TF_ATTR_STRING: {
      if (!list) return w.bytes(2, a.value as string);
      const items = new ProtoWriter();
      for (const v of list) items.bytes(2, v as string);
      return w.message(1, items);
    }
    case binding.TF_ATTR_SHAPE:
      return w.message(7, shape(a.value as number[]));
    default:
      throw new Error(`attribute ${a.name} of type ${a.type} cannot be written into a graph`);
  }
}

export type { OpNode };
