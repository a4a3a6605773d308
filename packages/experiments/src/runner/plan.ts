import type { Cohort, Model, Split, TrainConfig } from '@asmil/core';
import { UserError } from '@asmil/core/errors';
import type { CohortOptions, FolderSource } from '@asmil/data';
import { cohortTraining } from '../presets/cohort-training.js';
import { signatureOf } from '../store/signature.js';
import type { Cell, Experiment, Preset, RunSpec } from '../types.js';
import type { Deps, EngineName } from './deps.js';
import { unknownName } from './nearest.js';

/** What of a request decides the runs; how and where they are computed is not part of it. */
export interface PlanRequest {
  readonly experiment: Experiment;
  /** Name of the experiment's protocol, where it has several; `experiment` then has that protocol's settings. */
  readonly track?: string;
  readonly preset: Preset;
  readonly engine: EngineName;
  readonly cohort: Cohort;
  readonly cohortOptions: CohortOptions;
  /** Where the cohort is, if it is a person's own folder; no part of a run's identity, which has its fingerprint. */
  readonly folder?: FolderSource;
  readonly seeds: readonly number[];
  /** How many splits, or undefined for the preset's number (at most those there are). */
  readonly splits?: number;
  readonly splitSeed: number;
  /** Keys of the cells wanted; undefined for all. */
  readonly only?: readonly string[];
  /** Keys of cells whose models cannot work on this cohort; they count as missing in the report. */
  readonly leftOut?: readonly string[];
}

/** One cell × split × seed. Cells with equal specifications share a signature, and so one run. */
export interface PlannedRun {
  readonly cell: Cell;
  readonly split: Split;
  readonly seed: number;
  readonly spec: RunSpec;
  readonly signature: string;
  readonly cohort: Pick<Cohort, 'dim' | 'classes'>;
  readonly folder?: FolderSource;
  /** `camelyon16-sim vit-s`, where an experiment has several places. */
  readonly place?: string;
  /** Estimated cost: training steps (training bags × epochs). */
  readonly cost: number;
  /** Whether attention maps and bag features are kept. */
  readonly portrait: boolean;
  /** The earlier stage whose weights this run starts from. */
  readonly after?: PlannedRun;
}

export interface Plan extends PlanRequest {
  readonly cells: readonly Cell[];
  readonly chosenSplits: readonly Split[];
  /** The training settings that all cells share, before a cell's own. */
  readonly train: TrainConfig;
  /** Ordered by cell, split, seed. */
  readonly runs: readonly PlannedRun[];
  /** Earlier stages of these runs, each once, whatever the number of runs that start from it. Their weights are kept. */
  readonly stages: readonly PlannedRun[];
}

/**
 * Training settings for a cohort: the experiment's, then the cohort's own protocol, then the preset's. Where a split has
 * no validation set nothing can be selected on it, so the last epoch counts.
 */
export function trainingFor(
  experiment: Experiment,
  preset: Preset,
  cohort: string,
  splits: readonly Split[],
): TrainConfig {
  const train = { ...experiment.train, ...cohortTraining(cohort), ...preset.train };
  return splits.some((split) => split.val.length === 0) ? { ...train, select: 'last' } : train;
}

/** A split, the split seed that it is of, and the seeds that run on it. */
interface SeededSplit {
  readonly split: Split;
  readonly splitSeed: number;
  readonly seeds: readonly number[];
}

/** What is to be computed, of one plan or of several. */
export type Work = Pick<Plan, 'engine' | 'cells' | 'runs' | 'stages'>;

/** The plans of one command, each of another place, as one body of work. */
export function joinPlans(plans: readonly Plan[]): Work {
  const [{ engine }] = plans as [Plan];
  return {
    engine,
    cells: [...new Set(plans.flatMap(({ cells }) => cells))],
    runs: plans.flatMap(({ runs }) => runs),
    stages: plans.flatMap(({ stages }) => stages),
  };
}

/** `camelyon16-sim vit-s`. */
export function placeName({ cohort, cohortOptions }: Pick<PlanRequest, 'cohort' | 'cohortOptions'>): string {
  return [cohort.name, cohortOptions.encoder].filter(Boolean).join(' ');
}

