import type { EngineName } from '@asmil/core';
import type { Epoch, SlideFacts, SlideSeries } from './types.js';
import { ask, startProcess } from './worker-process.js';

/** An epoch that takes longer is given up. */
const LIMIT_MS = 120_000;

/** A process that trains and evaluates over many slides. */
export interface SlideProcess {
  readonly facts: SlideFacts;
  /** Throws an Error with one line if the epoch fails or takes too long; the process has ended then. */
  epoch(slides: number): Promise<Epoch>;
  kill(): void;
}

/** Starts it and runs the steps that compile. Throws an Error with one line. */
export async function startSlides(engine: EngineName, series: SlideSeries, limitMs = LIMIT_MS): Promise<SlideProcess> {
  const child = startProcess(series.threads);
  const within = async <T>(work: Promise<T>): Promise<T> => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limitMs);
    try {
      return await work;
    } catch (error) {
      child.kill('SIGKILL');
      throw late ? new Error(`not finished after ${limitMs / 1000} s`) : error;
    } finally {
      clearTimeout(timer);
    }
  };
  const facts = await within(ask<SlideFacts>(child, { kind: 'slides', engine, series }));
  return {
    facts,
    epoch: (slides) => within(ask<Epoch>(child, { kind: 'epoch', slides })),
    kill: () => child.kill('SIGKILL'),
  };
}
