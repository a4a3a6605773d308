/** What is timed: one training step, or one evaluation of a bag. */
export type Timed = 'step' | 'infer';

/** One measurement: a model at a bag size on one engine, in a process of its own. */
export interface BenchCase {
  /** Name of the workload: a model of the registry, or a variant of one. */
  readonly model: string;
  /** Settings of the model beside the workload's own. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Instances of the bag. */
  readonly n: number;
  /** Features an instance. */
  readonly d: number;
  readonly threads: number;
}

/** What a process says of itself when it has finished its repetitions. */
export interface CaseFacts {
  /** Threads inside one operation that the engine really uses. */
  readonly threads: number;
  /** Version of the library that computes. */
  readonly version: string;
  /** Largest resident memory, MiB. */
  readonly peakRssMb: number;
  /** The same before the model was built: the runtime and the engine alone. */
  readonly baseRssMb: number | null;
  /** Best rate of a 1024³ float32 matrix product in the same process, GFLOP/s. */
  readonly matmulGflops: number | null;
  /** Multiply-accumulates of the matrix products that one training step runs, counted; null where nobody counted. */
  readonly stepMacs: number | null;
  /** Why the step runs operation by operation although compiling was asked for. */
  readonly fallback: string | null;
}

/** One row of the result: milliseconds of wall time, MiB. */
export interface BenchRow extends CaseFacts {
  /** `native`, `wasm` or `pytorch`. */
  readonly engine: string;
  readonly model: string;
  readonly n: number;
  readonly d: number;
  readonly stepMsMedian: number;
  readonly stepMsMin: number;
  readonly stepMsP25: number;
  readonly stepMsP75: number;
  readonly stepReps: number;
  readonly inferMsMedian: number;
  readonly inferMsMin: number;
  readonly inferReps: number;
  /** This engine's time over PyTorch's, taken in turns with it; null without PyTorch. */
  readonly ratioMedian: number | null;
  readonly ratioMin: number | null;
}

/** Measurements of many slides: a model on one engine, in a process of its own. */
export interface SlideSeries {
  readonly model: string;
  /** Instances of every slide. */
  readonly n: number;
  /** Features an instance. */
  readonly d: number;
  readonly threads: number;
  /** MiB of features that stay on the device; null keeps all. */
  readonly budgetMb: number | null;
}

/** What the process of a series says of itself. */
export interface SlideFacts {
  readonly threads: number;
  readonly version: string;
  /** Largest resident memory, MiB, of the engine with the model trained and evaluated on two slides. */
  readonly baseRssMb: number;
}

/** A training epoch over some slides and an evaluation of all of them. */
export interface Epoch {
  readonly ms: number;
  /** Milliseconds of it that went into making features. */
  readonly loadMs: number;
  /** Largest resident memory of the process so far, MiB. */
  readonly peakRssMb: number;
}

/** One row of the result for many slides. */
export interface SlideRow extends SlideSeries, SlideFacts {
  readonly engine: string;
  /** Number of slides. */
  readonly slides: number;
  /** Wall time of the epoch and the evaluation, seconds: median over the repetitions. */
  readonly secondsMedian: number;
  readonly secondsMin: number;
  /** The same for one slide, milliseconds. */
  readonly msPerSlide: number;
  /** Milliseconds a slide that went into making features: median over the repetitions. */
  readonly loadMsPerSlide: number;
  readonly reps: number;
  /** Largest resident memory up to the end of the first repetition, MiB. */
  readonly peakRssMb: number;
}

/** What `results.json` holds. */
export interface BenchResults {
  readonly kind: 'benchmark';
  readonly title: string;
  /** Load average of the machine over the last minute, at the start and at the end. */
  readonly load: readonly [number, number];
  readonly cores: number;
  readonly rows: readonly BenchRow[];
  /** Against the number of slides; absent where only single bags were measured. */
  readonly slides?: readonly SlideRow[];
  /** Cases without a result and why, one line each; absent if there are none. */
  readonly failed?: readonly string[];
}
