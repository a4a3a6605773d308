import type { metrics } from '@asmil/core';

type Points = metrics.localization.Points;
type FrocVariant = metrics.localization.FrocVariant;
type Scale = metrics.localization.Scale;

/** How a run's maps are held against lesions; part of its specification. */
export interface LocalizationSettings {
  /** Raised when the same maps would give other numbers. */
  readonly version: number;
  /** The evaluation raster is the coarsest level of the slide whose pixels have at most this side, µm. */
  readonly pixelUm: number;
  /** Side of a tile where the cohort does not tell it, µm. */
  readonly tileUm: number;
}

/** How well one kind of tile scores finds the lesions of the test slides; null where something is undefined. */
export interface LocalizationScores {
  /** Mean over the slides with lesions, by pixels of the evaluation raster and by tiles. */
  readonly dice: number | null;
  readonly diceTile: number | null;
  /** Mean over the slides without. */
  readonly specificity: number | null;
  /** FROC score by the way in which points are made and by variant. */
  readonly froc: Readonly<Record<Points, Readonly<Record<FrocVariant, number | null>>>>;
}

/** The default FROC in more detail. */
export interface FrocDetail {
  /** Sensitivity at 1/4, 1/2, 1, 2, 4 and 8 false positives a slide; null without lesions. */
  readonly perTarget: readonly number[] | null;
  /** Sensitivity at the numbers of `FROC_AXIS`; null without lesions. */
  readonly curve: readonly number[] | null;
  /** The operating point of the highest threshold, left of which the curve is interpolated; null without detections. */
  readonly first: { readonly avgFp: number; readonly sensitivity: number } | null;
  /** Points a slide. */
  readonly detections: number;
}

/** Localisation by the maps of one epoch. */
export interface LocalizedEpoch {
  readonly attention: LocalizationScores;
  readonly detail: FrocDetail;
  /** The same maps with other scales than `minmax`: default points and variant. */
  readonly scales: Readonly<Record<OtherScale, ScaleScores>>;
  /** By the evidence of tiles for the class, of a model that has it. */
  readonly tileLogits: LocalizationScores | null;
}

export type OtherScale = Exclude<Scale, 'minmax' | 'probability'>;
export interface ScaleScores extends Omit<LocalizationScores, 'froc'> {
  readonly froc: number | null;
}

/** The slides that the maps are held against: facts of the split's test part. */
export interface LocalizationTruth {
  readonly tileUm: number;
  /** Whether the cohort tells the side of a tile, or it is assumed. */
  readonly tileUmKnown: boolean;
  readonly pixelUm: number;
  readonly pixelsPerTile: number;
  readonly measuredOn: 'outlines' | 'tiles';
  readonly tumourSlides: number;
  readonly normalSlides: number;
  /** Lesions to be found, and isolated tumour cells, which are not counted. */
  readonly lesions: number;
  readonly itcs: number;
  /** What the labels of the tiles themselves would score (FROC by `camelyon16_v2_step`): the most that tiles of this size allow. */
  readonly ofLabels: { readonly dice: number | null; readonly froc: number | null };
  /** Mean Dice of a map that marks every tile. */
  readonly diceOfAll: number | null;
}

/** What the store keeps of a run's localisation. */
export interface Localization {
  readonly truth: LocalizationTruth;
  /** At the selected and at the last epoch; null without maps, or with maps that are no numbers. */
  readonly selected: LocalizedEpoch | null;
  readonly last: LocalizedEpoch | null;
}
