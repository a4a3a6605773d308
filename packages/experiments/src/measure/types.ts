import type { Scale } from '@asmil/data';
import type { Cell, Provenance } from '../types.js';

/** How long a measurement takes. */
export interface MeasurePreset {
  readonly name: Scale;
  /** One line for people: what it costs. */
  readonly summary: string;
  /** Repetitions of a step and of an inference; undefined: as many as the benchmark takes of its own accord. */
  readonly reps?: number;
}

/** What the paper prints of a method's cost; its seconds and megabytes belong to its own machine. */
export interface PaperCost {
  /** Key of the cell that this row stands beside. */
  readonly cell: string;
  readonly trainSeconds: number;
  readonly trainMb: number;
  /** Millions of what the paper calls FLOPs; one of them is one multiply-accumulate. */
  readonly macsMillions: number;
  readonly inferSeconds: number;
  readonly inferMb: number;
}

/** An experiment that measures cost and trains nothing: one table of the paper as one declarative file. */
export interface Measurement {
  readonly kind: 'measure';
  readonly id: string;
  readonly title: string;
  /** What the paper shows with it, in one sentence of our own. */
  readonly question: string;
  readonly paper: { readonly kind: 'table'; readonly number: number; readonly rows: readonly PaperCost[] };
  readonly aliases: readonly string[];
  readonly factor: { readonly name: string; readonly label: string };
  /** Times of a cell are set against those of its `baseline`, by default the reference, taken in turns with it. */
  readonly cells: readonly Cell[];
  /** For cells that are the same treatments of several hosts: the factors' names, and the treatments, none first. */
  readonly treatments?: { readonly host: string; readonly treatment: string; readonly steps: readonly string[] };
  /** Instances and features of the bag. */
  readonly bag: { readonly n: number; readonly d: number };
  readonly presets: Readonly<Record<Scale, MeasurePreset>>;
}

/** Repetitions of one thing: milliseconds of wall time. */
export interface Times {
  readonly median: number;
  readonly min: number;
  readonly p25: number;
  readonly p75: number;
  readonly reps: number;
  /** Medians and minima over those of the baseline from the same rounds; null for the baseline itself. */
  readonly ratio: number | null;
  readonly ratioMin: number | null;
}

/** One measured cell. */
export interface CostRow {
  readonly cell: string;
  readonly label: string;
  readonly factors: Readonly<Record<string, string | number>>;
  readonly baseline: string | null;
  /** Numbers that a prediction reads. */
  readonly params: number;
  /** Further numbers that training alone keeps: anchors, teachers. */
  readonly trainingParams: number;
  /** Multiply-accumulates of the matrix products of one prediction, counted while it runs. */
  readonly macs: number;
  /** The same of the published code, by closed form; null where none is known for this configuration. */
  readonly publishedMacs: number | null;
  readonly step: Times;
  readonly infer: Times;
  /** Largest resident memory above what the engine takes before there is a model, MiB. */
  readonly trainMb: number | null;
  readonly inferMb: number | null;
  /** Why the step ran operation by operation although compiling was asked for. */
  readonly fallback: string | null;
}

/** What the report is made from, and its `results.json`. */
export interface CostResults {
  readonly format: 1;
  readonly kind: 'cost';
  readonly experiment: string;
  readonly title: string;
  readonly preset: string;
  readonly engine: 'native' | 'wasm';
  readonly bag: Measurement['bag'];
  readonly classes: number;
  /** Load average of the machine over the last minute, at the start and at the end; one measurement alone makes 1. */
  readonly load: readonly [number, number];
  readonly cores: number;
  /** Cells of the whole experiment. More than rows: the report is partial. */
  readonly planned: number;
  /** Cells without a result and why, one line each. */
  readonly failed: readonly string[];
  readonly rows: readonly CostRow[];
}

export interface WriteCostReportOptions {
  readonly measurement: Measurement;
  readonly results: CostResults;
  readonly provenance: Provenance;
  readonly outDir: string;
  readonly assetsDir: string;
  readonly standalone?: boolean;
  readonly png?: boolean;
}
