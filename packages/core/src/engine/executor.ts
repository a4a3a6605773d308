import * as tf from '@tensorflow/tfjs-core';
import { type Compiled, compile, type TensorFunction } from './compiled/compile.js';

type Inputs = Readonly<Record<string, tf.Tensor>>;

/** Largest difference between the compiled and the eager run that the first call of a graph may show, relative to max(1, |x|). */
const SELF_CHECK = 1e-3;

export interface ExecutorOptions {
  /** Trace and compile where the engine can. Default: on the native engine. */
  readonly compile?: boolean;
  /** Graphs kept at most; the one not used for longest goes first. */
  readonly maxGraphs?: number;
}

/**
 * Runs pure functions of named tensors, compiled where the engine can and eagerly elsewhere. A function is known by its key:
 * the same key promises the same function. `free` names the axes that vary with the bag size; one graph serves every size.
 *
 * A function that cannot be compiled, or whose first compiled result differs from the eager one, runs eagerly from then on,
 * and `fallbacks` says why.
 */
export class Executor {
  private readonly graphs = new Map<string, Compiled>();
  /** Key → reason of the functions that run eagerly although compiling was asked for. */
  readonly fallbacks = new Map<string, string>();
  private readonly compiles: boolean;
  private readonly maxGraphs: number;

  constructor(options: ExecutorOptions = {}) {
    this.compiles = options.compile ?? tf.getBackend() === 'tensorflow';
    this.maxGraphs = options.maxGraphs ?? 64;
  }

  /**
   * The caller owns the tensors that come back; the inputs stay the caller's. `slack` widens the self-check of results, by
   * name: for those that turn rounding noise into something larger.
   */
  run(
    key: string,
    f: TensorFunction,
    inputs: Inputs,
    free?: Readonly<Record<string, number>>,
    slack?: Readonly<Record<string, number>>,
  ): Record<string, tf.Tensor> {
    if (!this.compiles || this.fallbacks.has(key)) return eager(f, inputs);
    const known = this.graphs.get(key);
    if (known) {
      // A Map keeps the order of insertion: the last used goes to the end.
      this.graphs.delete(key);
      this.graphs.set(key, known);
      return known.run(inputs);
    }
    return this.first(key, f, inputs, free, slack);
  }

  /**
   * The first call of a key: compiled, and checked against the eager run. What comes back is the compiled result, so that
   * a run gives the same bits whether or not its process had the graph already.
   */
  private first(
    key: string,
    f: TensorFunction,
    inputs: Inputs,
    free?: Readonly<Record<string, number>>,
    slack: Readonly<Record<string, number>> = {},
  ): Record<string, tf.Tensor> {
    const expected = eager(f, inputs);
    // A graph without results is none: TensorFlow refuses to run it.
    if (Object.keys(expected).length === 0) return expected;
    let reason: string | undefined;
    try {
      const graph = compile(f, inputs, free);
      const got = graph.run(inputs);
      reason = difference(expected, got, slack);
      if (reason === undefined) {
        tf.dispose(expected);
        this.graphs.set(key, graph);
        this.trim();
        return got;
      }
      tf.dispose(got);
      graph.dispose();
    } catch (error) {
      reason = (error as Error).message;
    }
    this.fallbacks.set(key, reason);
    return expected;
  }

  private trim(): void {
    while (this.graphs.size > this.maxGraphs) {
      const [key, graph] = this.graphs.entries().next().value!;
      graph.dispose();
      this.graphs.delete(key);
    }
  }

  dispose(): void {
    for (const graph of this.graphs.values()) graph.dispose();
    this.graphs.clear();
  }
}

function eager(f: TensorFunction, inputs: Inputs): Record<string, tf.Tensor> {
  return tf.tidy(() => {
    // A result that is one of the inputs would be owned twice.
    const given = new Set(Object.values(inputs).map((t) => t.id));
    return Object.fromEntries(Object.entries(f(inputs)).map(([k, t]) => [k, given.has(t.id) ? tf.clone(t) : t]));
  });
}

/** What differs, in words, or undefined. NaN equals NaN: a diverged step is the same on both paths. */
function difference(
  a: Readonly<Record<string, tf.Tensor>>,
  b: Readonly<Record<string, tf.Tensor>>,
  slack: Readonly<Record<string, number>>,
): string | undefined {
  for (const [name, x] of Object.entries(a)) {
    const y = b[name];
    if (!y || x.shape.join() !== y.shape.join())
      return `compiled result "${name}" has shape [${y?.shape}], expected [${x.shape}]`;
    const p = x.dataSync();
    const q = y.dataSync();
    for (let i = 0; i < p.length; i++) {
      const d = Math.abs(p[i]! - q[i]!);
      if (d > SELF_CHECK * Math.max(1, Math.abs(p[i]!)) + (slack[name] ?? 0))
        return `compiled result "${name}" differs by ${d.toExponential(1)}`;
    }
  }
  return undefined;
}
