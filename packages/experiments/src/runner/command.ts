import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { paperRowsFor } from '../presets/paper-cohorts.js';
import type { StabilityRow } from '../reports/gallery/stability.js';
import type { Gallery } from '../reports/gallery/types.js';
import { slurmCommands } from '../slurm/client.js';
import { slurmExecutor } from '../slurm/executor.js';
import { openStore, type StoredRun } from '../store/store.js';
import type { Experiment, PaperRow, Provenance, Results, RunRecord } from '../types.js';
import { completeRuns, compute, storedRuns } from './compute.js';
import type { Deps } from './deps.js';
import { epochSeconds } from './epoch-time.js';
import { galleryOf, stabilityOf } from './gallery.js';
import { allRuns, joinPlans, type Plan, placeName } from './plan.js';
import { localExecutor } from './pool.js';
import { prepare } from './prepare.js';
import { createProgress, type Terminal } from './progress.js';
import { provenanceOf } from './provenance.js';
import { finishReport, reportPlace, shown } from './report-place.js';
import { commandLine, type ExperimentRequest, statusLine } from './request.js';
import { buildResults } from './results.js';
import { INTERRUPTED } from './signals.js';

export interface CommandContext {
  readonly deps: Deps;
  readonly terminal: Terminal;
  /** The folder that holds `.runs/` and `reports/`. */
  readonly root: string;
  readonly signal: AbortSignal;
  readonly debug: boolean;
}

export { INTERRUPTED };

/**
 * The `exp` command for an experiment that trains: expands the experiment, computes the runs that the store lacks, writes the report. Returns the exit
 * code (0; 1 if a run failed; 130 if stopped). Throws `UserError` for what the user can mend.
 */
export async function runExperiment(
  experiment: Experiment,
  request: ExperimentRequest,
  context: CommandContext,
): Promise<number> {
  const { deps, terminal, root, signal } = context;
  const begin = performance.now();
  const progress = createProgress(terminal);
  const { plans, notes } = await prepare(experiment, request, deps, progress.line);
  const [first] = plans;
  const plan = joinPlans(plans);
  const place = reportPlace(folderName(first, request.data), request, root);
  const store = await openStore(resolve(request.store ?? join(root, '.runs')), progress.line);
  const before = await storedRuns(plan, store);

  const all = allRuns(plan).length;
  const workers = Math.min(request.workers ?? availableParallelism(), all);
  progress.line(headerOf(plans, before.size, request.force, store.dir));
  for (const note of notes) progress.line(note);

  const keys = completeRuns(plan, before, request.checkpoints);
  if (keys.size < before.size && !request.force) {
    progress.line(
      `${before.size - keys.size} of the stored runs kept no weights or no maps, which are asked for; they run again`,
    );
  }
  const { slurm } = request;
  const again = commandLine({ ...request, slurm: slurm && { ...slurm, wait: true } }, true);
  const executor = slurm
    ? slurmExecutor({
        ...{ experiment: experiment.id, store: store.dir, root, options: slurm, client: slurmCommands },
        follow: statusLine(request),
      })
    : localExecutor(workers);
  const { engine, failures, left, atOnce } = request.reportOnly
    ? { engine: undefined, failures: [], left: 0, atOnce: 0 }
    : await compute(plan, keys, {
        ...{ ...context, ...request, store, progress, executor },
        force: () => request.force,
      });
  const runs = await storedRuns(plan, store);
  if (left > 0 && !signal.aborted) {
    progress.line(`${runs.size} of ${all} runs are stored; wait for the others and write the report: ${again}`);
    return 0;
  }
  if (signal.aborted) {
    progress.line(`stopped: ${runs.size} of ${all} runs are kept in ${shown(store.dir)}; go on with: ${again}`);
    return INTERRUPTED;
  }
  if (runs.size === 0) {
    progress.line(`no report: ${request.reportOnly ? `none of ${all} runs is stored` : `all ${all} runs failed`}`);
    return 1;
  }

  const records = new Map([...runs].map(([signature, { record }]): [string, RunRecord] => [signature, record]));
  const results = plans.map((each) => buildResults(each, records)).filter((each) => each.runs.length > 0);
  const { outDir, assetsDir } = place;
  const options = { outDir, assetsDir, standalone: request.standalone, png: request.png };
  const provenance = provenanceOf({
    root,
    engine: plan.engine,
    engineInfo: engine,
    workers: slurm && atOnce > 0 ? atOnce : workers,
    ...(slurm && { cluster: clusterOf(runs) }),
    runSeconds: [...runs.values()].reduce((sum, { timing }) => sum + (timing?.wallSeconds ?? 0), 0),
    commandSeconds: (performance.now() - begin) / 1000,
    command: commandLine(request),
    ...(first.experiment.epochTime ? { epochSeconds: epochSeconds(plan.runs, runs) } : {}),
  });
  const galleries = first.experiment.gallery
    ? await Promise.all(results.map((each) => galleryOf(each, store, deps)))
    : undefined;
  const stability = first.experiment.stability ? await stabilityOf(results[0]!, store, deps) : undefined;
  const absent = [...new Set(plans.flatMap((each) => each.experiment.cells.map(({ key }) => key)))].filter(
    (key) => !results.some(({ cells }) => cells.some((cell) => cell.key === key)),
  );
  const remarks = [
    ...(absent.length > 0 ? [`partial report: without ${absent.join(', ')}`] : []),
    ...(failures.length > 0 ? [`partial report: ${failures.length} of ${all} runs failed (named above)`] : []),
  ];
  const write = () => writeReports(experiment, plans, results, provenance, { ...options, galleries, stability }, deps);
  await finishReport(place, write, remarks, context, progress.line);
  return failures.length > 0 ? 1 : 0;
}

