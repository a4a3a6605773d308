import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../errors.js';
import type { Checkpoint } from './checkpoint.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { decodeSafetensors, encodeSafetensors, readSafetensors, writeSafetensors } from './safetensors.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asmil-safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file from its parts. */
function file(header: unknown, data: ArrayLike<number> = []): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + json.length + data.length);
  out[0] = json.length & 255;
  out[1] = json.length >> 8;
  out.set(json, 8);
  out.set(Uint8Array.from(data), 8 + json.length);
  return out;
}

const f32 = (from: number, to: number, shape = [(to - from) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [from, to],
});

describe('safetensors', () => {
  test('come back bit for bit', async () => {
    const tensors = {
      w: { shape: [2, 2], data: Float32Array.of(1.5, Number.NaN, Number.NEGATIVE_INFINITY, 1e-42) },
      i: { shape: [3], data: Int32Array.of(-1, 0, 2 ** 31 - 1) },
      scalar: { shape: [], data: Float32Array.of(-0) },
      none: { shape: [0, 4], data: new Float32Array(0) },
    };
    const path = join(folder, 'deep', 'a.safetensors');
    await writeSafetensors(path, { metadata: { note: 'ö "quoted"' }, tensors });
    const back = await readSafetensors(path);
    expect(back).toEqual({ metadata: { note: 'ö "quoted"' }, tensors });
    expect(Object.is(back.tensors.scalar!.data[0], -0)).toBe(true);
    expect(await readdir(join(folder, 'deep'))).toEqual(['a.safetensors']);
    const length = Number((await readFile(path)).readBigUInt64LE(0));
    expect(length % 8).toBe(0);
  });

  test('half precision is widened', () => {
    const header = {
      h: { dtype: 'F16', shape: [6], data_offsets: [0, 12] },
      b: { dtype: 'BF16', shape: [2], data_offsets: [12, 16] },
    };
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00, 0x3555, 0x3f80, 0xc2f7);
    const { tensors } = decodeSafetensors(file(header, new Uint8Array(bits.buffer)), 'x');
    expect([...tensors.h!.data]).toEqual([1, -2, 2 ** -24, 65504, Number.NEGATIVE_INFINITY, 0.333251953125]);
    expect([...tensors.b!.data]).toEqual([1, -123.5]);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(3), /3 bytes, expected at least 8/],
    ['a cut header', file({ a: f32(0, 4) }).slice(0, 20), /truncated: the header needs/],
    ['cut data', file({ a: f32(0, 8) }, [0, 0, 0, 0]), /truncated: tensor a ends at byte 8 of the data, which have 4/],
    ['another kind of file', file('PK'.repeat(40)), /header is not JSON/],
    ['a huge header', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 1), /header of \d+ bytes/],
    ['a list', file('[1]'), /not a JSON object/],
    ['overlap', file({ a: f32(0, 8), b: f32(4, 12) }, new Array(12).fill(0)), /tensor b overlaps/],
    ['a gap', file({ a: f32(0, 4), b: f32(8, 12) }, new Array(12).fill(0)), /4 bytes before tensor b/],
    ['a rest', file({ a: f32(0, 4) }, new Array(9).fill(0)), /5 bytes at the end/],
    ['a reversed range', file({ a: f32(4, 0, [1]) }, [0, 0, 0, 0]), /ends \(byte 0\) before it begins/],
    [
      'an odd dtype',
      file({ a: { dtype: 'F8_E5M2', shape: [1], data_offsets: [0, 1] } }, [0]),
      /a has dtype F8_E5M2; expected/,
    ],
    ['a wrong shape', file({ a: f32(0, 8, [3]) }, new Array(8).fill(0)), /8 bytes for the shape \[3\] of F32/],
    ['no shape', file({ a: { dtype: 'F32', data_offsets: [0, 0] } }), /tensor a: shape is wrong/],
    ['odd metadata', file({ __metadata__: { a: 1 } }), /not a map of strings/],
  ])('%s is refused by name', (_, bytes, reason) => {
    expect(() => decodeSafetensors(bytes, 'weights.safetensors')).toThrow(UserError);
    expect(() => decodeSafetensors(bytes, 'weights.safetensors')).toThrow(reason);
    expect(() => decodeSafetensors(bytes, 'weights.safetensors')).toThrow(/^weights\.safetensors: [^\n]*$/);
  });

  test('a missing file is named', async () => {
    await expect(readSafetensors(join(folder, 'gone'))).rejects.toThrow('gone: no such file');
  });
});

