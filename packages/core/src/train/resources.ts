import { Executor } from '../engine/index.js';
import { FeatureStore } from './features.js';

/** What the runs of one process share: compiled graphs, and features on the device. */
export interface TrainResources {
  readonly executor: Executor;
  readonly features: FeatureStore;
}

let shared: TrainResources | undefined;

/** The resources of this process, made at first use for the engine that is then active. */
export function sharedResources(): TrainResources {
  shared ??= { executor: new Executor(), features: new FeatureStore() };
  return shared;
}
