import type { SlideHits } from './hits.js';

/** False positives a slide at which sensitivity is read. */
export const FROC_TARGETS: readonly number[] = [0.25, 0.5, 1, 2, 4, 8];

/** How a sensitivity is read from the curve at a number of false positives. */
type Reading = 'interp' | 'step' | 'atMost';

interface Variant {
  /** The first version of the official script leaves out the lowest of all values, the later one the value 0. */
  readonly without: 'lowest' | 'zero';
  /** Whose false positives are counted, and over how many slides. */
  readonly slides: 'all' | 'normal';
  readonly reading: Reading;
}

/**
 * The four ways of scoring. `camelyon16_v1_interp`, the default, is the challenge's script with interpolation between its
 * points (computationalpathologygroup/Camelyon16@546b613, baidu-research/NCRF@111c7d1); `camelyon16_v2_step` the script that
 * came with the data set later (as in jafarinia/snuffy@4b5b918, `froc.py`). The other two count false positives on normal
 * slides alone, as Appendix L words it; `atMost` takes no sensitivity from beyond the target.
 */
export const FROC_VARIANTS = {
  camelyon16_v1_interp: { without: 'lowest', slides: 'all', reading: 'interp' },
  camelyon16_v2_step: { without: 'zero', slides: 'all', reading: 'step' },
  normalOnly_interp: { without: 'zero', slides: 'normal', reading: 'interp' },
  normalOnly_atMost: { without: 'zero', slides: 'normal', reading: 'atMost' },
} as const satisfies Record<string, Variant>;
export type FrocVariant = keyof typeof FROC_VARIANTS;

/** Operating points, thresholds ascending; the last one is (0, 0) and has no threshold. */
export interface FrocCurve {
  readonly thresholds: readonly number[];
  /** False positives a slide; falls along the list. */
  readonly avgFp: readonly number[];
  /** Share of the lesions found; null where there are no lesions. */
  readonly sensitivity: readonly (number | null)[];
  /** Slides whose false positives count. */
  readonly images: number;
  readonly lesions: number;
}

export interface Froc {
  readonly curve: FrocCurve;
  /** Sensitivity at each target, and their mean; null without lesions, or without slides that could have false positives. */
  readonly perTarget: readonly number[] | null;
  readonly score: number | null;
}

/** Free-response ROC over a set of slides, those without any detection included. */
export function froc(
  slides: readonly SlideHits[],
  variant: FrocVariant = 'camelyon16_v1_interp',
  targets: readonly number[] = FROC_TARGETS,
): Froc {
  const { without, slides: which, reading } = FROC_VARIANTS[variant] satisfies Variant as Variant;
  const counted = which === 'all' ? slides : slides.filter(({ normal }) => normal);
  const fp = Float64Array.from(counted.flatMap((slide) => slide.fp)).sort();
  const tp = Float64Array.from(slides.flatMap((slide) => slide.tp)).sort();
  const lesions = slides.reduce((sum, { count }) => sum + count, 0);
  const values = Float64Array.from([...new Set([...fp, ...tp])]).sort();
  const thresholds = [...(without === 'lowest' ? values.slice(1) : values.filter((v) => v !== 0))];
  const images = counted.length;
  const curve: FrocCurve = {
    thresholds,
    avgFp: [...thresholds.map((t) => (images === 0 ? 0 : from(fp, t) / images)), 0],
    sensitivity:
      lesions === 0 ? [...thresholds, 0].map(() => null) : [...thresholds.map((t) => from(tp, t) / lesions), 0],
    images,
    lesions,
  };
  if (lesions === 0 || images === 0) return { curve, perTarget: null, score: null };
  const perTarget = targets.map((target) => sensitivityAt(curve, target, reading));
  return { curve, perTarget, score: perTarget.reduce((sum, v) => sum + v, 0) / targets.length };
}

/**
 * The sensitivity of a curve at a number of false positives a slide. `interp`: linear between points, by NumPy's rules;
 * `step`: the first point with as many false positives or more; `atMost`: the best point with no more.
 */
export function sensitivityAt({ avgFp, sensitivity }: FrocCurve, target: number, reading: Reading = 'interp'): number {
  // Ascending in false positives.
  const f = [...avgFp].reverse();
  const s = [...sensitivity].reverse().map((v) => v ?? 0);
  const last = f.length - 1;
  if (reading === 'step') {
    const first = f.findIndex((v) => v >= target);
    return s[first < 0 ? last : first]!;
  }
  let j = last;
  while (j > 0 && f[j]! > target) j--;
  if (reading === 'atMost') return s.slice(0, j + 1).reduce((best, v) => Math.max(best, v), 0);
  return j === last ? s[last]! : s[j]! + ((s[j + 1]! - s[j]!) * (target - f[j]!)) / (f[j + 1]! - f[j]!);
}

/** How many of the ascending values are `threshold` or more. */
function from(values: Float64Array, threshold: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! >= threshold) high = middle;
    else low = middle + 1;
  }
  return values.length - low;
}
