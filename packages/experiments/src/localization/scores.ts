import { metrics } from '@asmil/core';
import { FROC_AXIS } from './settings.js';
import type { SlideTruth, Truth } from './truth.js';
import type { FrocDetail, LocalizationScores, ScaleScores } from './types.js';

const l = metrics.localization;
type FrocVariant = metrics.localization.FrocVariant;
type Points = metrics.localization.Points;

export const DEFAULT_POINTS: Points = 'nms';
export const DEFAULT_VARIANT: FrocVariant = 'camelyon16_v1_interp';

/** Rescaled scores of the tiles of each test slide, in the order of the slides. */
export type ScaledSlides = readonly Float64Array[];

/** Everything about one kind of scaled scores. */
export function localizationScores(truth: Truth, scaled: ScaledSlides): LocalizationScores {
  const names = Object.keys(l.FROC_VARIANTS) as FrocVariant[];
  const froc = Object.fromEntries(
    l.POINTS.map((points) => {
      const hits = hitsOf(truth, scaled, points);
      return [points, Object.fromEntries(names.map((name) => [name, l.froc(hits, name).score]))];
    }),
  ) as LocalizationScores['froc'];
  return { ...overlaps(truth, scaled), froc };
}

/** The default FROC alone, with overlap. */
export function scaleScores(truth: Truth, scaled: ScaledSlides): ScaleScores {
  return { ...overlaps(truth, scaled), froc: l.froc(hitsOf(truth, scaled, DEFAULT_POINTS), DEFAULT_VARIANT).score };
}

/** The curve of the default FROC. */
export function frocDetail(truth: Truth, scaled: ScaledSlides): FrocDetail {
  const hits = hitsOf(truth, scaled, DEFAULT_POINTS);
  const { curve, perTarget } = l.froc(hits, DEFAULT_VARIANT);
  const top = curve.thresholds.length - 1;
  return {
    perTarget,
    curve: perTarget && FROC_AXIS.map((target) => l.sensitivityAt(curve, target)),
    first: top < 0 || !perTarget ? null : { avgFp: curve.avgFp[top]!, sensitivity: curve.sensitivity[top]! },
    detections: metrics.mean(hits.map((slide) => slide.hits.length)),
  };
}

function hitsOf(truth: Truth, scaled: ScaledSlides, points: Points): metrics.localization.SlideHits[] {
  return slidesOf(truth).map(({ grid, lesions }, i) =>
    l.slideHits(l.detect(points, scaled[i]!, grid), lesions, { downsample: truth.downsample }),
  );
}

/** Dice on the slides with lesions, specificity on the others. */
function overlaps(truth: Truth, scaled: ScaledSlides): Overlap {
  const slides = overlapBySlide(truth, scaled);
  const over = (field: keyof Overlap) => metrics.meanDefined(slides.map((slide) => slide[field]));
  return { dice: over('dice'), diceTile: over('diceTile'), specificity: over('specificity') };
}

type Overlap = Omit<LocalizationScores, 'froc'>;

function overlapBySlide(truth: Truth, scaled: ScaledSlides): Overlap[] {
  return slidesOf(truth).map((slide, i) => {
    if (slide.normal) return { dice: null, diceTile: null, specificity: l.specificity(scaled[i]!) };
    const marked = l.marks(scaled[i]!);
    return {
      dice: diceOf(truth, slide, marked),
      diceTile: l.diceOfTiles(marked, slide.labels),
      specificity: null,
    };
  });
}

/** What one slide adds. */
export interface SlideScore {
  readonly id: string;
  readonly normal: boolean;
  /** Lesions to be found, those with a detection on them, and isolated tumour cells, which do not count. */
  readonly lesions: number;
  readonly found: number;
  readonly itcs: number;
  readonly falsePositives: number;
  readonly dice: number | null;
  readonly diceTile: number | null;
  readonly specificity: number | null;
}

/** The default points and overlap, slide by slide. */
export function scoresBySlide(truth: Truth, scaled: ScaledSlides): SlideScore[] {
  const hits = hitsOf(truth, scaled, DEFAULT_POINTS);
  const overlap = overlapBySlide(truth, scaled);
  return slidesOf(truth).map(({ id, normal, lesions }, i) => ({
    ...{ id, normal, lesions: hits[i]!.count, found: hits[i]!.tp.filter((score) => score > 0).length },
    itcs: (lesions?.lesions ?? []).filter(({ isItc }) => isItc).length,
    falsePositives: hits[i]!.fp.length,
    ...overlap[i]!,
  }));
}

/** Dice of the blocks of marked tiles against the tumour pixels of a slide with lesions. */
export function diceOf({ downsample }: Truth, { grid, mask }: SlideTruth, marked: Uint8Array): number | null {
  return l.diceOfMasks(l.tileMask(marked, grid, mask!, { downsample }), mask!);
}

export const slidesOf = (truth: Truth): SlideTruth[] => [...truth.slides.values()];
