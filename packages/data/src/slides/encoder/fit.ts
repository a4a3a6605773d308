import { UserError } from '@asmil/core';
import { closest } from 'fastest-levenshtein';
import type { InferenceSession } from 'onnxruntime-node';

type Metadata = InferenceSession['inputMetadata'];

/** The input of a model that takes pictures. */
export interface OnnxInput {
  readonly name: string;
  /** Pictures at once, where the model fixes them. */
  readonly batch?: number;
  /** Side of a picture, where the model fixes it. */
  readonly size?: number;
}

const shapeText = (shape: readonly (number | string)[]): string => `[${shape.map((d) => d || '?').join(', ')}]`;
const EXPECTED = 'expected one input of pictures, float32 [N, 3, S, S]';

/** The one input [N, 3, S, S]. Throws a `UserError` that says what the model takes in its place. */
export function inputOf(inputs: Metadata, name: string): OnnxInput {
  const [input, ...more] = inputs;
  if (!input || more.length > 0)
    throw new UserError(`${name}: has ${inputs.length} inputs (${inputs.map((i) => i.name).join(', ')}), ${EXPECTED}`);
  if (!input.isTensor) throw new UserError(`${name}: its input is no tensor, ${EXPECTED}`);
  const { type, shape } = input;
  const [batch, channels, height, width] = shape;
  const fixed = (side: unknown): side is number => typeof side === 'number';
  const differ = fixed(height) && fixed(width) && height !== width;
  if (type !== 'float32' || shape.length !== 4 || (fixed(channels) && channels !== 3) || differ)
    throw new UserError(`${name}: takes ${type} ${shapeText(shape)}, ${EXPECTED}; export it in that form`);
  const size = [height, width].find(fixed);
  return {
    name: input.name,
    ...(fixed(batch) && batch > 0 ? { batch } : {}),
    ...(size === undefined ? {} : { size }),
  };
}

/** The name of the output that holds the features. Throws a `UserError` that lists them where it is not clear. */
export function outputOf(outputs: Metadata, wanted: string | undefined, name: string): string {
  const names = outputs.map((output) => output.name);
  if (wanted !== undefined && !names.includes(wanted))
    throw new UserError(`${name}: no output "${wanted}": did you mean ${closest(wanted, names)}?`, 2);
  if (wanted === undefined && names.length > 1)
    throw new UserError(`${name}: has the outputs ${names.join(', ')}; say which holds the features, with --output`, 2);
  return wanted ?? names[0]!;
}

/** Features a tile D of an output [N, D], or [N, D, 1, 1]. Throws a `UserError` that tells the shape of any other. */
export function checkDim(type: string, dims: readonly number[], rows: number, output: string, name: string): number {
  const [n, d, ...rest] = dims;
  if (type === 'float32' && n === rows && d! > 0 && rest.every((side) => side === 1)) return d!;
  const mend = n === rows ? 'export it with pooling, or name another with --output' : 'try --batch 1';
  throw new UserError(
    `${name}: ${rows} pictures give "${output}" as ${type} ${shapeText(dims)}, expected float32 [${rows}, D]: one vector a tile; ${mend}`,
  );
}
