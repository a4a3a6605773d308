import { Predictor } from '@asmil/baselines';
import { type Bag, type Cohort, metrics, type Split, UserError } from '@asmil/core';
import { type FolderCohort, isSlideCohort } from '@asmil/data';
import type { Raster } from '../../localization/drawn-truth.js';
import { frocDetail, localizationScores, type SlideScore, scoresBySlide, slidesOf } from '../../localization/scores.js';
import { LOCALIZATION } from '../../localization/settings.js';
import { levelFor, type SlideTruth, type Truth, truthOf } from '../../localization/truth.js';
import type { FrocDetail, LocalizationScores } from '../../localization/types.js';
import { checkFits, type Part, slidesOfPart } from '../evaluate.js';
import { isFolderCohort } from '../source.js';
import { inSlide, type Unusable } from '../unusable.js';
import { type Drawings, drawnTruth } from './drawn.js';

export interface LocalizeRequest {
  readonly checkpoint: string;
  readonly fold: Split;
  readonly part: Part;
  /** How attention becomes scores from 0 to 1. */
  readonly scale: metrics.localization.Scale;
  /** What is drawn on the slides of a folder. */
  readonly drawings?: Drawings;
  /** Micrometres along a pixel of level 0, and the level of the raster; with masks the level that they are of. */
  readonly mpp?: number;
  readonly level?: number;
}

/** How well a model's attention finds the lesions of some slides. */
export interface Localized extends LocalizationScores {
  readonly model: string;
  readonly part: Part;
  readonly scale: string;
  readonly raster: Raster;
  readonly tumourSlides: number;
  readonly normalSlides: number;
  readonly lesions: number;
  readonly itcs: number;
  readonly detail: FrocDetail;
  readonly slides: readonly SlideScore[];
}

/** What the official evaluation assumes of CAMELYON16: level 5 of slides of this many µm a pixel. */
export const CAMELYON16 = { mpp: 0.243, level: 5 } as const;

const l = metrics.localization;

/** A slide without its features, and its attention. */
type Seen = Omit<Bag, 'features'> & { readonly attention: Float32Array; readonly truth?: SlideTruth };

/**
 * Holds attention against lesions: those that a cohort outlines, or that are drawn on the slides of a folder. A slide that
 * cannot be used is told to `unusable` and left out. Throws `UserError` for a cohort without outlines, a model without
 * attention, and where no slide is left.
 */
export async function localizeCheckpoint(
  cohort: Cohort | FolderCohort,
  request: LocalizeRequest,
  unusable: Unusable,
  say: (line: string) => void,
): Promise<Localized> {
  const { checkpoint, fold, part, scale, drawings } = request;
  if (!drawings && !isSlideCohort(cohort))
    throw new UserError(
      isFolderCohort(cohort)
        ? `${cohort.name}: where are its lesions? --annotations DIR is a folder of ASAP XML files or of masks`
        : `${cohort.name} has no outlines of lesions: choose one that has, such as camelyon16-sim`,
      2,
    );
  if (drawings && !isFolderCohort(cohort))
    throw new UserError(`--annotations goes with a folder of your own: ${cohort.name} brings its own outlines`, 2);
  const raster = drawings && rasterOf(cohort, request, say);
  const predictor = await Predictor.load(checkpoint);
  try {
    checkFits(checkpoint, predictor, cohort);
    const seen: Seen[] = [];
    for (const id of slidesOfPart(cohort, fold, part)) {
      const one = await unusable.attempt(() =>
        see(predictor, cohort, fold, id, raster && { drawings: drawings!, raster }, say),
      );
      if (one) seen.push(one);
    }
    if (seen.length === 0) throw new UserError(`${cohort.name}, ${fold.name}: no slide can be measured`);
    const truth = raster ? drawnTruths(seen, raster) : await truthOf(cohort, seen, LOCALIZATION);
    return { ...measured(truth, seen, scale), model: predictor.model.name, part, scale };
  } finally {
    predictor.dispose();
  }
}

async function see(
  predictor: Predictor,
  cohort: Cohort | FolderCohort,
  fold: Split,
  id: string,
  drawn: { readonly drawings: Drawings; readonly raster: Raster } | undefined,
  say: (line: string) => void,
): Promise<Seen> {
  const own = drawn && isFolderCohort(cohort) ? await cohort.slide(id) : undefined;
  const label = cohort.bags.find((bag) => bag.id === id)!.label;
  const { features, ...bag } = own ? { ...own, label } : await cohort.load(id, fold);
  const { attention } = await inSlide(id, () => predictor.predict({ ...bag, features }));
  if (!attention) throw new UserError(`${predictor.model.name} has no attention: there are no maps to measure`, 2);
  if (!attention.every(Number.isFinite)) throw new UserError(`slide ${id}: the model's attention on it is no number`);
  if (!drawn || !own) return { ...bag, attention };
  const { places } = own;
  if (!places) throw new UserError(`slide ${id}: no coordinates, so its attention has no place`);
  const slide = { id, places, ...(bag.instanceLabels ? { labels: bag.instanceLabels } : {}) };
  const meaning = { index: label, name: cohort.classes[label]! };
  return { ...bag, attention, truth: await drawnTruth(slide, meaning, drawn.drawings, drawn.raster, say) };
}

/**
 * The raster of a folder's slides. Those of a simulated cohort are read as the cohort itself is; others at level 5, as the
 * challenge does, and at its 0.243 µm a pixel where nobody says another size.
 */
function rasterOf(cohort: Cohort, { mpp, level }: LocalizeRequest, say: (line: string) => void): Raster {
  const { um, px } = cohort.tile ?? {};
  const own = um !== undefined && px !== undefined ? um / px : undefined;
  const size = mpp ?? own ?? CAMELYON16.mpp;
  if (mpp === undefined && own === undefined)
    say(`µm a pixel are not known: ${size} taken, as for CAMELYON16; --mpp N says another`);
  const simulated = cohort.simulated && um !== undefined ? levelFor(um, LOCALIZATION.pixelUm) : undefined;
  const downsample = 2 ** (level ?? simulated ?? CAMELYON16.level);
  return { downsample, pixelUm: size * downsample };
}

function drawnTruths(seen: readonly Seen[], { downsample, pixelUm }: Raster): Truth {
  const first = seen[0]!.truth!.grid.tile0;
  return {
    slides: new Map(seen.map(({ id, truth }) => [id, truth!])),
    downsample,
    facts: {
      ...{ tileUm: (first / downsample) * pixelUm, tileUmKnown: true, pixelUm, pixelsPerTile: first / downsample },
      measuredOn: 'outlines',
    },
  };
}

function measured(
  truth: Truth,
  seen: readonly Seen[],
  scale: metrics.localization.Scale,
): Omit<Localized, 'model' | 'part' | 'scale'> {
  const scaled = l.rescale(
    seen.map(({ attention }) => attention),
    scale,
  );
  const slides = scoresBySlide(truth, scaled);
  const sum = (field: 'lesions' | 'itcs'): number => slides.reduce((total, slide) => total + slide[field], 0);
  const normal = slidesOf(truth).filter((slide) => slide.normal).length;
  return {
    raster: { downsample: truth.downsample, pixelUm: truth.facts.pixelUm },
    ...{ tumourSlides: slides.length - normal, normalSlides: normal, lesions: sum('lesions'), itcs: sum('itcs') },
    ...localizationScores(truth, scaled),
    detail: frocDetail(truth, scaled),
    slides,
  };
}
