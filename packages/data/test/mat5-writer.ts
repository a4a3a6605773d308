import { deflateSync } from 'node:zlib';

/** A MATLAB level-5 file with numeric matrices (values column-major), for tests of the reader. */
export function mat5(
  variables: Readonly<Record<string, { rows: number; columns: number; values: readonly number[]; type?: 2 | 9 }>>,
  compressed = false,
): Buffer {
  const header = Buffer.alloc(128, ' ');
  header.write('\x00\x01IM', 124, 'latin1');
  const matrices = Object.entries(variables).map(([name, { rows, columns, values, type = 9 }]) => {
    const shape = Buffer.alloc(8);
    shape.writeInt32LE(rows, 0);
    shape.writeInt32LE(columns, 4);
    const data = type === 2 ? Buffer.from(values) : Buffer.from(Float64Array.from(values).buffer);
    const flags = Buffer.from([6, 0, 0, 0, 0, 0, 0, 0]);
    const matrix = element(14, Buffer.concat([element(6, flags), element(5, shape), text(name), element(type, data)]));
    return compressed ? unpadded(15, deflateSync(matrix)) : matrix;
  });
  return Buffer.concat([header, ...matrices]);
}

/** Names of up to four letters are written as small elements, as MATLAB does. */
function text(name: string): Buffer {
  if (name.length > 4) return element(1, Buffer.from(name));
  const small = Buffer.alloc(8);
  small.writeUInt16LE(1, 0);
  small.writeUInt16LE(name.length, 2);
  small.write(name, 4);
  return small;
}

function element(type: number, data: Buffer): Buffer {
  return Buffer.concat([unpadded(type, data), Buffer.alloc((8 - (data.length % 8)) % 8)]);
}

function unpadded(type: number, data: Buffer): Buffer {
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type, 0);
  tag.writeUInt32LE(data.length, 4);
  return Buffer.concat([tag, data]);
}
