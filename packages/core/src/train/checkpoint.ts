import { z } from 'zod';
import { UserError } from '../errors.js';
import type { Dims, ParamSpec } from '../model.js';
import { collapseStacks, expandStacks, type NamedArray, type NamedArrays, sizeOf } from '../params.js';
import { shown } from '../shown.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';

/** A trained model as values: all that is needed to rebuild it through a registry and get the same numbers again. */
export interface Checkpoint {
  readonly model: {
    readonly name: string;
    readonly version: number;
    readonly config: Readonly<Record<string, unknown>>;
  };
  readonly dims: Dims;
  /** Class names, where the cohort has them; the index is the label. */
  readonly classes?: readonly string[];
  /** Optimised (and unused) parameters by spec name; stacks are one array. */
  readonly params: NamedArrays;
  /** Parameter trees such as `anchor` or `teacher`. */
  readonly trees: Readonly<Record<string, NamedArrays>>;
  /** How it was trained: JSON, free of choice. */
  readonly meta: Readonly<Record<string, unknown>>;
}

/** Raised when files written by older code can no longer be read as they are. */
const FORMAT = 1;

/** Spec names and shapes in order, from which stacks are put together again. */
const Names = z.custom<[name: string, shape: number[]][]>(
  (list) => Array.isArray(list) && list.every(isNamed), // stops at the first that is none
  'expected names and shapes',
);
const MAX_AXES = 32;
const isNamed = (item: unknown): boolean => {
  const [name, shape] = Array.isArray(item) ? (item as unknown[]) : [];
  if (typeof name !== 'string' || !Array.isArray(shape) || shape.length > MAX_AXES) return false;
  return shape.every((side) => Number.isSafeInteger(side) && side >= 0);
};
const json = z.record(z.string(), z.unknown());
const Description = z.object({
  format: z.literal(FORMAT),
  model: z.object({ name: z.string(), version: z.number(), config: json }),
  dims: z.object({ input: z.number().int().positive(), classes: z.number().int().positive() }),
  classes: z.array(z.string()).optional(),
  params: Names,
  trees: z.record(z.string(), Names),
  meta: json,
});

/**
 * Writes one safetensors file, whole or not at all. Tensors carry the names of the official code, one a layer where
 * parameters are stacked; those of a tree carry its name in front (`anchor.enc.q.weight`). `__metadata__.asmil` describes
 * the rest.
 */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { model, dims, classes, params, trees, meta } = checkpoint;
  const tensors: Record<string, NamedArray> = {};
  for (const [prefix, arrays] of [['', params] as const, ...Object.entries(trees)]) {
    for (const [name, array] of Object.entries(expandStacks(specsOf(namesOf(arrays)), arrays))) {
      const full = prefix === '' ? name : `${prefix}.${name}`;
      if (Object.hasOwn(tensors, full)) throw new Error(`checkpoint: two parameters are called ${full}`);
      tensors[full] = array;
    }
  }
  const description: z.input<typeof Description> = {
    format: FORMAT,
    model: { name: model.name, version: model.version, config: { ...model.config } },
    dims: { input: dims.input, classes: dims.classes },
    ...(classes === undefined ? {} : { classes: [...classes] }),
    params: namesOf(params),
    trees: Object.fromEntries(Object.entries(trees).map(([name, tree]) => [name, namesOf(tree)])),
    meta: { ...meta },
  };
  await writeSafetensors(path, { metadata: { asmil: JSON.stringify(description, refuseNonFinite) }, tensors });
}

/** Reads what `saveCheckpoint` wrote. A UserError names the file and what is wrong with it. */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  const { metadata, tensors } = await readSafetensors(path);
  const description = describe(metadata.asmil, path);
  const named: Record<string, NamedArray> = Object.create(null); // a tensor may be called `constructor`
  let left = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (!(data instanceof Float32Array)) throw new UserError(`${path}: tensor ${shown(name)} is not float32`);
    named[name] = { shape, data };
    left += data.length + 1;
  }
  const used = new Set<string>();
  /** Holds what the description announces against what there is, before memory is asked for. */
  const claim = (name: string, shape: readonly number[]): void => {
    const axes = name.split('*').length - 1;
    left -= Math.max(sizeOf(shape), sizeOf(shape.slice(0, axes)), 1);
    if (axes > shape.length || !(left >= 0))
      throw new UserError(
        `${path}: it describes a parameter ${shown(name)} of shape [${shape}] beyond the numbers in the file; save the checkpoint again`,
      );
  };
  const take = (names: z.infer<typeof Names>, prefix: string): Record<string, NamedArray> => {
    for (const [name, shape] of names) claim(name, shape);
    const specs = specsOf(names.map(([name, shape]) => [prefix + name, shape]));
    const arrays = inFile(path, () => collapseStacks(specs, named, { extra: 'ignore' }));
    for (const name of Object.keys(expandStacks(specs, arrays))) used.add(name);
    return Object.fromEntries(names.map(([name]) => [name, arrays[prefix + name]!]));
  };
  const params = take(description.params, '');
  const trees = Object.fromEntries(
    Object.entries(description.trees).map(([name, names]) => [name, take(names, `${name}.`)]),
  );
  const extra = Object.keys(named).find((name) => !used.has(name));
  if (extra !== undefined)
    throw new UserError(`${path}: tensor ${shown(extra)} belongs to no parameter that the file describes`);
  const { format: _, params: __, trees: ___, ...rest } = description;
  return { ...rest, params, trees };
}

function describe(text: string | undefined, path: string): z.infer<typeof Description> {
  if (text === undefined)
    throw new UserError(`${path}: no \`asmil\` entry in its metadata; expected a checkpoint saved by this suite`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(`${path}: the \`asmil\` entry of its metadata is not JSON; save the checkpoint again`);
  }
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format !== FORMAT)
    throw new UserError(
      `${path}: checkpoint format ${format}, this version of the suite reads ${FORMAT}; update the suite`,
    );
  const parsed = Description.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new UserError(
      `${path}: its \`asmil\` metadata is wrong at ${shown(issue.path.join('.')) || 'the top'}: ${issue.message}`,
    );
  }
  return parsed.data;
}

function namesOf(arrays: NamedArrays): z.infer<typeof Names> {
  return Object.entries(arrays).map(([name, { shape }]) => [name, [...shape]]);
}

/** Names and shapes are all that stacking reads of a spec. */
function specsOf(names: z.infer<typeof Names>): ParamSpec[] {
  return names.map(([name, shape]) => ({ name, shape, init: { kind: 'constant', value: 0 } }));
}

function inFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${path}: ${error.message}`);
    throw error;
  }
}

/** JSON writes NaN and Infinity as null, so that the loaded configuration would be another one. */
function refuseNonFinite(key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Error(`checkpoint: ${key} is ${value}; JSON holds finite numbers only`);
  return value;
}
