import * as tf from '@tensorflow/tfjs-core';
import { type Compiled, compile, type Sizing, type TensorFunction } from './compiled/compile.js';

type Inputs = Readonly<Record<string, tf.Tensor>>;

/** Largest difference between the compiled and the eager run that the first call of a graph may show, relative to max(1, |x|). */
const SELF_CHECK = 1e-3;

export interface ExecutorOptions {
  /** Trace and compile where the engine can. Default: on the native engine, unless `ASMIL_COMPILE` is `off`. */
  readonly compile?: boolean;
  /** Bytes of graphs kept at most, estimated; the one not used for longest goes first. Default: 512 MiB. */
  readonly maxBytes?: number;
}

const DEFAULT_BYTES = 512 * 1024 ** 2;

/**
 * Runs pure functions of named tensors, compiled where the engine can and eagerly elsewhere. A function is known by its key:
 * the same key promises the same function. With a `sizing` one graph serves every bag size of a family; where the shapes
 * follow the size in no linear way, each size gets a graph of its own.
 *
 * A function that cannot be compiled at all, or whose first compiled result differs from the eager one, runs eagerly from
 * then on, and `fallbacks` says why.
 */
export class Executor {
  private readonly graphs = new Map<string, Compiled>();
  private bytes = 0;
  /** Key → reason of the functions that run eagerly although compiling was asked for. */
  readonly fallbacks = new Map<string, string>();
  /** Key → reason of the functions that have a graph for each bag size, since one for all cannot be made. */
  readonly perSize = new Map<string, string>();
  private readonly compiles: boolean;
  private readonly maxBytes: number;

  constructor(options: ExecutorOptions = {}) {
    this.compiles = options.compile ?? (tf.getBackend() === 'tensorflow' && process.env.ASMIL_COMPILE !== 'off');
    this.maxBytes = options.maxBytes ?? DEFAULT_BYTES;
  }

  /** Graphs held, and the bytes they are estimated to take. */
  get held(): { readonly graphs: number; readonly bytes: number } {
    return { graphs: this.graphs.size, bytes: this.bytes };
  }

  /**
   * The caller owns the tensors that come back; the inputs stay the caller's. `slack` widens the self-check of results, by
   * name: for those that turn rounding noise into something larger.
   */
  run(
    key: string,
    f: TensorFunction,
    inputs: Inputs,
    sizing?: Sizing,
    slack?: Readonly<Record<string, number>>,
  ): Record<string, tf.Tensor> {
    if (!this.compiles || this.fallbacks.has(key)) return eager(f, inputs);
    const family = sizing ? `${key} ${sizing.shape(sizing.n).family}` : key;
    const general = sizing !== undefined && !this.perSize.has(family);
    const id = general || !sizing ? family : `${family} N=${sizing.n}`;
    const known = this.graphs.get(id);
    if (known) {
      // A Map keeps the order of insertion: the last used goes to the end.
      this.graphs.delete(id);
      this.graphs.set(id, known);
      return known.run(inputs, sizing?.n);
    }
    const expected = eager(f, inputs);
    // A graph without results is none: TensorFlow refuses to run it.
    if (Object.keys(expected).length === 0) return expected;
    if (general) {
      const first = this.first(id, f, inputs, expected, sizing, slack);
      if ('results' in first) return first.results;
      tf.dispose(expected);
      this.perSize.set(family, first.reason);
      return this.run(key, f, inputs, sizing, slack);
    }
    const first = this.first(id, f, inputs, expected, undefined, slack);
    if ('results' in first) return first.results;
    this.fallbacks.set(key, first.reason);
    return expected;
  }

  /**
   * The first call of a graph: compiled, and checked against the eager run. What comes back is the compiled result, so that
   * a run gives the same bits whether or not its process had the graph already.
   */
  private first(
    id: string,
    f: TensorFunction,
    inputs: Inputs,
    expected: Readonly<Record<string, tf.Tensor>>,
    sizing: Sizing | undefined,
    slack: Readonly<Record<string, number>> = {},
  ): { results: Record<string, tf.Tensor> } | { reason: string } {
    try {
      const graph = compile(f, inputs, sizing);
      let results: Record<string, tf.Tensor>;
      try {
        results = graph.run(inputs, sizing?.n);
      } catch (error) {
        graph.dispose();
        throw error;
      }
      const reason = difference(expected, results, slack);
      if (reason === undefined) {
        tf.dispose(expected);
        this.graphs.set(id, graph);
        this.bytes += costOf(graph);
        this.trim();
        return { results };
      }
      tf.dispose(results);
      graph.dispose();
      return { reason };
    } catch (error) {
      return { reason: (error as Error).message };
    }
  }

  /** Keeps within the limit, but always the newest graph. */
  private trim(): void {
    while (this.bytes > this.maxBytes && this.graphs.size > 1) {
      const [id, graph] = this.graphs.entries().next().value!;
      this.bytes -= costOf(graph);
      graph.dispose();
      this.graphs.delete(id);
    }
  }

  dispose(): void {
    for (const graph of this.graphs.values()) graph.dispose();
    this.graphs.clear();
    this.bytes = 0;
  }
}

/** What a graph takes in a session: its description a few times over, and the state of each operation. */
function costOf({ bytes, operations }: Compiled): number {
  return 4 * bytes + 8192 * operations;
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
