import type { Rng } from '@asmil/core';
import { zip } from '../zip.js';
import { BOUNDARIES, chance, pick } from './mutate.js';
import { HOSTILE_NAMES } from './zip-input.js';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const u32 = (value: number): Buffer => {
  const field = Buffer.alloc(4);
  field.writeUInt32LE(value >>> 0);
  return field;
};
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([latin('X'), u32(bytes.length), bytes]);
};
const long = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return Buffer.concat([latin('\x8a\x09'), bytes]);
};
const int = (value: number): Buffer => Buffer.concat([latin('J'), u32(value)]);

/** What a pickle would have Python run: a file of this name in the working folder would prove it. */
export const CANARY = 'canary';
const COMMAND = `touch ${CANARY}`;
const CALLS = [
  'os\nsystem',
  'posix\nsystem',
  'subprocess\nPopen',
  'builtins\neval',
  'builtins\nexec',
  'builtins\ngetattr',
  'torch\nload',
  'torch.hub\nload',
  'child_process\nexecSync',
  '__proto__\nconstructor',
  'constructor\nconstructor',
  'globalThis\nFunction',
] as const;
const ALLOWED = ['torch._utils\n_rebuild_tensor_v2', 'torch._utils\n_rebuild_parameter', 'collections\nOrderedDict'];
const STORAGES = ['FloatStorage', 'HalfStorage', 'LongStorage', 'BoolStorage', 'ComplexFloatStorage', '__proto__'];

const OPCODES = '.(N\x88\x89}])\x85\x86\x87tae\x73u\x94Rb\x81\x92io0\x31\x32Q\x93\x97\x98';

type Part = (rng: Rng) => Buffer;

const whole: Part = (rng) => (chance(rng, 0.7) ? int(rng.int(9)) : long(pick(rng, BOUNDARIES)));
const tupleOf = (items: readonly Buffer[]): Buffer => Buffer.concat([latin('('), ...items, latin('t')]);
const wholes: Part = (rng) => tupleOf(Array.from({ length: rng.int(4) }, () => whole(rng)));

const storage: Part = (rng) =>
  Buffer.concat([
    tupleOf([
      text(chance(rng, 0.95) ? 'storage' : 'module'),
      latin(`ctorch\n${pick(rng, STORAGES)}\n`),
      text(chance(rng, 0.8) ? '0' : pick(rng, HOSTILE_NAMES)),
      text('cpu'),
      chance(rng, 0.5) ? int(4) : whole(rng),
    ]),
    latin('Q'),
  ]);

/** A tensor as PyTorch writes it, with a shape, strides and an offset that need not be any. */
const tensor: Part = (rng) =>
  Buffer.concat([
    latin(`c${ALLOWED[0]}\n`),
    tupleOf([storage(rng), whole(rng), wholes(rng), wholes(rng), latin('\x89'), latin(`c${ALLOWED[2]}\n)R`)]),
    latin('R'),
  ]);

const attack: Part = (rng) => {
  const call = pick(rng, CALLS);
  const [module, name] = call.split('\n') as [string, string];
  const named = chance(rng, 0.5) ? latin(`c${call}\n`) : Buffer.concat([text(module), text(name), latin('\x93')]);
  const form = rng.int(4);
  if (form === 0) return Buffer.concat([latin('('), text(COMMAND), latin(`i${call}\n`)]); // INST
  if (form === 1) return Buffer.concat([latin('('), named, text(COMMAND), latin('o')]); // OBJ
  if (form === 2) return Buffer.concat([named, tupleOf([text(COMMAND)]), latin('\x81')]); // NEWOBJ
  return Buffer.concat([named, tupleOf([text(COMMAND)]), latin(chance(rng, 0.8) ? 'R' : 'Rb')]);
};

