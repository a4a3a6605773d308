import { buildModel } from '@asmil/baselines';
import { loadCheckpoint, resolveEngine, saveCheckpoint, TRAINER_VERSION, trainModel, useEngine } from '@asmil/core';
import { checkSplit, findCohort, openCohort } from '@asmil/data';
import { writeReport, writeReportIndex } from './reports/index.js';
import type { Deps } from './runner/deps.js';

/** The real parts of the suite behind the runner. */
export const deps: Deps = {
  trainerVersion: TRAINER_VERSION,
  resolveEngine,
  useEngine,
  trainModel,
  buildModel,
  findCohort,
  openCohort,
  checkSplit,
  saveCheckpoint,
  loadCheckpoint,
  writeReport,
  writeReportIndex,
};
