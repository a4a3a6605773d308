import type { Rng } from '@asmil/core';
import { boundary, chance, pick } from './mutate.js';
import { anyCount, anyText, flood, sample } from './text-input.js';
import { HOSTILE_NAMES } from './zip-input.js';

/** A `.npy` file whose header need not fit its numbers. */
export function npyFile(rng: Rng): Uint8Array {
  const descr = pick(rng, [
    '<f4',
    '>f8',
    '|u1',
    '<i8',
    '<f2',
    '|O',
    '<c8',
    '<U9',
    '|b1',
    '<f3',
    '<f99',
    sample(rng, anyText),
  ]);
  const order = pick(rng, ['True', 'False', 'true', '1', sample(rng, anyText)]);
  const sides = Array.from({ length: chance(rng, 0.03) ? 4000 : rng.int(4) }, () =>
    chance(rng, 0.6) ? rng.int(9) : boundary(rng),
  );
  const text = chance(rng, 0.03)
    ? flood("'shape': (", rng)
    : `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${sides.join(', ')}${pick(rng, ['', ',', 'L,'])}), }\n`;
  const header = Buffer.from(text, 'latin1');
  const version = chance(rng, 0.9) ? 1 + rng.int(3) : rng.int(256);
  const head = Buffer.alloc(version === 1 ? 10 : 12);
  head.write('\x93NUMPY', 'latin1');
  head[6] = version;
  const length = chance(rng, 0.9) ? header.length : rng.int(2 ** 32);
  if (version === 1) head.writeUInt16LE(length % 2 ** 16, 8);
  else head.writeUInt32LE(length, 8);
  // Often the very number of bytes that the shape asks for.
  const wanted = sides.reduce((product, side) => product * side, Number(/\d+$/.exec(descr)?.[0] ?? 4));
  const size = chance(rng, 0.7) && wanted >= 0 && wanted < 1e4 ? wanted : rng.int(300);
  return Buffer.concat([head, header, Buffer.alloc(size, rng.int(256))]);
}

const DTYPES = ['F32', 'F16', 'BF16', 'F64', 'I64', 'I32', 'U8', 'BOOL', 'F8_E4M3', '__proto__'];
const NAMES = ['features', 'coords', 'label', 'inst_labels', 'weight', ...HOSTILE_NAMES];

/** A `.safetensors` file of tensors that lie anyhow, with `metadata` in its header. */
export function safetensorsFile(rng: Rng, metadata?: (names: readonly string[]) => string): Uint8Array {
  const header: [string, unknown][] = [];
  let end = 0;
  for (let k = rng.int(4); k >= 0; k--) {
    const sound = chance(rng, 0.7);
    const shape = Array.from({ length: rng.int(4) }, () => (sound ? 1 + rng.int(5) : anyCount(rng)));
    const bytes = sound ? shape.reduce<number>((product, side) => product * (side as number), 4) : rng.int(99);
    const offsets = chance(rng, 0.9) ? [end, end + bytes] : [anyCount(rng), anyCount(rng)];
    end += bytes;
    header.push([pick(rng, NAMES), { dtype: sound ? 'F32' : pick(rng, DTYPES), shape, data_offsets: offsets }]);
  }
  const named = header.map(([name]) => name);
  if (metadata) header.push(['__metadata__', { asmil: metadata(named) }]);
  else if (chance(rng, 0.3)) header.push(['__metadata__', chance(rng, 0.5) ? { label: '1' } : anyCount(rng)]);
  // Written by hand, so that a name may be `__proto__` or stand twice.
  let json = `{${header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
  if (chance(rng, 0.04)) json = `{"a":${flood(pick(rng, ['[', '{"a":', '[],', '1,']), rng)}`;
  if (chance(rng, 0.02))
    json = `{${Array.from({ length: 2 ** (6 + rng.int(9)) }, (_, k) => `"t${k}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`).join(',')}}`;
  const head = Buffer.from(json);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(chance(rng, 0.95) ? head.length : rng.int(2 ** 31)));
  return Buffer.concat([length, head, Buffer.alloc(end, chance(rng, 0.5) ? 0 : 63)]);
}

/** The description in a checkpoint, of parameters that the file may lack or hold otherwise. */
export function checkpointText(rng: Rng, names: readonly string[]): string {
  const params = names.map((name) => [
    chance(rng, 0.8) ? name : pick(rng, ['*', 'a.*.*', 'constructor', 'shape', '__proto__', 'toString']),
    Array.from({ length: rng.int(3) }, () => anyCount(rng)),
  ]);
  const description: Record<string, unknown> = {
    format: chance(rng, 0.95) ? 1 : anyCount(rng),
    model: { name: 'abmil', version: 1, config: chance(rng, 0.9) ? {} : null },
    dims: { input: chance(rng, 0.9) ? 8 : anyCount(rng), classes: chance(rng, 0.9) ? 2 : anyCount(rng) },
    params: chance(rng, 0.9) ? params : anyCount(rng),
    trees: chance(rng, 0.7) ? {} : { anchor: params, constructor: params },
    meta: {},
  };
  if (chance(rng, 0.1)) delete description[pick(rng, Object.keys(description))];
  if (chance(rng, 0.03)) return `{"format":1,"params":[${flood('1,', rng)}1]}`;
  return JSON.stringify(description);
}
