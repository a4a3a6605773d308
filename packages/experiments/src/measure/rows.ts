import type { Measured } from '../bench/measure.js';
import { quantile } from '../bench/quantile.js';
import type { CaseFacts } from '../bench/types.js';
import type { Times } from './types.js';

/** The times of a cell, beside those of its baseline from the same rounds. */
export function timesOf(own: readonly number[], baseline: readonly number[] | null): Times {
  return {
    median: digits(quantile(own, 0.5)),
    min: digits(quantile(own, 0)),
    p25: digits(quantile(own, 0.25)),
    p75: digits(quantile(own, 0.75)),
    reps: own.length,
    ratio: baseline && digits(quantile(own, 0.5) / quantile(baseline, 0.5)),
    ratioMin: baseline && digits(quantile(own, 0) / quantile(baseline, 0)),
  };
}

/** Step and inference of a cell; `baseline` is null for a baseline itself. */
export function bothTimes(own: Measured, baseline: Measured | null): { step: Times; infer: Times } {
  return {
    step: timesOf(own.step, baseline?.step ?? null),
    infer: timesOf(own.infer, baseline?.infer ?? null),
  };
}

/** MiB above what the engine takes before there is a model. */
export function memoryAbove({ peakRssMb, baseRssMb }: CaseFacts): number | null {
  return baseRssMb === null ? null : digits(peakRssMb - baseRssMb);
}

const digits = (value: number): number => Number(value.toPrecision(4));
