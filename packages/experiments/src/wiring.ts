import { buildModel, modelNames } from '@asmil/baselines';
import {
  forwardMacs,
  loadCheckpoint,
  type NamedArrays,
  Portrait,
  readSafetensors,
  resolveEngine,
  saveCheckpoint,
  TRAINER_VERSION,
  trainModel,
  useEngine,
  writeSafetensors,
} from '@asmil/core';
import { checkSplit, findCohort, openCohort, openFolder } from '@asmil/data';
import { startWorker } from './bench/worker-participant.js';
import { localize } from './localization/localize.js';
import { publishedWork } from './measure/published.js';
import type { Deps } from './runner/deps.js';

/** The real parts of the suite behind the runner. */
export const deps: Deps = {
  trainerVersion: TRAINER_VERSION,
  resolveEngine,
  useEngine,
  trainModel,
  buildModel,
  modelNames,
  findCohort,
  openCohort,
  openFolder,
  checkSplit,
  saveCheckpoint,
  loadCheckpoint,
  newPortrait: () => new Portrait(),
  localize,
  saveArrays: (path, tensors) => writeSafetensors(path, { metadata: {}, tensors }),
  loadArrays: async (path) => (await readSafetensors(path)).tensors as NamedArrays, // float32, as they were written
  // Loaded when a report is written: a worker never does, and starts in half the time without the charts' libraries.
  writeReport: async (request) => (await import('./reports/index.js')).writeReport(request),
  writePlacesReport: async (request) => (await import('./reports/index.js')).writePlacesReport(request),
  writeCostReport: async (request) => (await import('./measure/write.js')).writeCostReport(request),
  startCase: startWorker,
  predictionMacs: forwardMacs,
  publishedMacs: publishedWork,
  writeCheckReport: async (request) => (await import('./checks/write.js')).writeCheckReport(request),
  writeReportIndex: async (dir) => (await import('./site/write.js')).writeReportIndex(dir),
};
