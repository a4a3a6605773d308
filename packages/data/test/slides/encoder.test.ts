import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@asmil/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Encoder, type EncoderOptions, openEncoder } from '../../src/slides/encoder/encoder.js';
import { IMAGENET, toPlanes } from '../../src/slides/encoder/normalise.js';
import type { Rgb } from '../../src/slides/image.js';
import { slidePath } from './fixtures.js';
import { FLOAT16, model, node, value, weights, whole } from './onnx.js';
import { tinyEncoder, tinyFeatures } from './tiny-encoder.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asmil-encoder-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const RAW = { mean: [0, 0, 0], std: [1, 1, 1] } as const;
let count = 0;

/** Opens a model of these bytes, works with it and closes it. */
async function opened<T>(
  bytes: Uint8Array,
  options: Partial<EncoderOptions>,
  work: (encoder: Encoder) => Promise<T> | T,
): Promise<T> {
  const path = join(folder, `model-${count++}.onnx`);
  await writeFile(path, bytes);
  const encoder = await openEncoder({ path, ...RAW, batch: 4, ...options });
  try {
    return await work(encoder);
  } finally {
    await encoder.close();
  }
}

/** The line that opening it ends with. */
async function fault(bytes: Uint8Array, options: Partial<EncoderOptions> = {}, exitCode = 1): Promise<string> {
  const error: unknown = await opened(bytes, options, () => undefined).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect([(error as UserError).exitCode, message.split('\n').length]).toEqual([exitCode, 1]);
  expect(message).toMatch(/^model-\d+\.onnx: /);
  return message.replace(/^model-\d+\.onnx: /, '');
}

const plain = (side: number, colour: readonly number[]): Rgb => ({
  width: side,
  height: side,
  data: Uint8Array.from({ length: 3 * side * side }, (_, i) => colour[i % 3]!),
});

const close = (got: ArrayLike<number>, wanted: readonly number[]): void => {
  expect(got).toHaveLength(wanted.length);
  wanted.forEach((number, i) => {
    expect(Math.abs(got[i]! - number)).toBeLessThan(1e-5);
  });
};

describe('normalisation', () => {
  it('subtracts the mean and divides by the deviation, colour by colour', () => {
    const data = Uint8Array.from([255, 0, 51, 0, 255, 102, 0, 0, 0, 255, 255, 255]);
    const planes = toPlanes([{ width: 2, height: 2, data }], 2, { mean: [0.5, 0, 0.2], std: [0.5, 2, 0.1] });
    close(planes, [1, -1, -1, 1, 0, 0.5, 0, 0.5, 0, 2, -2, 8]);
  });

  it('of ImageNet makes 0 of its mean', () => {
    const [r, g, b] = toPlanes([plain(1, [124, 116, 104])], 1, IMAGENET);
    close([r!, g!, b!], [(124 / 255 - 0.485) / 0.229, (116 / 255 - 0.456) / 0.224, (104 / 255 - 0.406) / 0.225]);
    expect(Math.abs(r!) + Math.abs(g!) + Math.abs(b!)).toBeLessThan(0.03);
  });
});

describe('a model of one layer', () => {
  it('is the committed file, and gives the features that follow from its weights', async () => {
    const file = await readFile(slidePath('tiny-encoder.onnx'));
    expect(file.equals(tinyEncoder())).toBe(true);
    await opened(file, { size: 8, mean: [0.5, 0.4, 0.3], std: [0.1, 0.2, 0.4] }, async (encoder) => {
      expect(encoder).toMatchObject({ size: 8, batch: 4, dim: 4, output: 'features' });
      expect(encoder.sha256).toMatch(/^[0-9a-f]{64}$/);
      const colours = [
        [255, 0, 0],
        [51, 102, 153],
        [10, 20, 30],
      ] as const;
      const features = await encoder.encode(colours.map((colour) => plain(8, colour)));
      const wanted = colours.flatMap(([r, g, b]) =>
        tinyFeatures([(r / 255 - 0.5) / 0.1, (g / 255 - 0.4) / 0.2, (b / 255 - 0.3) / 0.4]),
      );
      close(features, wanted);
      close(wanted.slice(0, 2), [5, -1.75]); // (1 − 0.5) / 0.1, and (0 − 0.4) / 0.2 + 0.25
    });
  });

  it('says its own size, and fills up a fixed number of pictures', async () => {
    await opened(tinyEncoder([3, 3, 8, 8]), {}, async (encoder) => {
      expect(encoder).toMatchObject({ size: 8, batch: 3 });
      close(await encoder.encode([plain(8, [255, 51, 0])]), tinyFeatures([1, 0.2, 0]));
    });
    await opened(tinyEncoder(), {}, ({ size }) => expect(size).toBe(224));
  });

  it('may give [N, D, 1, 1], and one of several outputs by name', async () => {
    const image = value(11, 'image', ['N', 3, 8, 8]);
    const pool = node('GlobalAveragePool', ['image'], 'pooled');
    const pooled = value(12, 'pooled', ['N', 3, 1, 1]);
    const twice = model(pool, node('Relu', ['image'], 'maps'), image, pooled, value(12, 'maps', ['N', 3, 8, 8]));
    await opened(model(pool, image, pooled), {}, async (encoder) => {
      close(await encoder.encode([plain(8, [255, 51, 0])]), [1, 0.2, 0]);
    });
    await opened(twice, { output: 'pooled' }, ({ dim }) => expect(dim).toBe(3));
    expect(await fault(twice, {}, 2)).toBe('has the outputs pooled, maps; say which holds the features, with --output');
    expect(await fault(twice, { output: 'poled' }, 2)).toBe('no output "poled": did you mean pooled?');
    expect(await fault(twice, { output: 'maps' })).toMatch(
      /give "maps" as float32 \[1, 3, 8, 8\], expected .*one vector/,
    );
  });
});

