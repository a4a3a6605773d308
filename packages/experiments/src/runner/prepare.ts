import type { Cohort } from '@asmil/core';
import { UserError } from '@asmil/core/errors';
import type { CohortEntry, CohortOptions } from '@asmil/data';
import type { Experiment, Place, Track } from '../types.js';
import type { Deps, EngineName } from './deps.js';
import { leftOutNote, misfits } from './fits.js';
import { folderOf, notOutlined, type Opened, openOwn } from './own-folder.js';
import { chooseCells, type Plan, planRuns } from './plan.js';
import type { ExperimentRequest } from './request.js';

/** The plans of a command, one a place, and what a person should know about how it came about. */
export interface Prepared {
  readonly plans: readonly [Plan, ...Plan[]];
  /** Remarks for the first lines of the output: how to get the faster engine. */
  readonly notes: readonly string[];
}

/**
 * Resolves the names in a request, brings the cohort if it has to be fetched, and expands the experiment. Throws
 * `UserError` for whatever cannot be done, before anything has been computed.
 */
export async function prepare(
  experiment: Experiment,
  request: ExperimentRequest,
  deps: Deps,
  say: (line: string) => void,
): Promise<Prepared> {
  const preset = experiment.presets[request.preset];
  const notes: string[] = [];
  const source = folderOf(request);
  const places = source
    ? []
    : placesOf(experiment, request).map((place) => entryOf(experiment, place, request, deps, notes));
  // A report of stored runs needs no engine: its name alone tells whose runs they are.
  const engine =
    request.reportOnly && request.engine !== 'auto'
      ? { name: request.engine }
      : await deps.resolveEngine(request.engine);
  const plans: Plan[] = [];
  for (const each of source ? [await openOwn(experiment, source, request, deps, notes)] : places) {
    const { own, track, cohort, cohortOptions, folder } =
      'cohort' in each ? each : await openPlace(each, request, deps, say);
    const { splits, splitSeed, only } = request;
    const folds = Math.min(splits ?? preset.splits, cohort.splits(splitSeed).length);
    const count = folds >= (preset.foldsFrom ?? 5) ? (preset.seedsPerFold ?? preset.seeds) : preset.seeds;
    const seeds = request.seeds ?? Array.from({ length: count }, (_, i) => i + 1);
    const wanted = chooseCells(own, only).filter(({ model }) => deps.modelNames?.().includes(model.name) ?? true);
    const unfit = await misfits(wanted, cohort, splitSeed, deps);
    const note = leftOutNote(unfit, wanted, cohort.name, only);
    if (note && !notes.includes(note)) notes.push(note);
    const leftOut = unfit.map(({ key }) => key);
    const where = { engine: engine.name, cohort, cohortOptions, folder, seeds, splits, splitSeed };
    plans.push(planRuns({ experiment: own, track, preset, ...where, only, leftOut }, deps));
  }
  const missing = missingModels(experiment, deps);
  if (missing.length > 0) notes.unshift(`not in the registry, so left out: ${missing.join(', ')}`);
  if (request.engine === 'auto') notes.push(...engineNotes(engine));
  return { plans: plans as [Plan, ...Plan[]], notes };
}

/** The experiment as it is in one of its tracks. */
export function inTrack(experiment: Experiment, track: Track | undefined): Experiment {
  if (!track) return experiment;
  const { name: _name, ...differs } = track;
  return { ...experiment, ...differs };
}

/** Models that an experiment names and the registry does not have. */
function missingModels({ cells }: Experiment, deps: Deps): string[] {
  const names = deps.modelNames?.();
  return names ? [...new Set(cells.map(({ model }) => model.name))].filter((name) => !names.includes(name)) : [];
}

/** The experiment's places, or those of them that `--data` and `--encoder` leave; any other cohort is a place of its own. */
export function placesOf(
  experiment: Experiment,
  request: Pick<ExperimentRequest, 'preset' | 'data' | 'encoder'>,
): readonly Place[] {
  const { data, encoder } = request;
  const own = experiment.presets[request.preset].places ?? experiment.places ?? [{ cohort: experiment.cohort }];
  const there = data === undefined ? own : own.filter(({ cohort }) => cohort === data);
  const chosen = there.length > 0 ? there : [{ cohort: data! }];
  if (encoder === undefined) return chosen;
  return [...new Set(chosen.map(({ cohort }) => cohort))].map((cohort) => ({ cohort, encoder }));
}

/** The encoder is named for simulated cohorts, default included, and belongs to no other. */
function optionsFor(
  entry: CohortEntry,
  { preset, encoder }: Pick<ExperimentRequest, 'preset' | 'encoder'>,
): CohortOptions {
  if (entry.simulated) return { scale: preset, encoder: encoder ?? 'vit-s' };
  if (encoder !== undefined) {
    throw new UserError(`--encoder ${encoder}: ${entry.name} is not simulated, its features are what they are`, 2);
  }
  return { scale: preset };
}

/** The cohort of a place, opened; its files are fetched first where they can be. */
export async function cohortFor(
  { cohort: name, encoder }: Place,
  preset: ExperimentRequest['preset'],
  deps: Deps,
  say: (line: string) => void,
): Promise<{ cohort: Cohort; options: CohortOptions }> {
  const entry = deps.findCohort(name);
  const options = optionsFor(entry, { preset, encoder });
  await ensureFiles(entry, say);
  return { cohort: await deps.openCohort(entry.name, options), options };
}

/** A place by name, before its files are there. */
interface NamedPlace extends Pick<Opened, 'own' | 'track' | 'cohortOptions'> {
  readonly entry: CohortEntry;
}

/** What a place names. Throws `UserError` for a name that is none, or a cohort that lacks what is measured. */
function entryOf(
  experiment: Experiment,
  { cohort: asked, encoder, track }: Place,
  { preset }: ExperimentRequest,
  deps: Deps,
  notes: string[],
): NamedPlace {
  const other = experiment.standIns?.[asked];
  if (other) notes.push(`${asked} ${other.why}`);
  const entry = deps.findCohort(other?.cohort ?? asked);
  if (experiment.localization && !entry.outlined) throw notOutlined(experiment, entry.name);
  const own = inTrack(experiment, track);
  return { own, track: track?.name, entry, cohortOptions: optionsFor(entry, { preset, encoder }) };
}

async function openPlace(
  { entry, ...place }: NamedPlace,
  { reportOnly }: ExperimentRequest,
  deps: Deps,
  say: (line: string) => void,
): Promise<Opened> {
  if (!reportOnly) await ensureFiles(entry, say);
  return { ...place, cohort: await deps.openCohort(entry.name, place.cohortOptions) };
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
