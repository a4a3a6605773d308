import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { encodeSafetensors, loadCheckpoint, type NamedArray } from '@asmil/core';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAsap } from '../../src/annotations/asap.js';
import { readMat5 } from '../../src/classic/mat5.js';
import { readSlide } from '../../src/features/read-slide.js';
import { bytesSource } from '../../src/files/byte-source.js';
import { decodePytorch } from '../../src/pytorch/index.js';
import { readDirectories } from '../../src/slides/tiff/directories.js';
import { classify } from '../../src/tables/classes.js';
import { parseCsvTable } from '../../src/tables/csv-table.js';
import { readSplits } from '../../src/tables/split-table.js';
import { refusal } from '../features/fixtures.js';
import { mat5 } from '../mat5-writer.js';
import { zip } from '../zip.js';

/* What fuzzing has found, each by hand: small files that took all memory, minutes, or ended in another error. */

const folder = mkdtempSync(join(tmpdir(), 'asmil-found-'));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const slide = (name: string, bytes: Uint8Array) =>
  refusal(() => readSlide({ id: 's', features: { path: written(name, bytes), name } }));

describe('pickles', () => {
  const latin = (text: string) => Buffer.from(text, 'latin1');
  const legacy = (protocol: string) =>
    latin(`\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02${protocol}.`);

  test('that name one list in many calls are not unfolded', async () => {
    const text = `\x80\x02(]q\0(${'K\x01K\x02\x86'.repeat(30_000)}e${'ccollections\nOrderedDict\nh\0\x85R'.repeat(20_000)}t.`;
    const file = zip({ 'x/data.pkl': latin(text) });
    expect(await refusal(() => decodePytorch(file, 'x'))).toMatch(/more entries than it has bytes/);
  });

  test('with a list of lists where a number belongs are refused without writing it out', async () => {
    const memo = (code: string, at: number) => `${code}${String.fromCharCode(at)}`;
    const doubling = Array.from({ length: 60 }, (_, k) => `](${memo('h', k)}${memo('h', k)}e${memo('q', k + 1)}`);
    const message = await refusal(() => decodePytorch(legacy(`(]K\x01aq\0${doubling.join('')}t`), 'x'));
    expect(message).toMatch(/^x: protocol of type Array, expected 1001/);
    expect(await refusal(() => decodePytorch(legacy(`)${'\x85'.repeat(5000)}`), 'x'))).toMatch(/of type Array/);
  });

  test('of empty dictionaries alone do not take a hundred times their size', async () => {
    const file = zip({ 'x/data.pkl': latin(`\x80\x02(${'}'.repeat(2 ** 20)}t.`) });
    expect(await refusal(() => decodePytorch(file, 'x'))).toMatch(/more lists and dictionaries than files of weights/);
  });

  test('show a storage’s name in one line', async () => {
    const key = 'a\nb';
    const storage = `(X\x07\0\0\0storagectorch\nFloatStorage\nX\x03\0\0\0${key}X\x03\0\0\0cpuK\x01tQ`;
    const text = `\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\x07K\x01\x85K\x01\x85\x89NtR.`;
    expect(await refusal(() => decodePytorch(zip({ 'x/data.pkl': latin(text) }), 'x'))).toMatch(
      /of storage a\?b, which/,
    );
  });
});

