import { metrics as m } from '@asmil/core';
import { type Checker, overCases } from './checker.js';
import { numbersOf } from './schema.js';

const jsd = overCases<{ readonly p: unknown; readonly q: unknown }>(
  ({ p, q }) => ({
    jsd: m.jsd(numbersOf(p), numbersOf(q)),
    'jsd_release_clamp1e-8': m.jsd(numbersOf(p), numbersOf(q), { clamp: 1e-8 }),
  }),
  ['name', 'p', 'q'],
);

/** The file prints its features with nine digits, under which a dependence that was exact is one up to 1e-9. */
const PRINTED = { relative: 1e-8 };

const affine = overCases<{ readonly x: { readonly shape: [number, number] } }>(
  ({ x }) => {
    const [n, d] = x.shape;
    const { rank, singularValues } = m.augmentedRank(numbersOf(x), n, d, PRINTED);
    return {
      rank_augmented: rank,
      singular_values: singularValues,
      affinely_dependent: m.affinelyDependent(numbersOf(x), n, d, PRINTED),
    };
  },
  ['name', 'x'],
  (cases) => ({
    ratio: m.affineRatio(
      cases.map(({ x }) => ({ features: numbersOf(x), n: x.shape[0], d: x.shape[1] })),
      PRINTED,
    ),
  }),
);

interface Theorem {
  readonly tau: number;
  readonly gamma: number;
  readonly h: number;
  readonly l: number;
  readonly z: unknown;
  readonly softmax_checks: { readonly T: number }[];
}

/** The scores stand in the order high tiles, low tiles, the rest. */
const theorem1 = overCases<Theorem>(
  ({ tau, gamma, h, l, z, softmax_checks }) => {
    const setting = { tau, gamma, high: h };
    const weights = m.nsf(numbersOf(z));
    const indices = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
    const found = m.observed(weights, indices(0, h), indices(h, l));
    const bounds = m.nsfBounds(setting);
    const range = m.temperatureRange(setting);
    return {
      nsf: weights,
      ratio_high_max: found.ratio,
      ratio_bound: bounds.ratio,
      ratio_bound_loose: bounds.ratioLoose,
      low_max: found.low,
      low_bound: bounds.low,
      eps_nsf: bounds.low,
      kappa_nsf: bounds.ratio,
      T_max_appendix_E24: range.max,
      T_max_main_text: range.maxMainText,
      T_min: range.min,
      incompatible: range.empty,
      softmax_checks: softmax_checks.map(({ T }) => {
        const worst = m.softmaxWorst(setting, T);
        return { sup_low: worst.low, sup_ratio_high: worst.ratio };
      }),
    };
  },
  ['tau', 'gamma', 'h', 'l', 'z', 'T'],
);

export const functionCheckers: Readonly<Record<string, Checker>> = {
  'asmil-functions/jsd': jsd,
  'asmil-functions/affine_dependence': affine,
  'asmil-functions/theorem1': theorem1,
};
