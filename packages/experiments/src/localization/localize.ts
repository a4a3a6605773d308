import { type Cohort, metrics, type TileScores } from '@asmil/core';
import { diceOf, frocDetail, localizationScores, scaleScores, slidesOf } from './scores.js';
import { type Truth, truthOf } from './truth.js';
import type { Localization, LocalizationSettings, LocalizationTruth, LocalizedEpoch } from './types.js';

const l = metrics.localization;

type Tiles = ReadonlyMap<string, TileScores>;

/** What a run hands over: the scores of the test slides' tiles at its selected and at its last epoch. */
export interface LocalizeJob {
  readonly cohort: Cohort;
  readonly settings: LocalizationSettings;
  /** Names the test slides' content: what runs of one process share need not be laid out again. */
  readonly key: string;
  readonly selected: Tiles | undefined;
  readonly last: Tiles | undefined;
}

interface Known {
  readonly key: string;
  readonly truth: Truth;
  readonly facts: LocalizationTruth;
}

let latest: Known | undefined;

/**
 * Holds a run's maps against the lesions of the test slides. Undefined where the model gave no maps at all. Throws for a
 * cohort without outlines.
 */
export async function localize({
  cohort,
  settings,
  key,
  selected,
  last,
}: LocalizeJob): Promise<Localization | undefined> {
  if (!last || last.size === 0) return undefined;
  if (latest?.key !== key) {
    const truth = await truthOf(
      cohort,
      [...last.values()].map(({ bag }) => bag),
      settings,
    );
    latest = { key, truth, facts: factsOf(truth) };
  }
  const { truth, facts } = latest;
  const atLast = epochOf(truth, last);
  return {
    truth: facts,
    selected: selected === last ? atLast : selected ? epochOf(truth, selected) : null,
    last: atLast,
  };
}

/** Null for maps that are no numbers, which a run may give shortly before it diverges. */
function epochOf(truth: Truth, tiles: Tiles): LocalizedEpoch | null {
  const slides = slidesOf(truth).map(({ id }) => tiles.get(id)!);
  const attention = slides.map((slide) => slide.attention);
  const logits = slides.every((slide) => slide.logits) ? slides.map((slide) => slide.logits!) : null;
  const sound = [...attention, ...(logits ?? [])].every((values) => Array.from(values).every(Number.isFinite));
  if (!sound) return null;
  const scaled = l.rescale(attention, 'minmax');
  return {
    attention: localizationScores(truth, scaled),
    detail: frocDetail(truth, scaled),
    scales: {
      globalMinmax: scaleScores(truth, l.rescale(attention, 'globalMinmax')),
      none: scaleScores(truth, l.rescale(attention, 'none')),
    },
    tileLogits: logits && localizationScores(truth, l.rescale(logits, 'minmax')),
  };
}

/** What there is to be found, and what the tiles' own labels would score. */
function factsOf(truth: Truth): LocalizationTruth {
  const slides = slidesOf(truth);
  const tumour = slides.filter(({ normal }) => !normal);
  const regions = tumour.flatMap(({ lesions }) => lesions!.lesions);
  const labels = localizationScores(
    truth,
    slides.map((slide) => Float64Array.from(slide.labels)),
  );
  return {
    ...truth.facts,
    tumourSlides: tumour.length,
    normalSlides: slides.length - tumour.length,
    lesions: regions.filter(({ isItc }) => !isItc).length,
    itcs: regions.filter(({ isItc }) => isItc).length,
    // The first script leaves out the lowest score, which is the only one of labels where none is missed: it would give 0.
    ofLabels: { dice: labels.dice, froc: labels.froc.nms.camelyon16_v2_step },
    diceOfAll: metrics.meanDefined(
      tumour.map((slide) => diceOf(truth, slide, new Uint8Array(slide.labels.length).fill(1))),
    ),
  };
}