test('an entry of an archive that is longer than the file is refused before memory is asked for', async () => {
  const count = 2 ** 28; // 1 GiB of numbers
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${count},), }`.padEnd(117);
  const npy = Buffer.from(`\x93NUMPY\x01\x00v\x00${header}\n`, 'latin1');
  const file = zip({ 'features.npy': npy });
  for (let at = file.indexOf('features.npy'); at >= 0; at = file.indexOf('features.npy', at + 1)) {
    const local = file.toString('latin1', at - 30, at - 26) === 'PK\x03\x04';
    const sizes = local ? at - 12 : at - 26;
    for (const field of [sizes, sizes + 4]) file.writeUInt32LE(4 * count + npy.length, field);
  }
  expect(await slide('long.npz', file)).toMatch(/overflows file bounds/);
});

describe('tables', () => {
  const table = (text: string) => parseCsvTable(Buffer.from(text), 't.csv');
  const columns = (count: number) => Array.from({ length: count }, (_, k) => `c${k}`).join(',');

  test('of many columns and short lines are not filled up', async () => {
    const text = `${columns(10_000)}\n${'x\n'.repeat(10_000)}`;
    expect(await refusal(() => table(text))).toMatch(
      /^t\.csv: 10000 columns, of which most are empty in its 10000 lines/,
    );
  });

  test('of a hundred thousand columns take no minutes', () => {
    expect(table(columns(100_000)).columns).toHaveLength(100_000);
  });

  test('of lines that are all uneven are refused', async () => {
    expect(await refusal(() => table(`a,b\n${'x\n'.repeat(20_002)}`))).toMatch(/line 20002: more than 20000 lines/);
  });

  test('of two hundred thousand labels name a few of them', async () => {
    const rows = Array.from({ length: 200_000 }, (_, k) => ({ slide: `s${k}`, label: `${k}`, where: '' }));
    expect(await refusal(() => classify(rows, {}, () => {}))).toMatch(/^found the labels .* and 199990 more: /);
  });

  test('as JSON with a million faults are refused for the first', async () => {
    const path = written('splits.json', `{"train_names":[${'1,'.repeat(1_000_000)}1],"test_names":[]}`);
    expect(await refusal(() => readSplits(path, 'splits.json'))).toMatch(
      /^splits\.json: train_names\.0 is not as expected/,
    );
  });
});

describe('TIFF files', () => {
  /** A picture with these fields: tag, type, count, value. */
  function tiff(fields: readonly (readonly [number, number, number, number])[], pictures = 1): Uint8Array {
    const size = 2 + 12 * fields.length + 4;
    const bytes = Buffer.alloc(8 + size * pictures + 4096);
    bytes.write('II*\0');
    bytes.writeUInt32LE(8, 4);
    for (let k = 0; k < pictures; k++) {
      const at = 8 + k * size;
      bytes.writeUInt16LE(fields.length, at);
      for (const [i, [tag, type, count, value]] of fields.entries()) {
        const field = at + 2 + 12 * i;
        bytes.writeUInt16LE(tag, field);
        bytes.writeUInt16LE(type, field + 2);
        bytes.writeUInt32LE(count, field + 4);
        bytes.writeUInt32LE(value, field + 8);
      }
      bytes.writeUInt32LE(k + 1 < pictures ? at + size : 0, at + size - 4);
    }
    return bytes;
  }
  const sized = (width: number, tile: number, count = 1, list = 8) =>
    [256, 257, 322, 323, 324, 325].map(
      (tag, k) => [tag, 4, k < 4 ? 1 : count, k < 2 ? width : k < 4 ? tile : list] as const,
    );
  const of = (bytes: Uint8Array) => readDirectories(bytesSource(bytes, 't.tif'));

  test('may share no lists among their pictures', async () => {
    expect(await of(tiff(sized(64, 16)))).toMatchObject([{ width: 64, height: 64, tiled: true }]);
    const zeros = tiff(sized(64, 16), 999).length - 4096;
    const many = tiff(sized(64, 16, 900, zeros), 999);
    expect(await refusal(() => of(many))).toMatch(
      /^t\.tif: damaged: the lists of its pictures are longer than the file/,
    );
  });

  test('have pictures and tiles of whole pixels, and no tile of gigabytes', async () => {
    const [first, ...rest] = sized(64, 16);
    const half = tiff([[first![0], 5, 1, 8], ...rest]); // a fraction, 2771273 / 262144 of a pixel
    expect(await refusal(() => of(half))).toMatch(/a picture without a size/);
    expect(await refusal(() => of(tiff(sized(64, 0))))).toMatch(/a tile without a size/);
    expect(await refusal(() => of(tiff(sized(2 ** 20, 2 ** 20))))).toMatch(/tiles of 1048576 x 1048576 pixels/);
  });
});

describe('tensors', () => {
  const tensors = { constructor: { shape: [2], data: Float32Array.of(1, 2) } };
  const checkpoint = (name: string, params: unknown) => {
    const rest = { format: 1, model: { name: 'm', version: 1, config: {} }, dims: { input: 1, classes: 2 } };
    const asmil = JSON.stringify({ ...rest, params, trees: {}, meta: {} });
    return written(name, encodeSafetensors({ metadata: { asmil }, tensors }));
  };

  test('may be called like what JavaScript objects have of their own', async () => {
    const { params } = await loadCheckpoint(checkpoint('a.safetensors', [['constructor', [2]]]));
    expect([...(params.constructor as unknown as NamedArray).data]).toEqual([1, 2]);
    expect(await refusal(() => loadCheckpoint(checkpoint('b.safetensors', [['toString', [2]]])))).toMatch(
      /parameter toString is missing/,
    );
  });

  test.each([
    ['more numbers than there are', ['constructor', [2 ** 30]]],
    ['more layers than there are', ['a.*', [2 ** 40, 0]]],
    ['more stacked axes than sides', ['a.*.*', [1]]],
  ])('that a checkpoint announces with %s are refused', async (_, param) => {
    expect(await refusal(() => loadCheckpoint(checkpoint('c.safetensors', [param])))).toMatch(
      /beyond the numbers in the file/,
    );
  });

  test('are named in one line', async () => {
    const named = encodeSafetensors({ metadata: {}, tensors: { 'a\nb\u001b[31m': tensors.constructor } });
    named[named.indexOf(0x32)] = 0x33; // F32 → F33, or the shape 2 → 3
    expect(await slide('n.safetensors', named)).toMatch(/^slide s: n\.safetensors: /);
  });
});

test('MATLAB files that unpack to very much are refused', async () => {
  const file = mat5({ X: { rows: 1, columns: 1, values: [1] } }).subarray(0, 128);
  const packed = deflateSync(Buffer.alloc(2 ** 26 + 1));
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(15, 0);
  tag.writeUInt32LE(packed.length, 4);
  expect(await refusal(() => readMat5(Buffer.concat([file, tag, packed]), 'x.mat'))).toMatch(/^x\.mat is damaged/);
});

test('names of ASAP files are shown in one line', async () => {
  const text = '<ASAP_Annotations><Annotations><Annotation Name="a&#x2028;b&#x85;c"/></Annotations></ASAP_Annotations>';
  expect(await refusal(() => parseAsap(text, 'x.xml'))).toMatch(/annotation "a\?b\?c" has no Type/);
});
