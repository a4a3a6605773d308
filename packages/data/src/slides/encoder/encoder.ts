import { basename } from 'node:path';
import { sha256OfFile, UserError } from '@asmil/core';
import { plainFile } from '../../files/byte-source.js';
import { shown } from '../../files/shown.js';
import type { Rgb } from '../image.js';
import { loadOnnx } from '../libraries.js';
import { checkDim, inputOf, type OnnxInput, outputOf } from './fit.js';
import { type Normalisation, toPlanes } from './normalise.js';

export interface EncoderOptions extends Normalisation {
  /** The ONNX file. */
  readonly path: string;
  /** Side of the picture that goes in; default the model's own, or 224 where it takes any. */
  readonly size?: number;
  /** Tiles at once; a model of a fixed number takes that. */
  readonly batch: number;
  /** Which output holds the features; default the only one. */
  readonly output?: string;
}

/** A network that turns a tile into a vector. */
export interface Encoder {
  /** Name of its file. */
  readonly name: string;
  /** SHA-256 of its file; weights that it keeps in a second file are not in it. */
  readonly sha256: string;
  readonly size: number;
  readonly batch: number;
  readonly output: string;
  /** Features a tile D. */
  readonly dim: number;
  /** Features [n, D] of 1 to `batch` pictures of `size` x `size`. */
  encode(tiles: readonly Rgb[]): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Side of the input of nearly all published encoders. */
const USUAL_SIZE = 224;

/**
 * Opens an ONNX model that takes pictures [N, 3, S, S] in float32 and gives one vector a picture, [N, D]. It is run once to
 * see that it does. Throws a `UserError` of one line that names the file and says what does not fit.
 */
export async function openEncoder({ path, mean, std, ...options }: EncoderOptions): Promise<Encoder> {
  const name = basename(path);
  await plainFile(path, name);
  const sha256 = await sha256OfFile(path);
  const onnx = await loadOnnx();
  const session = await onnx.InferenceSession.create(path, { logSeverityLevel: 4 }).catch((error: Error) => {
    throw new UserError(`${name}: no ONNX model that can be run (${reason(error)}); export it again`);
  });
  const input = inputOf(session.inputMetadata, name);
  const output = outputOf(session.outputMetadata, options.output, name);
  const size = sizeOf(input, options.size, name);
  const batch = input.batch ?? options.batch;

  /** Output of `batch` or fewer pictures; a model of a fixed number gets black ones beside them. */
  const run = async (planes: Float32Array, n: number) => {
    const [rows, values] = [input.batch ?? n, new Float32Array((input.batch ?? n) * 3 * size * size)];
    values.set(planes);
    const feeds = { [input.name]: new onnx.Tensor('float32', values, [rows, 3, size, size]) };
    const found = await session.run(feeds, [output]).catch((error: Error) => {
      throw new UserError(`${name}: cannot be run on ${rows} pictures of ${size} x ${size} (${reason(error)})`);
    });
    const { type, dims, data } = found[output]!;
    return { rows, dim: checkDim(type, dims, rows, output, name), data: data as Float32Array };
  };

  try {
    const black = (n: number) => run(new Float32Array(n * 3 * size * size), n);
    const { dim } = await black(1);
    if (input.batch === undefined && batch > 1) await black(2); // some say that they take any number and take one
    const encode = async (tiles: readonly Rgb[]): Promise<Float32Array> => {
      const { data } = await run(toPlanes(tiles, size, { mean, std }), tiles.length);
      return data.slice(0, tiles.length * dim);
    };
    return { name, sha256, size, batch, output, dim, encode, close: () => session.release() };
  } catch (error) {
    await session.release();
    throw error;
  }
}

function sizeOf(input: OnnxInput, wanted: number | undefined, name: string): number {
  if (input.size !== undefined && wanted !== undefined && input.size !== wanted)
    throw new UserError(`${name}: takes pictures of ${input.size} x ${input.size}; leave out --size ${wanted}`);
  return input.size ?? wanted ?? USUAL_SIZE;
}

/** The first sentence of what the library says, without its address in the library. */
function reason({ message }: Error): string {
  const line = message.split('\n')[0]!.replace(/^.*?(?:Status Message|failed|Error):\s*/, '');
  return shown(line);
}
