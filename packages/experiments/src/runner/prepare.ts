import { UserError } from '@asmil/core/errors';
import type { CohortEntry, CohortOptions } from '@asmil/data';
import { findExperiment } from '../definitions/index.js';
import type { Deps, EngineName } from './deps.js';
import { type Plan, planRuns } from './plan.js';
import type { ExperimentRequest } from './request.js';

/** A plan, and what a person should know about how it came about. */
export interface Prepared {
  readonly plan: Plan;
  /** Remarks for the first lines of the output: how to get the faster engine. */
  readonly notes: readonly string[];
}

/**
 * Resolves the names in a request, brings the cohort if it has to be fetched, and expands the experiment. Throws
 * `UserError` for whatever cannot be done, before anything has been computed.
 */
export async function prepare(request: ExperimentRequest, deps: Deps, say: (line: string) => void): Promise<Prepared> {
  const experiment = findExperiment(request.experiment);
  const preset = experiment.presets[request.preset];
  const entry = deps.findCohort(request.data ?? experiment.cohort);
  const cohortOptions = optionsFor(entry, request);
  const engine = await deps.resolveEngine(request.engine);
  await ensureFiles(entry, say);
  const cohort = await deps.openCohort(entry.name, cohortOptions);
  const { splits, splitSeed, only } = request;
  const folds = Math.min(splits ?? preset.splits, cohort.splits(splitSeed).length);
  const count = folds >= 5 ? (preset.seedsPerFold ?? preset.seeds) : preset.seeds;
  const seeds = request.seeds ?? Array.from({ length: count }, (_, i) => i + 1);
  const plan = planRuns(
    { experiment, preset, engine: engine.name, cohort, cohortOptions, seeds, splits, splitSeed, only },
    deps,
  );
  return { plan, notes: request.engine === 'auto' ? engineNotes(engine) : [] };
}

/** The encoder is named for simulated cohorts, default included, and belongs to no other. */
function optionsFor(entry: CohortEntry, { preset, encoder }: ExperimentRequest): CohortOptions {
  if (entry.simulated) return { scale: preset, encoder: encoder ?? 'vit-s' };
  if (encoder !== undefined) {
    throw new UserError(`--encoder ${encoder}: ${entry.name} is not simulated, its features are what they are`, 2);
  }
  return { scale: preset };
}

async function ensureFiles(entry: CohortEntry, say: (line: string) => void): Promise<void> {
  const state = await entry.available();
  if (state.ready) return;
  if (!entry.fetch) throw new UserError(`${entry.name} is not here: ${state.how}`);
  say(`${entry.name}: fetching its files first`);
  await entry.fetch({ progress: say });
}

const FASTER = '`pnpm engine native` sets up the faster native engine';

function engineNotes({ name, note }: { name: EngineName; note?: string }): string[] {
  if (name !== 'wasm') return note ? [note] : [];
  return [note?.includes('pnpm engine native') ? note : [note, FASTER].filter(Boolean).join('; ')];
}
