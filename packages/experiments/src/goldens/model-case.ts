import {
  collapseStacks,
  createRng,
  type Dims,
  type Draw,
  initParams,
  type Model,
  type NamedArray,
  type NamedArrays,
  type Output,
  type ParamSpec,
  type Params,
  type tf,
} from '@asmil/core';
import type { Read } from './model-run.js';
import { type Golden, isTensor, numbersOf, toNumber } from './schema.js';

/** What a checker says of its model; everything else is the same for all models. */
export interface ModelCase {
  readonly model: Model;
  /** False: the outputs come from the evaluation pass, and the losses from an objective without draws. */
  readonly train: boolean;
  /** The draws of one step, by the model's names; one entry a step for a file that holds several. */
  readonly draws: readonly Readonly<Record<string, Draw>>[];
  /** Tile coordinates [N, 2], for a model that reads them. */
  readonly coords?: Int32Array;
  /** The file's names of loss terms that the model calls otherwise. */
  readonly terms?: Readonly<Record<string, string>>;
  /** The file's names of outputs → names in `Output.extra`, beside the ones that all models share. */
  readonly extra?: Readonly<Record<string, string>>;
  /** The target of a file whose label is no class, [C]. */
  readonly target?: Float32Array;
  /** Further outputs by the file's names, before those that all models share, from the file's parameters (those that the model never uses included). */
  further?(params: Params, output: Output): Readonly<Record<string, tf.Tensor>>;
  /** Outputs that are no single tensors, from everything that was read back (`out:`, `extra:`, `file:` and a name). */
  assemble?(read: Readonly<Record<string, Read>>): Readonly<Record<string, unknown>>;
  /** What the training of a sequence does not say in its configuration. */
  readonly training?: {
    readonly optimiser?: 'adam' | 'adamw';
    readonly clip?: number;
    readonly schedule?: 'cosine' | 'constant';
  };
  /**
   * A model whose terms and anchor outputs stand in for those that `model` leaves out of its computation
   * because their weight is 0.
   */
  readonly observer?: Model;
}

/** How a checker turns a file's configuration and draws into its model. */
export type Describe = (golden: Golden) => ModelCase;

/** A file's configuration, sorted by what it speaks of. */
export interface Config {
  readonly dims: Dims;
  readonly train: boolean;
  /** The model's settings under the suite's names. */
  readonly settings: Record<string, unknown>;
}

const TRAINING = ['lr', 'min_lr', 'wd', 'weight_decay', 'epochs', 'train_epoch', 'warmup', 'warmup_epoch', 'clip'];
const OPTIMISER = ['betas', 'eps', 'optimiser', 'optimizer'];

/** Keys of a file's configuration that say how a sequence of steps is trained. */
export const TRAINING_KEYS: readonly string[] = [...TRAINING, ...OPTIMISER];

/**
 * Reads `golden.config`. `names` are the model's settings; a file may spell them `anchorTemp` or `anchor_temp`. `renamed`
 * are keys with a name of their own. A key that neither knows throws, so that no switch of a file goes unseen.
 */
export function readConfig(
  golden: Golden,
  names: readonly string[],
  renamed: Readonly<Record<string, string>> = {},
): Config {
  const { D_in, C, N, mode, ...rest } = golden.config;
  for (const [name, value] of Object.entries({ D_in, C })) {
    if (!Number.isInteger(value) || (value as number) < 1)
      throw new Error(`config: ${name} ${JSON.stringify(value)}, expected a whole number above 0`);
  }
  if (mode !== undefined && mode !== 'train' && mode !== 'eval')
    throw new Error(`config: mode ${JSON.stringify(mode)}, expected train or eval`);
  const first = xOf(golden, 0).shape;
  if (N !== undefined && N !== first[0]) throw new Error(`config: N is ${N}, but x has ${first[0]} rows`);
  if (first[1] !== D_in) throw new Error(`config: D_in is ${D_in}, but x has ${first[1]} columns`);
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest)) {
    if (TRAINING_KEYS.includes(key)) continue;
    const name = renamed[key] ?? key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (!Object.hasOwn(renamed, key) && !names.includes(name)) throw new Error(`config: unknown key ${key}`);
    settings[name] = value;
  }
  // One logit speaks of two classes.
  return { dims: { input: D_in as number, classes: Math.max(2, C as number) }, train: mode !== 'eval', settings };
}

