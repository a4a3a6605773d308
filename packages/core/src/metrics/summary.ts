import type { Vector } from './simplex.js';

/** Arithmetic mean; NaN of nothing. */
export function mean(values: Vector): number {
  let sum = 0;
  for (const v of values) sum += v;
  return sum / values.length;
}

/** Mean of the values that are defined; null if none is. */
export function meanDefined(values: readonly (number | null)[]): number | null {
  const defined = values.filter((v) => v !== null);
  return defined.length === 0 ? null : mean(defined);
}

/** Sample standard deviation (divisor n − 1); null for n < 2. */
export function sampleStd(values: Vector): number | null {
  return values.length < 2 ? null : Math.sqrt(squares(values) / (values.length - 1));
}

/** Population standard deviation (divisor n); null for no values. */
export function populationStd(values: Vector): number | null {
  return values.length === 0 ? null : Math.sqrt(squares(values) / values.length);
}

/** new / old − 1, the paper's "gain" on printed means. */
export function relativeGain(now: number, before: number): number {
  return now / before - 1;
}

/** Σ (x − mean)². */
function squares(values: Vector): number {
  // Equal values give exactly 0; subtracting their rounded mean would not.
  if (values.every((v: number) => v === values[0])) return 0;
  const m = mean(values);
  let sum = 0;
  for (const v of values) sum += (v - m) ** 2;
  return sum;
}
