/** Writes small ONNX models: the few messages of onnx.proto that they need (IR version 8, operator set 13). */

type Bytes = Buffer;
const varint = (value: number): Bytes => {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128);
  return Buffer.from([...out, rest]);
};
const field = (number: number, wire: number, ...parts: Bytes[]): Bytes =>
  Buffer.concat([varint(number * 8 + wire), ...parts]);
const int = (number: number, value: number): Bytes => field(number, 0, varint(value));
const bytes = (number: number, value: Bytes | string): Bytes =>
  field(number, 2, varint(Buffer.from(value).length), Buffer.from(value));
const message = (number: number, ...parts: Bytes[]): Bytes => bytes(number, Buffer.concat(parts));

export const FLOAT = 1;
export const FLOAT16 = 10;

export type Dim = number | string;

/** ValueInfoProto as field `number` of the graph: 11 for an input, 12 for an output. */
export const value = (number: 11 | 12, name: string, shape: readonly Dim[], type = FLOAT): Bytes =>
  message(
    number,
    bytes(1, name),
    message(
      2,
      message(
        1,
        int(1, type),
        message(2, ...shape.map((dim) => message(1, typeof dim === 'number' ? int(1, dim) : bytes(2, dim)))),
      ),
    ),
  );

/** NodeProto; attributes are whole numbers. */
export const node = (
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number>> = {},
): Bytes =>
  message(
    1,
    ...inputs.map((name) => bytes(1, name)),
    bytes(2, output),
    bytes(4, operator),
    ...Object.entries(attributes).map(([name, at]) => message(5, bytes(1, name), int(3, at), int(20, 2))),
  );

/** TensorProto of float32. */
export const weights = (name: string, shape: readonly number[], values: readonly number[]): Bytes =>
  message(
    5,
    ...shape.map((side) => int(1, side)),
    int(2, FLOAT),
    bytes(8, name),
    bytes(9, Buffer.from(Float32Array.from(values).buffer)),
  );

/** TensorProto of int64 [n]. */
export const whole = (name: string, values: readonly number[]): Bytes =>
  message(
    5,
    int(1, values.length),
    int(2, 7),
    bytes(8, name),
    bytes(9, Buffer.from(BigInt64Array.from(values, BigInt).buffer)),
  );

/** ModelProto of a graph's parts. */
export const model = (...parts: Bytes[]): Bytes =>
  Buffer.concat([
    int(1, 8),
    bytes(2, 'asmil'),
    message(7, bytes(2, 'encoder'), ...parts),
    message(8, bytes(1, ''), int(2, 13)),
  ]);
