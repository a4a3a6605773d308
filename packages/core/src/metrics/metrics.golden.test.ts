import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as m from './index.js';

interface Tensor {
  shape: number[];
  data: number[];
}

function cases<T>(path: string): T[] {
  return JSON.parse(readFileSync(new URL(`../../goldens/${path}.json`, import.meta.url), 'utf8')).outputs.cases;
}

/** Compares nested numbers; the files print nine significant digits. */
function close(got: unknown, want: unknown, tolerance = 1e-8): void {
  if (Array.isArray(want)) {
    expect(got).toHaveLength(want.length);
    want.forEach((w, i) => {
      close((got as unknown[])[i], w, tolerance);
    });
  } else if (typeof want === 'number') {
    expect(Math.abs((got as number) - want)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(want)));
  } else expect(got).toEqual(want === 'Infinity' ? Number.POSITIVE_INFINITY : want);
}

interface ClassificationCase {
  name: string;
  y: number[];
  probs: Tensor;
  expected: Record<string, unknown>;
}

describe('classification', () => {
  test.each(cases<ClassificationCase>('metrics/classification'))('$name', ({ y, probs, expected }) => {
    const k = probs.shape[1]!;
    const rows = y.map((_, i) => probs.data.slice(i * k, (i + 1) * k));
    const predicted = rows.map(m.argmax);
    const matrix = m.confusion(y, predicted, k);
    const counts = m.argmaxCounts(matrix);
    const halves = m.thresholdCounts(rows, y, k);
    const aucs = m.aucPerClass(rows, y, k);
    const got: Record<string, unknown> = {
      confusion: matrix,
      f1_per_class: m.f1PerClass(counts),
      macro_f1: m.macroF1(counts),
      macro_f1_present: m.macroF1Present(counts),
      auc_per_class: aucs,
      macro_auc: m.macroAuc(aucs),
      macro_auc_absent_zero: m.macroAucAbsentZero(aucs),
      accuracy: m.accuracy(y, predicted),
      macro_f1_threshold05: m.macroF1(halves),
      f1_per_class_threshold05: m.f1PerClass(halves),
    };
    for (const [name, want] of Object.entries(expected)) close(got[name], want);
  });
});

interface HistogramCase extends Record<string, unknown> {
  bins: number;
  z: Tensor;
}

test.each(cases<HistogramCase>('metrics/histogram'))('histogram, $bins bins', (golden) => {
  const z = golden.z.data;
  const sets = { raw: z, nsf: m.nsf(m.centred(z)), softmax: m.softmax(z) };
  close([...sets.nsf], (golden.nsf_of_centred as Tensor).data);
  close([...sets.softmax], (golden.softmax as Tensor).data);
  for (const [name, values] of Object.entries(sets)) {
    const { counts, edges } = m.histogram(values, golden.bins);
    expect(counts).toEqual(golden[`counts_${name}`]);
    close(edges, (golden[`edges_${name}`] as Tensor).data);
  }
});

interface SpreadCase {
  values: number[];
  mean: number;
  std_sample: number | null;
  std_population: number;
}

test.each(cases<SpreadCase>('metrics/mean_std'))('mean and std of $values', (golden) => {
  close(m.mean(golden.values), golden.mean, 1e-9);
  close(m.sampleStd(golden.values), golden.std_sample, 1e-9);
  close(m.populationStd(golden.values), golden.std_population, 1e-9);
});

interface JsdCase {
  name: string;
  p: Tensor;
  q: Tensor;
  jsd: number;
  'jsd_release_clamp1e-8': number;
}

test.each(cases<JsdCase>('asmil-functions/jsd'))('jsd $name', (golden) => {
  close(m.jsd(golden.p.data, golden.q.data), golden.jsd);
  close(m.jsd(golden.q.data, golden.p.data), golden.jsd);
  close(m.jsd(golden.p.data, golden.q.data, { clamp: 1e-8 }), golden['jsd_release_clamp1e-8']);
});

interface AffineCase {
  name: string;
  x: Tensor;
  rank_augmented: number;
  singular_values: Tensor;
  affinely_dependent: boolean;
}

describe('affine dependence', () => {
  // The files print nine digits, so a dependence that was exact is one up to 1e-9 there.
  const printed = { relative: 1e-8 };
  const all = cases<AffineCase>('asmil-functions/affine_dependence');
  const bagOf = ({ x }: AffineCase) => ({ features: x.data, n: x.shape[0]!, d: x.shape[1]! });

  test.each(all)('$name', (golden) => {
    const { features, n, d } = bagOf(golden);
    const { rank, singularValues } = m.augmentedRank(features, n, d, printed);
    expect(rank).toBe(golden.rank_augmented);
    close(singularValues, golden.singular_values.data);
    expect(m.affinelyDependent(features, n, d, printed)).toBe(golden.affinely_dependent);
  });

  test('ratio of the set', () => expect(m.affineRatio(all.map(bagOf), printed)).toBe(0.5));
});

interface TheoremCase {
  tau: number;
  gamma: number;
  h: number;
  l: number;
  z: Tensor;
  nsf: Tensor;
  softmax_checks: { T: number; sup_low: number; sup_ratio_high: number }[];
  [name: string]: unknown;
}

test.each(cases<TheoremCase>('asmil-functions/theorem1'))('theorem 1, τ = $tau', (golden) => {
  const setting = { tau: golden.tau, gamma: golden.gamma, high: golden.h };
  const weights = m.nsf(golden.z.data);
  close([...weights], golden.nsf.data);
  const high = Array.from({ length: golden.h }, (_, i) => i);
  const low = Array.from({ length: golden.l }, (_, i) => golden.h + i);
  const found = m.observed(weights, high, low);
  const bounds = m.nsfBounds(setting);
  const range = m.temperatureRange(setting);
  close(
    [found.ratio, bounds.ratio, bounds.ratioLoose, found.low, bounds.low, range.max, range.maxMainText, range.min],
    [
      golden.ratio_high_max,
      golden.ratio_bound,
      golden.ratio_bound_loose,
      golden.low_max,
      golden.low_bound,
      golden.T_max_appendix_E24,
      golden.T_max_main_text,
      golden.T_min,
    ],
  );
  expect(range.empty).toBe(golden.incompatible);
  expect(found.ratio).toBeLessThanOrEqual(bounds.ratio);
  expect(found.low).toBeLessThanOrEqual(bounds.low);
  for (const check of golden.softmax_checks) {
    const worst = m.softmaxWorst(setting, check.T);
    close([worst.low, worst.ratio], [check.sup_low, check.sup_ratio_high]);
  }
});
