import type { Checkpoint, Cohort, ModelWeights } from '@asmil/core';
import type { RunRecord } from '../types.js';

/**
 * A run's selected weights with all that rebuilds the model and tells where it comes from: name, version and configuration
 * for the registry, widths and class names, and the rest of the run's specification.
 */
export function checkpointOf(
  cohort: Pick<Cohort, 'dim' | 'classes'>,
  { signature, spec, result }: RunRecord,
  weights: ModelWeights,
): Checkpoint {
  const { model, cohort: data, split, seed, train, engine, trainer } = spec;
  return {
    model,
    dims: { input: cohort.dim, classes: cohort.classes.length },
    classes: cohort.classes,
    ...weights,
    meta: { run: signature, cohort: data, split, seed, epoch: result.selectedEpoch, train, engine, trainer },
  };
}
