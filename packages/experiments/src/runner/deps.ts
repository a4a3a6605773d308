import type {
  BagInfo,
  Checkpoint,
  Cohort,
  EngineChoice,
  EngineInfo,
  EngineName,
  Model,
  ModelWeights,
  NamedArrays,
  Portrait,
  Split,
  TrainJob,
  TrainResult,
} from '@asmil/core';
import type { CohortEntry, CohortOptions, FolderCohort, FolderOptions } from '@asmil/data';
import type { Participant } from '../bench/participant.js';
import type { BenchCase } from '../bench/types.js';
import type { WriteCheckReportOptions } from '../checks/write.js';
import type { LocalizeJob } from '../localization/localize.js';
import type { Localization } from '../localization/types.js';
import type { WriteCostReportOptions } from '../measure/types.js';
import type { WritePlacesReportOptions } from '../reports/places/write.js';
import type { WriteReportOptions } from '../reports/write-report.js';
import type { BuildModel } from '../types.js';

export type { EngineChoice, EngineInfo, EngineName };

/**
 * Everything the runner takes from the other parts of the suite, in one place: `src/wiring.ts` gives the real parts,
 * tests give fakes. The command and every worker process load the same module.
 */
export interface Deps {
  /** Version of the training loop: raised when the same settings would give other numbers. */
  readonly trainerVersion: number;
  /** What `auto` would take, without loading it. Throws `UserError` for an engine that is not set up. */
  resolveEngine(
    choice: EngineChoice,
  ): { name: EngineName; note?: string } | Promise<{ name: EngineName; note?: string }>;
  useEngine(choice: EngineChoice, options?: { threads?: number }): Promise<EngineInfo>;
  trainModel(job: TrainJob): Promise<TrainResult>;
  readonly buildModel: BuildModel;
  /** Names of the registry; undefined: every name builds. */
  modelNames?(): readonly string[];
  /** Throws `UserError` with the nearest names (exit code 2). */
  findCohort(name: string): CohortEntry;
  openCohort(name: string, options: CohortOptions): Promise<Cohort>;
  /** Opens a person's own features. Throws `UserError` for a folder that is no cohort. */
  openFolder(path: string, options: FolderOptions): Promise<FolderCohort>;
  /** Throws if a group (patient, slide) stands on two sides of the split. */
  checkSplit(bags: readonly BagInfo[], split: Split): void;
  writeReport(request: WriteReportOptions): Promise<{ files: string[]; markdownTable: string }>;
  /** The report of an experiment with several places. */
  writePlacesReport(request: WritePlacesReportOptions): Promise<{ files: string[]; markdownTable: string }>;
  writeCheckReport(request: WriteCheckReportOptions): Promise<{ files: string[]; markdownTable: string }>;
  writeCostReport(request: WriteCostReportOptions): Promise<{ files: string[]; markdownTable: string }>;
  /** Starts the process that times one case. */
  startCase(engine: EngineName, given: BenchCase): Promise<Participant>;
  /** Multiply-accumulates that one prediction on a bag of n instances runs, counted on the engine in use. */
  predictionMacs(model: Model, n: number): number;
  /** The same of the model's published code, by closed form; null where none is known. */
  publishedMacs(model: Model, n: number): number | null;
  /** Writes a trained model to a file. */
  saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void>;
  /** Reads what `saveCheckpoint` wrote. */
  loadCheckpoint(path: string): Promise<ModelWeights>;
  /** What a run keeps for pictures. */
  newPortrait(): Portrait;
  /** Holds a run's maps against the lesions of its test slides; undefined without maps. */
  localize(job: LocalizeJob): Promise<Localization | undefined>;
  /** Writes arrays by name as safetensors, and reads them. */
  saveArrays(path: string, arrays: NamedArrays): Promise<void>;
  loadArrays(path: string): Promise<NamedArrays>;
  /** Writes the index page of the folder of reports. */
  writeReportIndex(reportsDir: string): unknown;
}
