import {
  type Checkpoint,
  collapseStacks,
  createRng,
  initParams,
  layerNames,
  type Model,
  type NamedArray,
  type NamedArrays,
  UserError,
} from '@asmil/core';
import { buildModel, modelNames } from '../registry.js';
import { type Official, official } from './models.js';
import { Shapes } from './shapes.js';

/** A tensor of a state dictionary, whose values are only asked for when it is needed. */
export interface StateTensor {
  readonly shape: readonly number[];
  values(): Float32Array;
}

export interface ImportOptions {
  /** Settings that shapes do not tell, or that are to differ from what they suggest. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Tensors that the model does not know are reported, and no error. */
  readonly ignoreUnknown?: boolean;
}

export interface Imported {
  readonly checkpoint: Checkpoint;
  /** Tensors of the file that are no weights of the model (buffers of losses, layers never called). */
  readonly leftOut: readonly string[];
  /** Parameters and trees that the file does not have and how they start. */
  readonly started: readonly string[];
}

/**
 * A model of the registry from the state dictionary of its official code: names are mapped, dimensions and settings read
 * from the shapes, stacks joined. Throws `UserError` for names that are missing or unknown, for another shape, or for a
 * setting that the model refuses.
 */
export function importState(
  name: string,
  state: ReadonlyMap<string, StateTensor>,
  options: ImportOptions = {},
): Imported {
  const known = officialOf(name);
  const { named, leftOut } = renamed(state, known);
  const { anchor, ...settings } = options.config ?? {};
  const read = known.describe(
    new Shapes(new Map([...named].map(([key, { shape }]) => [key, shape] as const)), name),
    settings,
  );
  const model = buildModel(name, { ...read.config, ...settings, ...(anchor !== undefined && { anchor }) }, read.dims);

  const arrays: Record<string, NamedArray> = Object.create(null);
  const wanted = expectedNames(model);
  const missing = layerNames(model.params).filter((key) => !named.has(key) && known.own?.[key] === undefined);
  const unknown = [...named.keys()].filter((key) => !wanted.has(key));
  if (missing.length > 0 || (unknown.length > 0 && !options.ignoreUnknown)) throw mismatch(name, missing, unknown);
  for (const [key, tensor] of named) {
    if (wanted.has(key)) arrays[key] = { shape: tensor.shape, data: tensor.values() };
  }

  const started: string[] = [];
  const params = online(model, arrays, known, started);
  return {
    checkpoint: {
      // IBMIL's first stage is an ABMIL, and says so.
      model: { name: model.name, version: model.version, config: model.config },
      dims: model.dims,
      params,
      trees: treesOf(model, arrays, params, started),
      meta: {},
    },
    leftOut: [...leftOut, ...unknown],
    started,
  };
}

export function officialOf(name: string): Official {
  const known = official[name];
  // The registry says what is wrong with a name that it does not know.
  if (!modelNames().includes(name)) buildModel(name, {}, { input: 1, classes: 2 });
  if (known === undefined) throw new UserError(`${name}: no official names are known of it`, 2);
  return known;
}

/** The state under the suite's names. `module.`, which training on several devices puts in front of all names, goes. */
function renamed(
  state: ReadonlyMap<string, StateTensor>,
  { prefixes = {}, leaveOut = [] }: Official,
): { named: Map<string, StateTensor>; leftOut: string[] } {
  const parallel = state.size > 0 && [...state.keys()].every((key) => key.startsWith('module.'));
  const named = new Map<string, StateTensor>();
  const leftOut: string[] = [];
  for (const [full, tensor] of state) {
    let key = parallel ? full.slice('module.'.length) : full;
    if (leaveOut.some((prefix) => key.startsWith(prefix))) {
      leftOut.push(key);
      continue;
    }
    for (const [theirs, ours] of Object.entries(prefixes)) {
      if (key.startsWith(theirs)) key = ours + key.slice(theirs.length);
    }
    if (named.has(key)) throw new UserError(`two tensors of the file stand for ${key}`);
    named.set(key, tensor);
  }
  return { named, leftOut };
}

function expectedNames(model: Model): Set<string> {
  const trees = Object.entries(model.trees ?? {}).flatMap(([root, specs]) =>
    layerNames(specs).map((name) => `${root}.${name}`),
  );
  return new Set([...layerNames(model.params), ...layerNames(model.unused ?? []), ...trees]);
}

/** The optimised parameters, and the unused ones that the file has in full. */
function online(
  model: Model,
  arrays: NamedArrays,
  { own = {} }: Official,
  started: string[],
): Record<string, NamedArray> {
  const whole: Record<string, NamedArray> = { ...arrays };
  for (const { name, shape } of model.params) {
    const value = own[name];
    if (value === undefined || whole[name] !== undefined) continue;
    whole[name] = { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) };
    started.push(`${name} = ${value}`);
  }
  const idle = (model.unused ?? []).filter((spec) => layerNames([spec]).every((key) => whole[key] !== undefined));
  return collapseStacks([...model.params, ...idle], whole, { extra: 'ignore' });
}

/** Trees (anchor, teacher) from the file; one that it does not hold starts as in training. */
function treesOf(
  model: Model,
  arrays: NamedArrays,
  params: NamedArrays,
  started: string[],
): Record<string, Record<string, NamedArray>> {
  return Object.fromEntries(
    Object.entries(model.trees ?? {}).map(([root, specs]) => {
      const inside = Object.entries(arrays)
        .filter(([key]) => key.startsWith(`${root}.`))
        .map(([key, array]) => [key.slice(root.length + 1), array] as const);
      if (inside.length > 0) return [root, collapseStacks(specs, Object.fromEntries(inside), { extra: 'ignore' })];
      const copied = specs.every(({ init }) => init.kind === 'copy');
      started.push(`${root}: ${copied ? 'a copy of the model' : 'random, as in training'}`);
      return [root, initParams(specs, createRng(0, 'import', root), params)];
    }),
  );
}

function mismatch(name: string, missing: readonly string[], unknown: readonly string[]): UserError {
  const list = (names: readonly string[]): string =>
    `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
  const parts = [
    ...(missing.length > 0 ? [`lacks ${list(missing)}`] : []),
    ...(unknown.length > 0 ? [`has ${list(unknown)}, which ${name} does not`] : []),
  ];
  const hint =
    missing.length > 0
      ? 'is it another model, or has it other settings (--config)?'
      : '--ignore-unknown leaves them out';
  return new UserError(`the state dictionary ${parts.join(' and ')}; ${hint}`);
}