/** `Slurm (3 nodes)`. */
function clusterOf(runs: ReadonlyMap<string, StoredRun>): string {
  const hosts = new Set([...runs.values()].flatMap(({ timing }) => timing?.host ?? []));
  return `Slurm (${hosts.size} node${hosts.size === 1 ? '' : 's'})`;
}

/** `ablation-ema` for the experiment's own cohort, `ablation-ema-musk1` for another. */
export function folderName({ experiment, cohort }: Plan, data: string | undefined): string {
  const own = experiment.places ? data === undefined : cohort.name === experiment.cohort;
  return own ? experiment.id : `${experiment.id}-${cohort.name}`;
}

/** One report of all places for an experiment that has several, else that of its one cohort. */
function writeReports(
  experiment: Experiment,
  plans: readonly [Plan, ...Plan[]],
  results: readonly Results[],
  provenance: Provenance,
  given: {
    outDir: string;
    assetsDir: string;
    standalone: boolean;
    png: boolean;
    galleries: readonly (Gallery | undefined)[] | undefined;
    stability: readonly StabilityRow[] | undefined;
  },
  deps: Deps,
): Promise<{ files: string[]; markdownTable: string }> {
  const [{ engine, preset }] = plans;
  const { galleries, stability, ...options } = given;
  const rowsFor = ({ cohort }: Results): PaperRow[] =>
    paperRowsFor(experiment.paper.rows, cohort.name, cohort.options.encoder);
  if (!experiment.places) {
    const paper = { ...experiment.paper, rows: rowsFor(results[0]!) };
    return deps.writeReport({
      experiment: { ...experiment, paper },
      results: results[0]!,
      provenance,
      gallery: galleries?.[0],
      stability,
      ...options,
    });
  }
  const { id, title } = experiment;
  const all = {
    format: 2,
    kind: 'places',
    experiment: id,
    title,
    preset: preset.name,
    engine,
    places: results,
  } as const;
  return deps.writePlacesReport({
    experiment,
    results: all,
    paperRows: results.map(rowsFor),
    provenance,
    galleries,
    ...options,
  });
}

function headerOf(plans: readonly [Plan, ...Plan[]], stored: number, force: boolean, dir: string): string {
  const [{ experiment, preset, engine }] = plans;
  const all = allRuns(joinPlans(plans)).length;
  const there = force && stored > 0 ? `all again (--force)` : `${stored} stored`;
  const data = plans
    .map((plan) => {
      const name = experiment.places ? placeName(plan) : plan.cohort.name;
      return plan.cohort.simulated ? `${name} (simulated)` : name;
    })
    .join(', ');
  return `${experiment.id}: ${engine} engine, ${data}, preset ${preset.name}, ${all} runs, ${there}, store ${shown(dir)}`;
}
