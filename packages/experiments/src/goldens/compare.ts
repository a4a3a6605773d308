import { type Golden, type GoldenTensor, isRecord, isTensor, toNumber } from './schema.js';

/** A value as a checker computes it. Typed arrays without a shape are compared by length and order. */
export type Value =
  | number
  | boolean
  | string
  | null
  | Float32Array
  | Float64Array
  | Int32Array
  | readonly Value[]
  | { readonly shape: readonly number[]; readonly data: ArrayLike<number> };

/** One output of a file: what the implementation gives and what the file holds. */
export interface Pair {
  readonly got: Value | undefined;
  readonly want: unknown;
}

/** Outputs by name. Names join the keys by `.` and give list positions as `[3]`: `loss_terms.ce`, `cases[3].jsd`. */
export type Pairs = Map<string, Pair>;

/** The largest error of an output. */
export interface OutputError {
  /** Largest |got − want|; null where that is not a number. */
  readonly abs: number | null;
  /** `abs` over max(1, largest |want| of the tensor), which is what the tolerance holds against. */
  readonly rel: number | null;
  /** Position of the largest error: a path within the output, empty for a single number. */
  readonly at: string;
}

/** Every file passes at least this much, relative to the tensor's largest value. */
export const LEAST_TOLERANCE = 1e-4;

/**
 * Pairs every number of a golden's tree with the same place of `got`; what `got` lacks is paired with undefined and so
 * fails. `ignore` names keys that are not outputs of the implementation (inputs repeated in a case, notes).
 */
export function pairTrees(want: unknown, got: unknown, ignore: readonly string[] = [], name = ''): Pairs {
  if (!isRecord(want) || isTensor(want)) {
    if (!Array.isArray(want) || isNumeric(want)) return new Map([[name, { got: got as Value | undefined, want }]]);
    return new Map(
      want.flatMap((inner, i) => [
        ...pairTrees(inner, Array.isArray(got) ? got[i] : undefined, ignore, `${name}[${i}]`),
      ]),
    );
  }
  const inside = (key: string): string => (name === '' ? key : `${name}.${key}`);
  const keys = Object.keys(want).filter((key) => !ignore.includes(key));
  return new Map(
    keys.flatMap((key) => [...pairTrees(want[key], isRecord(got) ? got[key] : undefined, ignore, inside(key))]),
  );
}

/** The pairs of a model's file: everything in `outputs` (its `loss_terms` included) and in `grads`. */
export function pairGolden(
  golden: Golden,
  got: { readonly outputs: Readonly<Record<string, unknown>>; readonly grads?: Readonly<Record<string, unknown>> },
  ignore: readonly string[] = [],
): Pairs {
  return new Map([
    ...pairTrees(golden.outputs, got.outputs, ignore),
    ...pairTrees(golden.grads, got.grads ?? {}, ignore, 'grads'),
  ]);
}

/**
 * The tolerance of one output. An override names a parameter: `NAME`, `*.SUFFIX`, or `anchor NAME` for the parameter of
 * that name inside an output that is called after an anchor. An output of the compiled path has its tolerance.
 */
export function toleranceOf(output: string, golden: Golden): number {
  const name = output.replace(/^compiled /, '');
  const anchored = /^[^.]*anchor[^.]*\./.test(name);
  for (const [key, value] of Object.entries(golden.tolerance_overrides)) {
    const wanted = key.replace(/^anchor /, '');
    if (wanted !== key && !anchored) continue;
    const hit = wanted.startsWith('*')
      ? name.endsWith(wanted.slice(1))
      : (name === wanted || name.endsWith(`.${wanted}`)) && (wanted !== key || !anchored);
    if (hit) return Math.max(value, LEAST_TOLERANCE);
  }
  return Math.max(golden.tolerance_hint ?? 0, LEAST_TOLERANCE);
}

/** Compares one output. `reason` is there if it fails. */
export function comparePair({ got, want }: Pair, tolerance: number): { error: OutputError; reason?: string } {
  if (got === undefined) return { error: { abs: null, rel: null, at: '' }, reason: 'not computed' };
  const [a, b] = [flatten(got), flatten(want)];
  const [shapeGot, shapeWant] = [shapeOf(got), shapeOf(want)];
  if (a.length !== b.length || (shapeGot && shapeWant && shapeGot.join() !== shapeWant.join())) {
    const size = (shape: readonly number[] | undefined, n: number): string =>
      shape ? `shape [${shape}]` : `${n} values`;
    const reason = `${size(shapeGot, a.length)}, expected ${size(shapeWant, b.length)}`;
    return { error: { abs: null, rel: null, at: '' }, reason };
  }
  const scale = b.reduce((top, { value }) => Math.max(top, Number.isFinite(value) ? Math.abs(value as number) : 0), 1);
  let error: OutputError = { abs: 0, rel: 0, at: '' };
  for (let i = 0; i < b.length; i++) {
    const abs = distance(a[i]!.value, b[i]!.value);
    if (abs === null) {
      const reason = `${String(a[i]!.value)}${b[i]!.at && ` at ${b[i]!.at}`}, expected ${String(b[i]!.value)}`;
      return { error: { abs: null, rel: null, at: b[i]!.at }, reason };
    }
    if (abs > error.abs!) error = { abs, rel: abs / scale, at: b[i]!.at };
  }
  if (error.rel! <= tolerance) return { error };
  const where = error.at && ` at ${error.at}`;
  return { error, reason: `off by ${error.abs!.toExponential(2)}${where}, tolerance ${tolerance} × ${scale}` };
}

type Leaf = number | boolean | string | null | undefined;

/** |a − b| of two finite numbers, 0 for equal values of any other kind; null where there is no distance. */
function distance(a: Leaf, b: Leaf): number | null {
  if (Object.is(a, b)) return 0;
  if (typeof a !== 'number' || typeof b !== 'number' || !Number.isFinite(a) || !Number.isFinite(b)) return null;
  return Math.abs(a - b);
}

/** All leaves with their places. Spelled numbers (`"Infinity"`) become numbers. */
function flatten(value: unknown, at = ''): { value: Leaf; at: string }[] {
  if (isRecord(value) && 'data' in value) {
    const { shape, data } = value as unknown as GoldenTensor;
    return Array.from(data, (v, i) => ({ value: toNumber(v), at: `${at}[${position(i, shape)}]` }));
  }
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array, (v, i) => ({ value: v, at: `${at}[${i}]` }));
  if (Array.isArray(value)) return value.flatMap((inner, i) => flatten(inner, `${at}[${i}]`));
  const spelled = value === 'NaN' || value === 'Infinity' || value === '-Infinity';
  return [{ value: spelled ? Number(value) : (value as Leaf), at }];
}

function shapeOf(value: unknown): readonly number[] | undefined {
  return isRecord(value) && Array.isArray(value.shape) ? value.shape : undefined;
}

/** Index along each axis of a row-major position. */
function position(i: number, shape: readonly number[]): string {
  const out: number[] = [];
  for (let axis = shape.length - 1, rest = i; axis >= 0; axis--) {
    out.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return out.join(', ');
}

/** A list of plain values, nested or not, as opposed to a list of tensors or records. */
function isNumeric(list: readonly unknown[]): boolean {
  return list.every((v) => (Array.isArray(v) ? isNumeric(v) : !isRecord(v)));
}
