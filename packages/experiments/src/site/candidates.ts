import { placesOf } from '../runner/prepare.js';
import type { Experiment, Preset, RunSpec } from '../types.js';

/** A report that the runs of a store may be enough for. */
export interface Candidate {
  readonly experiment: Experiment;
  readonly preset: Preset['name'];
  readonly engine: RunSpec['engine'];
  /** A cohort other than the experiment's own. */
  readonly data?: string;
}

/** The largest first: of several presets that are whole it is the one that a report is made of. */
const PRESETS: readonly Preset['name'][] = ['paper', 'standard', 'quick'];
const ENGINES: readonly RunSpec['engine'][] = ['native', 'wasm'];

/**
 * Reports whose cohorts and models all occur in a store, by experiment and cohort, each with its presets and engines in the
 * order in which they are tried. Whether the very runs are there is seen when the experiment is planned.
 */
export function candidatesOf(experiments: readonly Experiment[], specs: readonly RunSpec[]): Candidate[][] {
  const models = new Map<string, Set<string>>();
  for (const { cohort, engine, model } of specs) {
    const key = keyOf(cohort.name, cohort.options.scale, engine);
    models.set(key, (models.get(key) ?? new Set()).add(model.name));
  }
  const cohorts = [...new Set(specs.map(({ cohort }) => cohort.name))].sort();
  return experiments.flatMap((experiment) => {
    const own = new Set((experiment.places ?? [experiment]).map(({ cohort }) => cohort));
    const wanted = new Set(experiment.cells.map(({ model }) => model.name));
    const others = cohorts.filter((name) => !own.has(name));
    return [undefined, ...others].map((data) =>
      PRESETS.flatMap((preset) =>
        ENGINES.flatMap((engine) => {
          const there = placesOf(experiment, { preset, data }).every(({ cohort }) => {
            const has = models.get(keyOf(cohort, preset, engine));
            return has !== undefined && [...wanted].some((name) => has.has(name));
          });
          return there ? [{ experiment, preset, engine, ...(data === undefined ? {} : { data }) }] : [];
        }),
      ),
    );
  });
}

const keyOf = (cohort: string, preset: string, engine: string): string => JSON.stringify([cohort, preset, engine]);
