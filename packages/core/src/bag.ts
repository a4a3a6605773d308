/** What a slide (or a molecule) is to every model: N instances of D features each, and one label. */
export interface Bag {
  readonly id: string;
  /** Number of instances N, 1 to 200,000. */
  readonly n: number;
  /** Features per instance D. */
  readonly d: number;
  /** Row-major [N, D]. */
  readonly features: Float32Array;
  /** Row-major [N, 2], x then y, in the cohort's tile units. */
  readonly coords?: Int32Array;
  /** Class index, 0 to classes − 1. */
  readonly label: number;
  /** [N], 1 for an instance that carries the bag's (positive) label, else 0. */
  readonly instanceLabels?: Uint8Array;
}

/** What is known of a bag before its features are loaded. */
export interface BagInfo {
  readonly id: string;
  readonly label: number;
  /** Bags of one group (patient, tissue block) never stand on two sides of a split. */
  readonly group: string;
  /** Number of instances, where it is known without loading. */
  readonly n?: number;
}

/** One way to divide a cohort. `val` is empty where the protocol has no validation set. Ids of bags. */
export interface Split {
  readonly name: string;
  readonly train: readonly string[];
  readonly val: readonly string[];
  readonly test: readonly string[];
}

/** A named list of bags that are loaded when asked for. */
export interface Cohort {
  readonly name: string;
  /** A heading for people, which says "simulated" where the cohort is. */
  readonly title: string;
  readonly simulated: boolean;
  /** What is wrong with this form of the data, in a few words; every table, title and chart of the cohort carries them. */
  readonly caveat?: string;
  /** Where the data come from and under which terms, in a sentence or two of plain text. */
  readonly provenance: string;
  /** Class names; the index is the label. */
  readonly classes: readonly string[];
  /** Features per instance D. */
  readonly dim: number;
  readonly bags: readonly BagInfo[];
  /** Hash of everything that decides the content: generator version and settings, or the files' checksums. */
  readonly fingerprint: string;
  /** What one unit of `coords` is, for scale bars. */
  readonly tile?: { readonly px: number; readonly um?: number };
  /**
   * The folds of this cohort's own protocol for one `splitSeed`; at least one. Features that are standardised per fold
   * are standardised in `load` with the split given.
   */
  splits(splitSeed: number): readonly Split[];
  /** Loads one bag. `split` names the split whose training part any normalisation must come from. */
  load(id: string, split: Split): Promise<Bag>;
}
