import { buildModel } from '@asmil/baselines';
import { saveCheckpoint, TRAINER_VERSION, trainModel, useEngine } from '@asmil/core';
import type { Deps } from '../../src/runner/deps.js';
import { deps as fakes } from './wiring.js';

/** Real models, real training on the WebAssembly engine, real checkpoints; the cohorts stay tiny. */
export const deps: Deps = {
  ...fakes,
  trainerVersion: TRAINER_VERSION,
  resolveEngine: () => ({ name: 'wasm' }),
  useEngine,
  trainModel,
  buildModel,
  saveCheckpoint,
};
