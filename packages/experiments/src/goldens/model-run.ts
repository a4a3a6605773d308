import {
  type EngineChoice,
  Executor,
  engineInfo,
  expandStacks,
  type ParamSpec,
  type Params,
  resolveEngine,
  type Sizing,
  type TensorFunction,
  tf,
  useEngine,
} from '@asmil/core';
import type { Pairs } from './compare.js';

/** A tensor read back. */
export interface Read {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Makes the engine of a choice the one in use. */
export async function ensureEngine(choice: EngineChoice): Promise<void> {
  if (engineInfo()?.name !== resolveEngine(choice).name) await useEngine(choice);
}

/** How a function is run: operation by operation, or as one compiled graph, which only the native engine has. */
export type Path = 'eager' | 'compiled';

/** The pairs of every path that the engine in use has; names of compiled ones have `compiled ` in front. */
export function onPaths(check: (path: Path) => Pairs): Pairs {
  const paths: readonly Path[] = engineInfo()?.name === 'native' ? ['eager', 'compiled'] : ['eager'];
  return new Map(
    paths.flatMap((path) =>
      [...check(path)].map(([name, pair]) => [path === 'eager' ? name : `${path} ${name}`, pair] as const),
    ),
  );
}

/** Runs pure functions on one path. Call `dispose` at the end. */
export class Runner {
  private readonly executor: Executor;
  private readonly seen = new Set<string>();

  constructor(readonly path: Path) {
    this.executor = new Executor({ compile: path === 'compiled' });
  }

  /** As `Executor.run`, except that a function that cannot be compiled throws. */
  run(
    key: string,
    f: TensorFunction,
    inputs: Params,
    sizing?: Sizing,
    slack?: Record<string, number>,
  ): Record<string, tf.Tensor> {
    // An executor's first call of a function still answers with the eager result.
    if (this.path === 'compiled' && !this.seen.has(key)) tf.dispose(this.executor.run(key, f, inputs, sizing, slack));
    this.seen.add(key);
    const out = this.executor.run(key, f, inputs, sizing, slack);
    const reason = this.executor.fallbacks.get(key);
    if (reason !== undefined) throw new Error(`the step cannot be compiled: ${reason}`);
    return out;
  }

  dispose(): void {
    this.executor.dispose();
  }
}

/** The values whose names start so, without the prefix. */
export function group<T>(all: Readonly<Record<string, T>>, prefix: string): Record<string, T> {
  return Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

/** Tensors → values. */
export function readAll(tensors: Params): Record<string, Read> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, t]) => [name, { shape: t.shape, data: t.dataSync() as Float32Array }]),
  );
}

/** Values by spec name → by the file's names; what the loss does not reach is 0. */
export function layers(specs: readonly ParamSpec[], values: Readonly<Record<string, Read>>): Record<string, Read> {
  const size = (spec: ParamSpec): number => spec.shape.reduce((n, side) => n * side, 1);
  const all = Object.fromEntries(
    specs.map((spec) => [
      spec.name,
      { shape: spec.shape, data: values[spec.name]?.data ?? new Float32Array(size(spec)) },
    ]),
  );
  return expandStacks(specs, all);
}

/** L2 norm of all values together. */
export function norm(parts: readonly { readonly data: Float32Array }[]): number {
  return Math.sqrt(parts.reduce((sum, { data }) => data.reduce((s, v) => s + v * v, sum), 0));
}
