import type {
  BagInfo,
  Checkpoint,
  Cohort,
  EngineChoice,
  EngineInfo,
  EngineName,
  ModelWeights,
  NamedArrays,
  Portrait,
  Split,
  TrainJob,
  TrainResult,
} from '@asmil/core';
import type { CohortEntry, CohortOptions } from '@asmil/data';
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
  /** Throws if a group (patient, slide) stands on two sides of the split. */
  checkSplit(bags: readonly BagInfo[], split: Split): void;
  writeReport(request: WriteReportOptions): Promise<{ files: string[]; markdownTable: string }>;
  /** The report of an experiment with several places. */
  writePlacesReport(request: WritePlacesReportOptions): Promise<{ files: string[]; markdownTable: string }>;
  /** Writes a trained model to a file. */
  saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void>;
  /** Reads what `saveCheckpoint` wrote. */
  loadCheckpoint(path: string): Promise<ModelWeights>;
  /** What a run keeps for pictures. */
  newPortrait(): Portrait;
  /** Writes arrays by name as safetensors. */
  saveArrays(path: string, arrays: NamedArrays): Promise<void>;
  /** Writes the index page of the folder of reports. */
  writeReportIndex(reportsDir: string): unknown;
}
