import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildModel } from '@asmil/baselines';
import { type Context, createRng, type Draw, loadCheckpoint, type Params, tf } from '@asmil/core';
import { afterAll, expect } from 'vitest';
import { runMil } from '../../src/cli/mil-program.js';

/** A path beside this file. */
export const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
export const FIXTURES = here('../fixtures/pytorch');
/** Where a test file writes. */
export const dir = mkdtempSync(join(tmpdir(), 'mil-import-'));
afterAll(() => rmSync(dir, { recursive: true }));

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export const golden = (
  path: string,
): { params: Record<string, Tensor>; inputs: { x: Tensor; coords?: Tensor }; outputs: Record<string, Tensor> } =>
  JSON.parse(
    readFileSync(here(`../../../${path.startsWith('asmil-') ? 'core' : 'baselines'}/goldens/${path}.json`), 'utf8'),
  );

/** Runs the command. */
export async function mil(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: string[][] = [[], []];
  const code = await runMil(args, { out: (line) => out!.push(line), err: (line) => err!.push(line) });
  return { code, out: out!.join('\n'), err: err!.join('\n') };
}

/** Imports a fixture without an error; returns the file. */
export async function imported(file: string, model: string, ...more: string[]): Promise<string> {
  const out = join(dir, `${file}.safetensors`);
  const { code, err } = await mil('import', join(FIXTURES, file), '--model', model, '--out', out, ...more);
  expect([code, err]).toEqual([0, '']);
  return out;
}

/** Outputs of a saved checkpoint for one bag: the model is rebuilt from the file alone. */
export async function outputsOf(path: string, x: Tensor, coords?: Tensor): Promise<Record<string, Float32Array>> {
  const { model: saved, dims, params } = await loadCheckpoint(path);
  const model = buildModel(saved.name, saved.config, dims);
  const n = x.shape[0]!;
  const values: Record<string, Float32Array> = {};
  tf.tidy(() => {
    const tensors = (given: Readonly<Record<string, Draw>> = {}): Params =>
      Object.fromEntries(
        Object.entries(given).map(([name, { shape, values: v }]) => [
          name,
          tf.tensor(v, [...shape], v instanceof Int32Array ? 'int32' : 'float32'),
        ]),
      );
    const draws = tensors(model.evaluationDraws?.(createRng(0), n));
    const at = coords && Int32Array.from(coords.data);
    const bag = tensors(model.bagInputs?.({ n, coords: at, features: () => Float32Array.from(x.data) }));
    const weights: Params = Object.fromEntries(
      Object.entries(params).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
    );
    const context: Context = { train: false, draws, trees: {}, bagState: {}, bag };
    const output = model.forward(weights, tf.tensor2d([...x.data], [n, x.shape[1]!]), context);
    for (const [name, tensor] of Object.entries({ ...output, ...output.extra })) {
      if (tensor instanceof tf.Tensor) values[name] = tensor.dataSync() as Float32Array;
    }
  });
  return values;
}

export const close = (found: ArrayLike<number> | undefined, expected: Tensor): void => {
  const error = Math.max(...expected.data.map((value, i) => Math.abs(value - (found?.[i] ?? Number.NaN))));
  expect(found).toHaveLength(expected.data.length);
  expect(error).toBeLessThan(1e-5);
};
