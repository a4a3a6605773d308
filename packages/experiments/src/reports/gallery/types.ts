/** One test bag as pictures need it. */
export interface Slide {
  readonly id: string;
  readonly label: number;
  readonly n: number;
  /** [N, 2], x then y; null where bags are no places. */
  readonly coords: Float32Array | null;
  /** [N], 1 on labelled instances; null without labels. */
  readonly instances: Float32Array | null;
  /** The map after each epoch, [N], a distribution each. */
  readonly maps: readonly Float32Array[];
  /** Jensen–Shannon divergence to the epoch before (nats) and cross entropy (nats) of the bag, by epoch. */
  readonly jsd: readonly (number | null)[];
  readonly crossEntropy: readonly number[];
}

/** Bag features of the training bags after one epoch. */
export interface Embedding {
  readonly epoch: number;
  readonly labels: readonly number[];
  readonly rows: readonly Float32Array[];
}

/** What one run of a cell kept for pictures. */
export interface Portrayed {
  readonly cell: string;
  readonly label: string;
  readonly split: string;
  readonly seed: number;
  readonly slides: readonly Slide[];
  readonly embeddings: readonly Embedding[];
}

/** Pictures that an experiment may ask for. */
export const GALLERIES = ['dynamics', 'maps', 'scores', 'embedding', 'failures'] as const;
export type GalleryKind = (typeof GALLERIES)[number];

/** What pictures are drawn from: one run of each cell, all of the same split and seed. */
export interface Gallery {
  readonly classes: readonly string[];
  /** What pictures are of, for titles and captions. */
  readonly cohort: string;
  readonly simulated: boolean;
  readonly runs: readonly Portrayed[];
  /** Settings whose run kept no maps. */
  readonly without?: readonly string[];
}