/** Expands an experiment into runs. Throws `UserError` for unknown cells, too many splits or a split that leaks. */
export function planRuns(
  request: PlanRequest,
  deps: Pick<Deps, 'buildModel' | 'checkSplit' | 'trainerVersion' | 'modelNames'>,
): Plan {
  const { experiment, preset, cohort, folder } = request;
  const able = chooseCells(experiment, request.only).filter(({ key }) => !request.leftOut?.includes(key));
  const cells = withoutMissing(able, deps.modelNames?.());
  const seeded = seededSplits(request);
  const chosenSplits = seeded.map(({ split }) => split);
  for (const split of chosenSplits) deps.checkSplit(cohort.bags, split);
  const train = trainingFor(experiment, preset, cohort.name, chosenSplits);
  const dims = { input: cohort.dim, classes: cohort.classes.length };
  const planned = (cell: Cell, model: Model, config: TrainConfig, at: SeededSplit, seed: number): PlannedRun => {
    const { split, splitSeed } = at;
    const stage = model.pretraining;
    const after =
      stage &&
      planned(
        { key: `${cell.key} (first stage)`, label: cell.label, factors: {}, model: stage.model },
        stage.model,
        { ...config, ...stage.config, select: train.select },
        at,
        seed,
      );
    const spec: RunSpec = {
      kind: 'train',
      trainer: deps.trainerVersion,
      engine: request.engine,
      model: { name: model.name, version: model.version, config: model.config },
      cohort: { name: cohort.name, options: request.cohortOptions, fingerprint: cohort.fingerprint },
      split: { seed: splitSeed, name: split.name },
      train: config,
      seed,
      ...(experiment.localization && cell.model.name === model.name ? { localization: experiment.localization } : {}),
    };
    const place = experiment.places ? placeName(request) : undefined;
    const cost = split.train.length * config.epochs;
    const portrait =
      (experiment.gallery !== undefined || experiment.stability === true) && cell.model.name === model.name;
    return { cell, split, seed, spec, signature: signatureOf(spec), cohort, folder, place, cost, portrait, after };
  };
  const runs = cells.flatMap((cell) => {
    const model = deps.buildModel(cell.model.name, cell.model.config, dims);
    const config: TrainConfig = { ...train, ...cell.train, select: train.select };
    return seeded.flatMap((at) => at.seeds.map((seed) => planned(cell, model, config, at, seed)));
  });
  const stages = distinctRuns(runs.flatMap(stagesOf));
  return { ...request, cells, chosenSplits, train, runs, stages };
}

/** The stages before a run, the nearest first. */
export function stagesOf({ after }: PlannedRun): PlannedRun[] {
  return after ? [after, ...stagesOf(after)] : [];
}

/** Everything that has to be computed for a plan, each signature once: stages first, then the costliest. */
export function allRuns({ runs, stages }: Pick<Work, 'runs' | 'stages'>): PlannedRun[] {
  const early = new Set(stages.map(({ signature }) => signature));
  // Where a stage is also a run of its own (a plain model that another one starts from), it goes by its own name.
  const own = new Map(runs.map((run) => [run.signature, run]));
  return [
    ...stages.map((stage) => own.get(stage.signature) ?? stage),
    ...distinctRuns(runs).filter(({ signature }) => !early.has(signature)),
  ];
}

/** One run for each signature, the costliest first, so that no long run is left over for the end. */
export function distinctRuns(runs: readonly PlannedRun[]): PlannedRun[] {
  const first = new Map<string, PlannedRun>();
  for (const run of runs) if (!first.has(run.signature)) first.set(run.signature, run);
  return [...first.values()].sort((a, b) => b.cost - a.cost); // stable: equal costs keep the plan's order
}

/** Cells whose model the registry has; those without one are told by the command and count as missing in the report. */
function withoutMissing(cells: readonly Cell[], names: readonly string[] | undefined): readonly Cell[] {
  const there = names ? cells.filter(({ model }) => names.includes(model.name)) : cells;
  if (there.length > 0) return there;
  throw new UserError(`none of these models is in the registry: ${cells.map(({ model }) => model.name).join(', ')}`, 2);
}

export function chooseCells(experiment: Experiment, only: readonly string[] | undefined): readonly Cell[] {
  if (!only) return experiment.cells;
  const keys = experiment.cells.map((cell) => cell.key);
  for (const key of only) if (!keys.includes(key)) throw unknownName('cell', key, keys);
  return experiment.cells.filter((cell) => only.includes(cell.key));
}

/** Every seed on every split; in cross-validation each seed on the folds of its own split seed. */
function seededSplits(request: PlanRequest): SeededSplit[] {
  const { experiment, seeds, splitSeed } = request;
  const of = (own: number, seed: readonly number[]): SeededSplit[] =>
    chooseSplits(request, own).map((split) => ({ split, splitSeed: own, seeds: seed }));
  if (!experiment.crossValidation) return of(splitSeed, seeds);
  return seeds.flatMap((seed) => of(splitSeed + seed - 1, [seed]));
}

function chooseSplits({ cohort, splits, preset }: PlanRequest, splitSeed: number): readonly Split[] {
  const all = cohort.splits(splitSeed);
  if (splits !== undefined && splits > all.length) {
    throw new UserError(`--splits ${splits}: ${cohort.name} has ${all.length}; ask for at most ${all.length}`, 2);
  }
  return all.slice(0, splits ?? preset.splits);
}
