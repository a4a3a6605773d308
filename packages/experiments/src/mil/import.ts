import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { exportState, type ImportOptions, importState } from '@asmil/baselines';
import {
  type Checkpoint,
  countParams,
  loadCheckpoint,
  type NamedArrays,
  saveCheckpoint,
  UserError,
  writeSafetensors,
} from '@asmil/core';
import { readState } from './state.js';

export const FORMATS = ['suite', 'pytorch-names'] as const;
export type Format = (typeof FORMATS)[number];

/** What an import did, for people and for `--json`. */
export interface ImportReport {
  readonly model: string;
  readonly dims: { readonly input: number; readonly classes: number };
  readonly config: Readonly<Record<string, unknown>>;
  readonly parameters: number;
  /** Tensors of the file that are no weights of the model. */
  readonly leftOut: readonly string[];
  /** What the file does not have, and how it starts. */
  readonly started: readonly string[];
  readonly out: string;
}

/** Reads a checkpoint of a model's official code, of PyTorch or safetensors, and writes it as a checkpoint of this suite. */
export async function importCheckpoint(
  path: string,
  options: ImportOptions & { readonly model: string; readonly out: string; readonly format: Format },
): Promise<ImportReport> {
  const state = await readState(path);
  const { checkpoint, leftOut, started } = inFile(path, () => importState(options.model, state, options));
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  await write(options.out, { ...checkpoint, meta: { importedFrom: { file: basename(path), sha256 } } }, options.format);
  const { model, dims, params } = checkpoint;
  return {
    model: model.name,
    dims,
    config: model.config,
    parameters: countParams(
      Object.entries(params).map(([name, { shape }]) => ({ name, shape, init: { kind: 'constant', value: 0 } })),
    ),
    leftOut,
    started,
    out: options.out,
  };
}

/** Writes a checkpoint of this suite in another form; returns the tensors' names. */
export async function exportCheckpoint(path: string, out: string, format: Format): Promise<readonly string[]> {
  return write(out, await loadCheckpoint(path), format);
}

async function write(out: string, checkpoint: Checkpoint, format: Format): Promise<readonly string[]> {
  if (format === 'suite') {
    await saveCheckpoint(out, checkpoint);
    return Object.keys(checkpoint.params);
  }
  const tensors: NamedArrays = exportState(checkpoint);
  await writeSafetensors(out, { metadata: { format: 'pt', model: checkpoint.model.name }, tensors });
  return Object.keys(tensors);
}

/** Errors about the content name the file, as those about the format do. */
function inFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 1) throw new UserError(`${path}: ${error.message}`);
    throw error;
  }
}
