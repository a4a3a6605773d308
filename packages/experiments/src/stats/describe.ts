import ttest from '@stdlib/stats-ttest';
import { mean as mathMean, std as mathStd } from 'mathjs/number';

/** Below this spread values count as equal: what is left is rounding of numbers stored with six digits. */
const NO_SPREAD = 1e-12;

/** Arithmetic mean; null for no values. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : Number(mathMean([...values]));
}

/** The middle value, or the mean of the two middle ones; NaN for no values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Sample standard deviation, divisor n − 1; null for fewer than two values. */
export function sampleStd(values: readonly number[]): number | null {
  return values.length < 2 ? null : Number(mathStd([...values], 'unbiased'));
}

/** Population standard deviation, divisor n; null for fewer than two values. */
export function populationStd(values: readonly number[]): number | null {
  return values.length < 2 ? null : Number(mathStd([...values], 'uncorrected'));
}

/** How far a mean can be trusted. */
export interface MeanTest {
  readonly n: number;
  readonly mean: number | null;
  readonly std: number | null;
  /** 95 % confidence interval of the mean from Student's t; null for fewer than two values. */
  readonly ci95: readonly [number, number] | null;
  /** Two-sided p of a mean of zero; null for fewer than two values or values without spread. */
  readonly p: number | null;
}

/** One-sample t-test against zero. Of paired differences it is the paired t-test. */
export function testMean(values: readonly number[]): MeanTest {
  const centre = mean(values);
  const std = sampleStd(values);
  if (centre === null || std === null) return { n: values.length, mean: centre, std, ci95: null, p: null };
  if (std < NO_SPREAD) return { n: values.length, mean: centre, std, ci95: [centre, centre], p: null };
  const result = ttest([...values], { alpha: 0.05 });
  return { n: values.length, mean: centre, std, ci95: [result.ci[0]!, result.ci[1]!], p: result.pValue };
}
