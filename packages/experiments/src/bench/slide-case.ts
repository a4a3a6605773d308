import {
  type Bag,
  createRng,
  type EngineName,
  Executor,
  FeatureStore,
  gridCoords,
  trainModel,
  useEngine,
} from '@asmil/core';
import { peakRssMb } from './memory.js';
import type { Epoch, SlideFacts, SlideSeries } from './types.js';
import { CLASSES, workload } from './workloads.js';

const SEED = 1;
/** Slides of the untimed run that compiles the steps. */
const WARM_SLIDES = 2;
/** Uniform noise of this half-width has variance 1. */
const HALF_WIDTH = Math.sqrt(3);

/** The training loop over as many slides as are asked for, on one engine. Throws what the engine and the loop throw. */
export class SlideLoop {
  private constructor(
    private readonly series: SlideSeries,
    private readonly executor: Executor,
    readonly facts: SlideFacts,
  ) {}

  static async open(engine: EngineName, series: SlideSeries): Promise<SlideLoop> {
    const { version, threads } = await useEngine(engine, { threads: series.threads });
    const executor = new Executor();
    await epoch(series, executor, WARM_SLIDES);
    return new SlideLoop(series, executor, { version, threads, baseRssMb: peakRssMb() });
  }

  /** One training epoch over the slides and one evaluation of all of them. */
  async epoch(slides: number): Promise<Epoch> {
    const times = await epoch(this.series, this.executor, slides);
    return { ...times, peakRssMb: peakRssMb() };
  }
}

/** Starts from an empty store of features. */
async function epoch(
  { model: name, n, d, budgetMb }: SlideSeries,
  executor: Executor,
  slides: number,
): Promise<Pick<Epoch, 'ms' | 'loadMs'>> {
  const { model, train } = workload(name, d);
  const ids = Array.from({ length: slides }, (_, i) => String(i));
  const features = new FeatureStore(budgetMb === null ? Number.POSITIVE_INFINITY : budgetMb * 1024 ** 2);
  let loadMs = 0;
  const load = async (id: string): Promise<Bag> => {
    const begin = performance.now();
    const bag = makeSlide(id, n, d);
    loadMs += performance.now() - begin;
    return bag;
  };
  const start = performance.now();
  try {
    const { status } = await trainModel(
      {
        ...{ model, seed: SEED, load, featureKey: 'bench' },
        config: { ...train, epochs: 1, select: 'last' },
        split: { name: 'bench', train: ids, val: [], test: ids },
      },
      { executor, features },
    );
    if (status !== 'finished') throw new Error('the loss is not finite');
    return { ms: performance.now() - start, loadMs };
  } finally {
    features.dispose();
  }
}

/** A slide of uniform noise with mean 0 and variance 1, its tiles on a grid; its label alternates with its number. */
export function makeSlide(id: string, n: number, d: number): Bag {
  const rng = createRng(SEED, 'slide', id);
  const features = new Float32Array(n * d);
  for (let i = 0; i < features.length; i++) features[i] = (2 * rng.next() - 1) * HALF_WIDTH;
  return { id, n, d, features, coords: gridCoords(n), label: Number(id) % CLASSES };
}