describe('a model that does not fit', () => {
  const relu = (shape: readonly (number | string)[], type?: number) =>
    model(node('Relu', ['image'], 'out'), value(11, 'image', shape, type), value(12, 'out', shape, type));

  it('says what it takes', async () => {
    expect(await fault(relu(['N', 224, 224, 3]))).toMatch(
      /^takes float32 \[N, 224, 224, 3\], expected .*\[N, 3, S, S\]/,
    );
    expect(await fault(relu(['N', 3, 8, 16]))).toMatch(/^takes float32 \[N, 3, 8, 16\]/);
    expect(await fault(relu(['N', 3]))).toMatch(/^takes float32 \[N, 3\]/);
    expect(await fault(relu(['N', 3, 8, 8], FLOAT16))).toMatch(/^takes float16 \[N, 3, 8, 8\]/);
    const two = model(
      node('Add', ['a', 'b'], 'out'),
      value(11, 'a', ['N', 3, 8, 8]),
      value(11, 'b', ['N', 3, 8, 8]),
      value(12, 'out', ['N', 3, 8, 8]),
    );
    expect(await fault(two)).toMatch(/^has 2 inputs \(a, b\), expected one/);
    expect(await fault(tinyEncoder(['N', 3, 8, 8]), { size: 16 })).toBe('takes pictures of 8 x 8; leave out --size 16');
  });

  it('is found by a first run: a layer of another width, a number of pictures that is fixed after all', async () => {
    const wide = model(
      node('Flatten', ['image'], 'flat', { axis: 1 }),
      node('Gemm', ['flat', 'weight'], 'out'),
      weights(
        'weight',
        [192, 2],
        Array.from({ length: 384 }, () => 1),
      ),
      value(11, 'image', ['N', 3, 'S', 'S']),
      value(12, 'out', ['N', 2]),
    );
    await opened(wide, { size: 8 }, ({ dim }) => expect(dim).toBe(2));
    expect(await fault(wide, { size: 16 })).toMatch(/^cannot be run on 1 pictures of 16 x 16 \(.+\)$/);
    const single = model(
      node('GlobalAveragePool', ['image'], 'pooled'),
      node('Reshape', ['pooled', 'shape'], 'out'),
      whole('shape', [1, -1]),
      value(11, 'image', ['N', 3, 8, 8]),
      value(12, 'out', ['M', 'D']),
    );
    expect(await fault(single)).toMatch(/^2 pictures give "out" as float32 \[1, 6\], .*; try --batch 1$/);
    await opened(single, { batch: 1 }, ({ dim }) => expect(dim).toBe(3));
  });

  it('is told when it is no model, or not there', async () => {
    expect(await fault(Buffer.from('no model'))).toMatch(/^no ONNX model that can be run \(.+\); export it again$/);
    expect(await fault(tinyEncoder().subarray(0, 150))).toMatch(/^no ONNX model/);
    expect(await fault(new Uint8Array())).toMatch(/^no ONNX model/);
    await expect(openEncoder({ path: join(folder, 'none.onnx'), ...RAW, batch: 1 })).rejects.toThrow(
      'none.onnx: no such file',
    );
  });
});