const PARTS: readonly Part[] = [
  tensor,
  tensor,
  storage,
  attack,
  whole,
  (rng) => text(pick(rng, HOSTILE_NAMES)),
  (rng) => latin(`c${pick(rng, ALLOWED)}\n`),
  (rng) => latin(pick(rng, ['}', ']', ')', 'N', '(', '\x94'])),
  (rng) => latin(`q${String.fromCharCode(rng.int(4))}`),
  (rng) => latin(`h${String.fromCharCode(rng.int(4))}`),
  (rng) => latin(pick(rng, [...OPCODES])),
  (rng) => latin(String.fromCharCode(rng.int(256))),
  (rng) => Buffer.concat([latin('}('), text('features'), tensor(rng), text('coords'), tensor(rng), latin('u')]),
  (rng) => Buffer.concat([latin('\x8b'), u32(Number(pick(rng, BOUNDARIES) % 2n ** 32n))]),
  (rng) => Buffer.concat([latin('\x8d'), long(pick(rng, BOUNDARIES)).subarray(2, 10)]),
];

const random: Part = (rng) => Buffer.concat(Array.from({ length: 1 + rng.int(12) }, () => pick(rng, PARTS)(rng)));

const repeated = (part: string, rng: Rng): Buffer =>
  Buffer.alloc(part.length * Math.floor(2 ** (10 + rng.int(11)) / part.length), part, 'latin1');

/** Lists of two that hold the list before twice: 2^levels items once they are written out, in a few hundred bytes. */
const doubling: Part = (rng) => {
  const memo = (code: string, at: number) => `${code}${String.fromCharCode(at)}`;
  const steps = Array.from({ length: 10 + rng.int(60) }, (_, k) =>
    latin(`](${memo('h', k)}${memo('h', k)}e${memo('q', k + 1)}`),
  );
  return Buffer.concat([latin('(]K\x01aq\0'), ...steps, latin('t')]);
};

const EMPTY = ['}', ']', ')', 'N', 'K\x01', '}\x94', ']\x94', 'X\0\0\0\0', '(t', '(K\x01t'];

/** Small files that would be much work or much memory. */
const BOMBS: readonly Part[] = [
  doubling,
  (rng) => Buffer.concat([latin(')'), repeated('\x85', rng)]), // tuples in tuples
  (rng) => Buffer.concat([latin('('), repeated(pick(rng, EMPTY), rng), latin('t')]),
  (rng) => repeated('(', rng),
  (rng) => Buffer.concat([latin('}('), repeated('K\x01}', rng), latin('u')]),
  // Many calls with one long list.
  (rng) => {
    const pairs = Buffer.concat([latin(']q\0('), repeated('K\x01K\x02\x86', rng), latin('e')]);
    return Buffer.concat([latin('('), pairs, repeated('ccollections\nOrderedDict\nh\0\x85R', rng), latin('t')]);
  },
];

/** The operations of one pickle, without its beginning and end. */
export function pickleOperations(rng: Rng): Buffer {
  return chance(rng, 0.12) ? pick(rng, BOMBS)(rng) : random(rng);
}

const pickle = (operations: Buffer): Buffer => Buffer.concat([latin('\x80\x02'), operations, latin('.')]);

/** A file of `torch.save` around a hostile pickle: zip format, the one before, or the pickle alone. */
export function pickleFile(rng: Rng): Uint8Array {
  const value = pickle(pickleOperations(rng));
  const form = rng.int(5);
  if (form === 0) return value;
  if (form < 3)
    return zip({
      'x/data.pkl': value,
      ...(chance(rng, 0.9) ? { 'x/data/0': Buffer.alloc(16) } : {}),
      ...(chance(rng, 0.1) ? { 'x/byteorder': pick(rng, ['little', 'big', ...HOSTILE_NAMES]) } : {}),
    });
  const magic = pickle(latin('\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19'));
  const protocol = chance(rng, 0.9) ? pickle(latin('M\xe9\x03')) : value;
  const facts = chance(rng, 0.95) ? pickle(Buffer.concat([latin('}'), text('little_endian'), latin('\x88s')])) : value;
  const keys = chance(rng, 0.8) ? pickle(Buffer.concat([latin(']'), text('0'), latin('a')])) : value;
  const count = Buffer.alloc(8);
  count.writeBigUInt64LE(chance(rng, 0.8) ? 4n : BigInt.asUintN(64, pick(rng, BOUNDARIES)));
  return Buffer.concat([magic, protocol, facts, value, keys, count, Buffer.alloc(16)]);
}
