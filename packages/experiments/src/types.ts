import type { AttentionSummary, Model, Scores, Split, TrainConfig, TrainResult } from '@asmil/core';
import type { CohortOptions, Scale } from '@asmil/data';
import type { Localization, LocalizationSettings } from './localization/types.js';
import type { GalleryKind } from './reports/gallery/types.js';

/** A score that a report compares. */
export type MetricId = 'macroF1' | 'macroAuc' | 'accuracy' | 'dice' | 'specificity' | 'froc';

/** How large a run of an experiment is. */
export interface Preset {
  readonly name: Scale;
  /** One line for people: what it costs. */
  readonly summary: string;
  readonly seeds: number;
  /** Seeds a split where `foldsFrom` splits or more are run: folds vary more than seeds do. Default: `seeds`. */
  readonly seedsPerFold?: number;
  /** Default 5. */
  readonly foldsFrom?: number;
  /** How many of the cohort's splits (folds) are run. */
  readonly splits: number;
  /** Overrides of the experiment's training settings. */
  readonly train: Partial<TrainConfig>;
  /** Fewer places than the experiment's. */
  readonly places?: readonly Place[];
}

/** A cohort, and for a simulated one whose features it imitates. */
export interface Place {
  readonly cohort: string;
  readonly encoder?: NonNullable<CohortOptions['encoder']>;
  /** Where an experiment has several protocols: the one of this place. */
  readonly track?: Track;
}

/**
 * A protocol among several of one experiment. Places of different tracks never share a table or a chart of scores, and
 * every title names the track.
 */
export interface Track {
  readonly name: string;
  /** What is not the experiment's own; cells with the same keys and labels and other settings. */
  readonly cells?: readonly Cell[];
  readonly train?: TrainConfig;
  readonly crossValidation?: CrossValidation;
}

/**
 * Repeated cross-validation as the classic benchmarks have it: seed s is run s, on the folds of the s-th split seed, and ±
 * is the population standard deviation over the folds of all runs.
 */
export interface CrossValidation {
  /**
   * Whose scores a fold reports: the last epoch's, or those of the epoch that decides most bags of the test fold rightly (the
   * first of equals), which is chosen on the very bags it is measured on and therefore optimistic.
   */
  readonly epoch: 'last' | 'best on the test fold';
}

/** A value of a factor, or one combination of factors: one row of the table. */
export interface Cell {
  /** Short and stable, part of file names and `--only`: letters, digits, `.`, `=`, `-`. */
  readonly key: string;
  /** For axes and tables. */
  readonly label: string;
  readonly factors: Readonly<Record<string, string | number>>;
  /** The setting that the others are compared with. */
  readonly reference?: boolean;
  /** Key of the cell that this one is compared with; default: the reference. */
  readonly baseline?: string;
  /** A variant beside the methods, for control: it has no rank among them. */
  readonly control?: boolean;
  readonly model: { readonly name: string; readonly config: Readonly<Record<string, unknown>> };
  readonly train?: Partial<TrainConfig>;
}

/** A number printed in the paper: mean ± std. */
export interface PaperValue {
  readonly mean: number;
  readonly std: number | null;
}

export interface PaperRow {
  /** Key of the cell that this row stands beside. */
  readonly cell: string;
  /** The paper's data set, e.g. `BRACS`. */
  readonly dataset: string;
  /** Where the paper has the data set with several encoders. */
  readonly encoder?: Place['encoder'];
  readonly values: Readonly<Record<string, PaperValue>>;
}

/** Cells that are hosts × treatments: what is done to each host, and the control that tells what does it. */
export interface Treatments {
  /** Names of the two factors. */
  readonly host: string;
  readonly treatment: string;
  /** Values of the treatment in their order, the untreated host first. */
  readonly steps: readonly string[];
  /** The value that is a control; not among the steps. */
  readonly control: string;
}

/** What a figure or an argument of the paper says, in our words, where it prints no numbers. */
export interface Claim {
  readonly text: string;
  /** The span of a quantitative factor within which the paper has its best scores. */
  readonly best?: { readonly from: number; readonly to: number };
}

/** What an experiment stands beside: a part of the paper, or nothing of it (`own`). */
export interface PaperSource {
  readonly kind: 'table' | 'figure' | 'theorem' | 'equation' | 'appendix' | 'own';
  /** Its number; the letter of an appendix. */
  readonly number?: number | string;
  /** The numbers it prints. */
  readonly rows: readonly PaperRow[];
  readonly claim?: Claim;
}

/** One table or figure of the paper as one declarative file. The other kind, `Measurement`, trains nothing. */
export interface Experiment {
  readonly kind?: 'train';
  readonly id: string;
  readonly title: string;
  /** What the paper shows with it, in one sentence of our own. */
  readonly question: string;
  readonly paper: PaperSource;
  /** Further names of the command: `table10`. */
  readonly aliases: readonly string[];
  /** The cohort without `--data`; where there are places, the first one's. */
  readonly cohort: string;
  /** Cohorts and encoders that one command runs and one report shows side by side. */
  readonly places?: readonly Place[];
  /** For cells that are the same treatments of several hosts. */
  readonly treatments?: Treatments;
  readonly factor: { readonly name: string; readonly label: string; readonly kind: 'ordinal' | 'quantitative' };
  /** A second factor: its values are lines over the first one. */
  readonly series?: { readonly name: string; readonly label: string };
  /** Pictures of single slides and bags; their runs keep attention maps and bag features (`portrait.safetensors`). */
  readonly gallery?: readonly GalleryKind[];
  /** Whether the report compares maps between epochs and seeds; its runs keep them. */
  readonly stability?: boolean;
  /** Whether the time of an epoch is part of the question. */
  readonly epochTime?: boolean;
  /** Holds the maps of every run against the outlined lesions of the test slides. */
  readonly localization?: LocalizationSettings;
  /** Cohorts that cannot be trained on, and the one that is taken in the place of each. */
  readonly standIns?: Readonly<Record<string, { readonly cohort: string; readonly why: string }>>;
  /** For cohorts whose protocol is repeated cross-validation. */
  readonly crossValidation?: CrossValidation;
  /** Scores of the report, the first one first; by default macro F1 and macro AUC, and accuracy where the paper has it. */
  readonly metrics?: readonly MetricId[];
  readonly cells: readonly Cell[];
  /** The training settings all cells share, before the preset's and the cell's own. */
  readonly train: TrainConfig;
  readonly presets: Readonly<Record<Scale, Preset>>;
}

