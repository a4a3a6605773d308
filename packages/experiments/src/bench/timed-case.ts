import {
  countMacs,
  type DeviceBag,
  type EngineInfo,
  type EngineName,
  Executor,
  gridCoords,
  Trainer,
  tf,
  useEngine,
} from '@asmil/core';
import { peakRssMb } from './memory.js';
import type { BenchCase, CaseFacts, Timed } from './types.js';
import { workload } from './workloads.js';

/** Untimed repetitions before the first timed one, the very first of which also traces and compiles the step, … */
const WARM_UP = 3;
/** … and no further one once they have taken this many milliseconds. */
const WARM_UP_MS = 1000;
/** Rows, columns and depth of the product that gives the engine's peak. */
const MATMUL = 1024;
const MATMUL_REPS = 16;

/** One model with its optimiser and one bag on an engine; the state goes on from one call to the next. */
export class TimedCase {
  private steps = 0;
  private readonly warm = new Set<Timed>();

  private constructor(
    private readonly info: EngineInfo,
    private readonly baseRssMb: number,
    private readonly given: BenchCase,
    private readonly bags: readonly DeviceBag[],
    private readonly executor: Executor,
    private readonly trainer: Trainer,
  ) {}

  static async open(engine: EngineName, given: BenchCase): Promise<TimedCase> {
    const { model: name, config, n, d, threads } = given;
    const info = await useEngine(engine, { threads });
    const baseRssMb = peakRssMb();
    const { model, train } = workload(name, d, config);
    const x = tf.keep(tf.randomNormal([n, d], 0, 1, 'float32', 1)) as tf.Tensor2D;
    // The label alternates, so that the loss stays away from 0 over thousands of steps on one bag.
    const bag = { id: 'bench', n, d, coords: gridCoords(n) };
    const bags = [0, 1].map((label): DeviceBag => ({ bag: { ...bag, label }, x, release: () => {} }));
    const executor = new Executor();
    return new TimedCase(info, baseRssMb, given, bags, executor, new Trainer(model, train, 1, executor));
  }

  /** Milliseconds of each of `reps` repetitions. A step includes reading its losses, an evaluation reading its results. */
  times(what: Timed, reps: number): number[] {
    if (!this.warm.has(what)) {
      const begin = performance.now();
      for (let i = 0; i < WARM_UP && (i === 0 || performance.now() - begin < WARM_UP_MS); i++) this.once(what);
      this.warm.add(what);
    }
    return Array.from({ length: reps }, () => {
      const start = performance.now();
      this.once(what);
      return performance.now() - start;
    });
  }

  private once(what: Timed): void {
    if (what === 'infer') this.trainer.evaluate(this.bags[0]!);
    else this.trainer.step(this.bags[this.steps++ % 2]!, 0);
  }

  /** Memory first: what comes after it, the rates, takes memory of its own. */
  finish(rates: boolean): CaseFacts {
    const peak = peakRssMb();
    const [fallback] = this.executor.fallbacks.values();
    return {
      threads: this.info.threads,
      version: this.info.version,
      peakRssMb: peak,
      baseRssMb: this.baseRssMb,
      matmulGflops: rates ? matmulGflops() : null,
      stepMacs: rates ? this.macsRun() : null,
      fallback: fallback ?? null,
    };
  }

  private macsRun(): number {
    const { model, train } = workload(this.given.model, this.given.d, this.given.config);
    const eager = new Trainer(model, train, 1, new Executor({ compile: false }));
    return countMacs(() => eager.step(this.bags[0]!, 0));
  }
}

/** The best of several products of two matrices of 1024² float32 numbers, GFLOP/s. */
function matmulGflops(): number {
  const [a, b] = [1, 2].map((seed) => tf.randomNormal([MATMUL, MATMUL], 0, 1, 'float32', seed) as tf.Tensor2D);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < MATMUL_REPS; i++) {
    const start = performance.now();
    const product = tf.matMul(a!, b!);
    product.dataSync();
    best = Math.min(best, performance.now() - start);
    product.dispose();
  }
  tf.dispose([a!, b!]);
  return (2 * MATMUL ** 3) / (best * 1e6);
}
