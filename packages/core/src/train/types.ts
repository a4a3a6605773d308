import type { Bag, Split } from '../bag.js';
import type { Vector } from '../metrics/simplex.js';
import type { Model } from '../model.js';
import type { ModelWeights } from '../named-array.js';
import type { TrainConfig } from './config.js';
import type { Portrait } from './portrait.js';

export type { ModelWeights, TrainConfig };

/** Classification metrics of one set of bags; null where undefined (an AUC without both classes). */
export interface Scores {
  readonly n: number;
  readonly macroF1: number;
  readonly macroAuc: number | null;
  readonly accuracy: number;
  readonly crossEntropy: number;
}

/** What attention does on one set of bags at one epoch: means over its bags. */
export interface AttentionSummary {
  /** Jensen–Shannon divergence to the epoch before, nats; null at the first epoch. */
  readonly jsd: number | null;
  /** Largest weight × N. */
  readonly peak: number;
  /** Entropy / ln N, 1 for flat attention; bags of one instance left out. */
  readonly entropy: number;
  /** Share of the bag's instances that hold half of the mass. */
  readonly halfMass: number;
  /** Attention mass on labelled instances, over bags that have some; null without instance labels. */
  readonly instanceMass: number | null;
  /** AUC of attention against instance labels within bags that hold both kinds, mean over bags. */
  readonly instanceAuc: number | null;
}

/** One bag of the watched set at one epoch. */
export interface BagEpoch {
  readonly jsd: number | null;
  readonly peak: number;
  /** null for a bag of one instance. */
  readonly entropy: number | null;
  readonly halfMass: number;
  readonly instanceMass: number | null;
  readonly instanceAuc: number | null;
  readonly crossEntropy: number;
}

export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean training loss and its parts before their weights, over the epoch's bags. */
  readonly loss: number;
  readonly terms: Readonly<Record<string, number>>;
  readonly val: Scores | null;
  readonly test: Scores;
  readonly attention: AttentionSummary | null;
}

export interface TrainResult {
  readonly status: 'finished' | 'diverged';
  /** Where a loss stopped being finite. */
  readonly diverged?: { readonly epoch: number; readonly step: number; readonly bag: string; readonly value: string };
  /** The epoch whose test scores are reported, from 1 (0 if diverged in the first epoch). */
  readonly selectedEpoch: number;
  /** Test scores at the selected and at the last epoch; null if diverged before the first evaluation. */
  readonly selected: Scores | null;
  readonly last: Scores | null;
  readonly epochs: readonly EpochRecord[];
  /** Per test bag, per epoch. */
  readonly bags: Readonly<Record<string, readonly BagEpoch[]>>;
}

/** What each tile of a bag got at an epoch: the larger, the more the model sees in it. [N] each. */
export interface TileScores {
  readonly bag: Omit<Bag, 'features'>;
  readonly attention: Vector;
  /** Evidence for the class, of a model that has it. */
  readonly logits?: Vector;
}

/** One training run as a pure job. */
export interface TrainJob {
  readonly model: Model;
  readonly config: TrainConfig;
  readonly seed: number;
  readonly split: Split;
  readonly load: (id: string) => Promise<Bag>;
  /**
   * Names the bags' content for the feature store that runs of one process share: cohort, its fingerprint, and the split
   * where features are normalised by it.
   */
  readonly featureKey: string;
  /**
   * Weights of the model's earlier stage (`Model.pretraining`) at its selected epoch, trained with the same seed and split.
   * Without them the stage is trained first.
   */
  readonly pretrained?: ModelWeights;
  /** Called after every epoch. */
  readonly onEpoch?: (record: EpochRecord) => void;
  /** Called when an epoch becomes the selected one; `weights` copies the parameters out, for a checkpoint. */
  readonly onSelect?: (record: EpochRecord, weights: () => ModelWeights) => void;
  /** Called after every epoch with what the tiles of the test bags got, and whether the epoch has become the selected one. */
  readonly onTiles?: (record: EpochRecord, tiles: ReadonlyMap<string, TileScores>, selected: boolean) => void;
  /** Filled with attention maps and bag features while the run trains; without it nothing is kept. */
  readonly portrait?: Portrait;
  readonly signal?: AbortSignal;
}
