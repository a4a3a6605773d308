import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRng, UserError } from '@asmil/core';
import { expect, test } from 'vitest';
import { decodePytorch, readPytorch, stateDict, tensorValues } from '../../src/pytorch/index.js';
import { FIXTURES } from './fixtures.js';

/** What a file is refused for; the message is one line. */
async function refusal(read: () => Promise<unknown>): Promise<string> {
  const error = await read().then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).not.toContain('\n');
  return message;
}

const REFUSED: readonly (readonly [string, RegExp])[] = [
  [
    'call-zip.pth',
    /refused: the file names posix\.system, .*nothing was run.*torch\.save\(model\.state_dict\(\), PATH\)$/,
  ],
  ['call-legacy.pth', /refused: the file names posix\.system,/],
  ['call-first.pkl', /refused: the file names __builtin__\.eval,/],
  ['call-protocol4.pth', /refused: the file names posix\.system,/],
  ['whole-model.pth', /refused: the file names torch\.nn\.modules\.linear\.Linear,/],
  ['complex.pth', /refused: the file names torch\.ComplexFloatStorage,/],
  ['unknown-storage.pth', /refused: the file names torch\.QuantumStorage,/],
  ['extra-object.pth', /refused: the file names __builtin__\.complex,/],
  ['wrong-magic.pth', /a pickle that does not begin with PyTorch's magic number; the file is damaged/],
  ['wrong-protocol.pth', /protocol 1002, expected 1001;/],
  ['bomb.pth', /refused: entry x\/data\.pkl is compressed or encrypted/],
  ['traversal.pth', /not a whole zip archive \(invalid relative path: \.\.\/\.\.\/x\/data\.pkl\)/],
  ['no-pickle.pth', /a zip archive with 0 entries called NAME\/data\.pkl, expected one;/],
  ['beyond-storage.pth', /a tensor of shape \[2\] reads element 2 of storage 0, which has 2 elements;/],
  ['huge-view.pth', /its tensors unfold to more than \d+ numbers, too many for 406 bytes$/],
  ['wide-view.pth', /its tensors unfold to more than \d+ numbers/],
  ['negative-stride.pth', /a size, stride or offset in it is no whole number;/],
  ['wrong-count.pth', /storage x\/data\/0 has 8 bytes, expected 12;/],
  ['huge-count.pth', /a size, stride or offset in it is no whole number;/],
  ['missing-storage.pth', /storage x\/data\/0 is missing;/],
  ['big-endian.pth', /byte order "big", expected "little"$/],
];

test.each(REFUSED)('%s', async (name, message) => {
  const path = join(FIXTURES, name);
  const line = await refusal(() => readPytorch(path));
  expect(line.startsWith(`${path}: `)).toBe(true);
  expect(line).toMatch(message);
  expect(existsSync('ran.txt')).toBe(false); // what two of the files would have written
});

test('a missing file, a folder, an empty file, a text', async () => {
  expect(await refusal(() => readPytorch(join(FIXTURES, 'gone.pth')))).toMatch(/gone\.pth: no such file$/);
  expect(await refusal(() => readPytorch(FIXTURES))).toMatch(/: a folder, expected a file$/);
  expect(await refusal(() => decodePytorch(new Uint8Array(0), 'x'))).toMatch(
    /^x: an empty file, expected what torch\.save/,
  );
  expect(await refusal(() => readPytorch(join(FIXTURES, 'values.json')))).toMatch(/neither a zip archive nor a pickle/);
});

test('control characters of a file do not reach the terminal', async () => {
  const bytes = Buffer.from('\x80\x02c\x1b[31mos\nsystem\n.', 'latin1');
  expect(await refusal(() => decodePytorch(bytes, 'x'))).toMatch(/^x: refused: the file names \?\[31mos\.system,/);
});

test.each([
  ['an operation that is not needed', '\x80\x02c', /truncated: a line that begins at byte 3 has no end/],
  ['INST', '\x80\x02(ios\nsystem\n.', /refused: pickle operation 0x69 at byte 3,/],
  ['NEWOBJ', '\x80\x02}}\x81.', /refused: pickle operation 0x81 at byte 4,/],
  ['an extension code', '\x80\x02\x82\x01.', /refused: pickle operation 0x82 at byte 2,/],
  ['an out-of-band buffer', '\x80\x05\x97.', /refused: pickle operation 0x97 at byte 2,/],
  ['a call of a text', '\x80\x02X\x01\x00\x00\x00a)R.', /calls something that is no function/],
  ['an empty stack', '\x80\x02.', /takes a value that is not there/],
  ['a group without beginning', '\x80\x02t.', /ends a group that was never begun/],
  ['a memo entry that is not there', '\x80\x02h\x05.', /recalls entry 5, which was never stored/],
  ['nesting', `\x80\x02${'('.repeat(2000)}`, /nested more than 1000 deep/],
  ['a long text', '\x80\x02X\xff\xff\xff\xff', /truncated: 4294967295 bytes are announced at byte 7, 0 are left/],
  ['a dictionary as a key', '\x80\x02}}}s.', /a key that is no text or number/],
  ['another persistent object', '\x80\x02(X\x06\x00\x00\x00moduletQ.', /it holds a persistent object "module"/],
  ['another protocol', '\x80\x01.', /pickle protocol 1, expected 2 to 5/],
])('pickle: %s', async (_, text, message) => {
  expect(await refusal(() => decodePytorch(Buffer.from(text, 'latin1'), 'x'))).toMatch(message);
});

test('many operations are too many', async () => {
  const bytes = Buffer.concat([Buffer.from([0x80, 2, 0x5d]), Buffer.alloc(8_000_002, 'N')]);
  expect(await refusal(() => decodePytorch(bytes, 'x'))).toMatch(/more than 4000000 operations/);
});

test('dictionaries that share their parts are not unfolded without end', () => {
  let map: Map<string, unknown> = new Map();
  for (let depth = 0; depth < 7; depth++) map = new Map(Array.from({ length: 100 }, (_, i) => [String(i), map]));
  expect(() => stateDict(map as never, 'x')).toThrow('x: more than 1000000 entries in its dictionaries');
});

test.each(['zip.pth', 'legacy.pth', 'training.pth'])('%s cut anywhere is refused in one line', async (name) => {
  const bytes = readFileSync(join(FIXTURES, name));
  for (let length = 0; length < bytes.length; length += 1 + (length >> 6)) {
    await refusal(() => decodePytorch(bytes.subarray(0, length), 'x'));
  }
  await decodePytorch(bytes, 'x');
});

test('files with changed bytes are read or refused, never anything else', async () => {
  const names = readdirSync(FIXTURES).filter((name) => /\.(pth|pkl)$/.test(name));
  let refused = 0;
  for (const name of names) {
    const rng = createRng(1, name);
    const whole = readFileSync(join(FIXTURES, name));
    for (let round = 0; round < 40; round++) {
      const bytes = Uint8Array.from(whole);
      for (let change = 0; change < 3; change++) bytes[rng.int(bytes.length)] = rng.int(256);
      try {
        for (const tensor of stateDict(await decodePytorch(bytes, 'x'), 'x').values()) tensorValues(tensor);
      } catch (error) {
        expect([name, round, error]).toEqual([name, round, expect.any(UserError)]);
        refused++;
      }
    }
  }
  expect(refused).toBeGreaterThan(names.length * 20);
});