/** Everything that changes a run's result, and nothing else: its hash is the run's signature and folder. */
export interface RunSpec {
  readonly kind: 'train';
  /** Version of the training loop. */
  readonly trainer: number;
  readonly engine: 'native' | 'wasm';
  readonly model: {
    readonly name: string;
    readonly version: number;
    readonly config: Readonly<Record<string, unknown>>;
  };
  readonly cohort: { readonly name: string; readonly options: CohortOptions; readonly fingerprint: string };
  readonly split: { readonly seed: number; readonly name: string };
  readonly train: TrainConfig;
  readonly seed: number;
  /** Absent from runs whose maps are not held against lesions. */
  readonly localization?: LocalizationSettings;
}

/** What the store keeps of a finished run (per-bag dynamics are in a file beside it). */
export interface RunRecord {
  readonly signature: string;
  readonly spec: RunSpec;
  readonly split: Split;
  readonly result: Omit<TrainResult, 'bags'>;
  readonly localization?: Localization;
}

/** Scores of an epoch that a report shows; the selected and the last epoch's are kept whole. */
export type EpochScores = Pick<Scores, 'macroF1' | 'macroAuc' | 'crossEntropy'>;
export type EpochAttention = AttentionSummary;

/** What a report keeps of an epoch, 4 significant digits (entropy 6); the store has everything. */
export interface ResultEpoch {
  /** From 1, without gaps. */
  readonly epoch: number;
  readonly loss: number;
  readonly terms: Readonly<Record<string, number>>;
  readonly val: EpochScores | null;
  readonly test: EpochScores;
  readonly attention: EpochAttention | null;
}

/** A run's place in an experiment, and what came of it. */
export interface ResultRun {
  readonly cell: string;
  readonly split: string;
  readonly seed: number;
  readonly signature: string;
  readonly result: Omit<TrainResult, 'bags' | 'epochs'> & {
    readonly epochs: readonly ResultEpoch[];
    /** With cross-validation: the highest accuracy on the test fold over the epochs, and the first epoch that has it. */
    readonly bestOnTest?: { readonly epoch: number; readonly accuracy: number };
  };
  readonly localization?: Localization;
}

/**
 * What a report is made from. The same whenever the same command is run, so it holds no times and no paths. The file
 * `results.json` holds it with the epochs in columns (`reports/results-file.ts`).
 */
export interface Results {
  readonly format: 2;
  readonly experiment: string;
  readonly title: string;
  readonly cohort: {
    readonly name: string;
    readonly title: string;
    readonly simulated: boolean;
    /** What is wrong with the data, for every title. */
    readonly caveat?: string;
    readonly provenance: string;
    readonly fingerprint: string;
    readonly classes: readonly string[];
    readonly dim: number;
    readonly bags: number;
    readonly options: CohortOptions;
  };
  readonly preset: string;
  /** Which of the experiment's protocols. */
  readonly track?: string;
  readonly engine: 'native' | 'wasm';
  readonly seeds: readonly number[];
  readonly splits: readonly string[];
  readonly splitSeed: number;
  /** With it `splits` are those of all runs, as many for each seed, in the order of the seeds. */
  readonly crossValidation?: CrossValidation;
  /** The experiment's, where it names them. */
  readonly metrics?: readonly MetricId[];
  readonly train: TrainConfig;
  /** The settings that have a run. */
  readonly cells: readonly Omit<Cell, 'model' | 'train'>[];
  /** Runs of the whole experiment: all its cells × splits × seeds. More than there are: the report is partial. */
  readonly planned: number;
  readonly runs: readonly ResultRun[];
}

/** What a report on several places is made from, and its `results.json`: the results of each place, in order. */
export interface PlacesResults {
  readonly format: 2;
  readonly kind: 'places';
  readonly experiment: string;
  readonly title: string;
  readonly preset: string;
  readonly engine: 'native' | 'wasm';
  readonly places: readonly Results[];
}

/** What a report needs besides the results: facts that differ from run to run. Kept in `provenance.json`. */
export interface Provenance {
  readonly suite: string;
  /** Git commit, with `-dirty` if the tree had changes; null outside a checkout. */
  readonly commit: string | null;
  readonly node: string;
  readonly engine: string;
  readonly cpu: string;
  readonly workers: number;
  /** ISO time of the report. */
  readonly created: string;
  /** Sum of the runs' wall times, and of the command itself, seconds. */
  readonly runSeconds: number;
  readonly commandSeconds: number | null;
  readonly command: string;
  /** Median wall seconds of an epoch (training and evaluation) by cell, where the experiment asks for it. */
  readonly epochSeconds?: Readonly<Record<string, number>>;
}

/** Builds a model of the registry. */
export type BuildModel = (
  name: string,
  config: Readonly<Record<string, unknown>>,
  dims: { input: number; classes: number },
) => Model;