describe('checkpoints', () => {
  const checkpoint: Checkpoint = {
    model: { name: 'asmil', version: 2, config: { heads: 2, temps: [1, 0.5] } },
    dims: { input: 3, classes: 2 },
    classes: ['normal', 'tumour'],
    params: {
      'sub.*.q.weight': { shape: [2, 1, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      bias: { shape: [2], data: Float32Array.of(0.1, -0.2) },
    },
    trees: { anchor: { 'sub.*.q.weight': { shape: [2, 1, 3], data: Float32Array.of(7, 8, 9, 10, 11, 12) } } },
    meta: { seed: 3, epoch: 12 },
  };

  test('come back as they were, layers named singly in the file', async () => {
    const path = join(folder, 'model.safetensors');
    await saveCheckpoint(path, checkpoint);
    expect(await loadCheckpoint(path)).toEqual(checkpoint);
    const { tensors } = await readSafetensors(path);
    expect(Object.keys(tensors)).toEqual([
      'sub.0.q.weight',
      'sub.1.q.weight',
      'bias',
      'anchor.sub.0.q.weight',
      'anchor.sub.1.q.weight',
    ]);
    expect(tensors['anchor.sub.1.q.weight']).toEqual({ shape: [1, 3], data: Float32Array.of(10, 11, 12) });
  });

  test('say what is wrong with a file', async () => {
    const path = join(folder, 'model.safetensors');
    await saveCheckpoint(path, checkpoint);
    const content = await readSafetensors(path);
    const broken = join(folder, 'broken.safetensors');
    const rewrite = async (change: Partial<typeof content>) => {
      await writeFile(broken, encodeSafetensors({ ...content, ...change }));
      return loadCheckpoint(broken);
    };
    const { bias, ...others } = content.tensors;
    await expect(rewrite({ tensors: others })).rejects.toThrow(/broken\.safetensors: parameter bias is missing/);
    await expect(rewrite({ tensors: { ...content.tensors, more: bias! } })).rejects.toThrow(
      /tensor more belongs to no/,
    );
    await expect(rewrite({ metadata: {} })).rejects.toThrow(/expected a checkpoint saved by this suite/);
    await expect(rewrite({ metadata: { asmil: '{' } })).rejects.toThrow(/not JSON/);
    await expect(rewrite({ metadata: { asmil: '{"format":9}' } })).rejects.toThrow(/format 9, this version .* reads 1/);
    await expect(rewrite({ metadata: { asmil: '{"format":1}' } })).rejects.toThrow(/wrong at model/);
  });

  test('refuse a configuration that JSON cannot hold, and one name for two parameters', async () => {
    const path = join(folder, 'never.safetensors');
    const odd = { ...checkpoint, model: { ...checkpoint.model, config: { temp: Number.POSITIVE_INFINITY } } };
    await expect(saveCheckpoint(path, odd)).rejects.toThrow('temp is Infinity');
    const twice = { ...checkpoint, params: { ...checkpoint.params, 'anchor.sub.0.q.weight': checkpoint.params.bias! } };
    await expect(saveCheckpoint(path, twice)).rejects.toThrow('two parameters are called anchor.sub.0.q.weight');
    expect(await readdir(folder)).not.toContain('never.safetensors');
  });
});
