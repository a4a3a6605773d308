import { Executor, tf } from '../engine/index.js';
import { FeatureStore } from './features.js';

/** What the runs of one process share: compiled graphs, and features on the device. */
export interface TrainResources {
  readonly executor: Executor;
  readonly features: FeatureStore;
}

const shared = new Map<string, TrainResources>();

/** The resources of this process for the engine in use, made at its first use. */
export function sharedResources(): TrainResources {
  const engine = tf.getBackend();
  const known = shared.get(engine);
  if (known) return known;
  const made = { executor: new Executor(), features: new FeatureStore() };
  shared.set(engine, made);
  return made;
}