/** Throws for a key of `randomness` that the checker does not read. */
export function onlyRandomness(golden: Golden, known: readonly string[]): void {
  const unknown = Object.keys(golden.randomness).find((key) => key !== 'note' && !known.includes(key));
  if (unknown !== undefined) throw new Error(`randomness: unknown key ${unknown}`);
}

/** The features of one bag; a file of several steps lists its bags and goes round in them. */
export function xOf(golden: Golden, step: number): NamedArray {
  const { x } = golden.inputs;
  const one = Array.isArray(x) ? x[step % x.length] : x;
  if (!isTensor(one) || one.shape.length !== 2 || one.data.length === 0)
    throw new Error('inputs.x: expected a tensor [N, D_in] with at least one row');
  return arrayOf(one);
}

/** The one-hot target of one bag, [C]; for partial labels the weights of the candidates. */
export function targetOf(golden: Golden, classes: number, step: number): Float32Array {
  const { label, label_weights: weights } = golden.inputs;
  if (label === undefined && isTensor(weights)) return arrayOf(weights).data;
  const one = Array.isArray(label) ? label[step % label.length] : label;
  if (!Number.isInteger(one) || one < 0 || one >= classes)
    throw new Error(`inputs.label: ${JSON.stringify(one)}, expected a class from 0 to ${classes - 1}`);
  return Float32Array.from({ length: classes }, (_, k) => (k === one ? 1 : 0));
}

export function arrayOf(value: unknown): NamedArray {
  if (!isTensor(value)) throw new Error('expected a tensor { shape, data }');
  return { shape: value.shape, data: Float32Array.from(value.data, toNumber) };
}

/** A list of numbers of a file, written as a list or as a tensor. */
export function listOf(value: unknown): number[] {
  return Array.isArray(value) ? value.map(toNumber) : numbersOf(value);
}

/** The file's parameters by spec name, stacks joined. */
export interface FileParams {
  readonly params: Record<string, NamedArray>;
  /** Parameters that the reference code creates and never uses, where the file holds them. */
  readonly unused: Record<string, NamedArray>;
  readonly trees: Record<string, Record<string, NamedArray>>;
}

/**
 * The parameters of a file. Those of a tree carry its name in front (`anchor.`). A tree that the file leaves out starts as
 * the model starts it, provided that its start is a copy. Parameters of a tree that the model does not have are left alone:
 * nothing reads them.
 */
export function paramsOf(golden: Golden, model: Model): FileParams {
  const named = Object.fromEntries(Object.entries(golden.params).map(([name, t]) => [name, arrayOf(t)]));
  const roots = new Set(['anchor', ...Object.keys(model.trees ?? {})]);
  const isOnline = (name: string): boolean => !roots.has(name.split('.')[0]!);
  const online = Object.fromEntries(Object.entries(named).filter(([name]) => isOnline(name)));
  const present = (specs: readonly ParamSpec[]): ParamSpec[] =>
    specs.filter((spec) => Object.keys(online).some((name) => name === spec.name.replaceAll('*', '0')));
  const unusedSpecs = present(model.unused ?? []);
  const all = collapseStacks([...model.params, ...unusedSpecs], online);
  const pick = (specs: readonly ParamSpec[]): Record<string, NamedArray> =>
    Object.fromEntries(specs.map((spec) => [spec.name, all[spec.name]!]));
  const params = pick(model.params);
  const trees = Object.fromEntries(
    Object.entries(model.trees ?? {}).map(([root, specs]) => [root, treeOf(root, specs, named, params)]),
  );
  return { params, unused: pick(unusedSpecs), trees };
}

function treeOf(
  root: string,
  specs: readonly ParamSpec[],
  named: NamedArrays,
  online: NamedArrays,
): Record<string, NamedArray> {
  const own = Object.entries(named).filter(([name]) => name.startsWith(`${root}.`));
  if (own.length === 0) {
    const drawn = specs.find((spec) => spec.init.kind !== 'copy');
    if (drawn !== undefined) throw new Error(`params: ${root}.${drawn.name} is missing`);
    return initParams(specs, createRng(0), online);
  }
  const inside = Object.fromEntries(own.map(([name, array]) => [name.slice(root.length + 1), array]));
  return collapseStacks(specs, inside, { extra: 'ignore' });
}
