import { join } from 'node:path';
import { Writable } from 'node:stream';
import { UserError } from '@asmil/core/errors';
import { readIfThere } from '../reports/read-file.js';
import { type CommandContext, folderName, INTERRUPTED, runExperiment } from '../runner/command.js';
import { storedRuns } from '../runner/compute.js';
import { joinPlans } from '../runner/plan.js';
import { prepare } from '../runner/prepare.js';
import type { ExperimentRequest } from '../runner/request.js';
import { withCohortsOnce } from '../runner/status.js';
import { storedSpecs } from '../store/specs.js';
import { openStore } from '../store/store.js';
import type { Experiment } from '../types.js';
import { type Candidate, candidatesOf } from './candidates.js';

/** The reports say one line each, and not what the command says of every run. */
const nothing = new Writable({ write: (_chunk, _encoding, done) => done() });
const SILENT: CommandContext['terminal'] = { out: nothing, err: nothing };

/** What became of the reports. */
export interface Refreshed {
  /** Folders below `reports`. */
  readonly written: readonly string[];
  /** Lines on what is there in part and so was left. */
  readonly left: readonly string[];
  readonly failed: readonly string[];
  readonly interrupted: boolean;
}

/**
 * Writes the reports again that the runs of a store are enough for: those of which every run is there, and those that have a
 * folder already, with what there is. Nothing is trained and nothing is fetched.
 */
export async function refreshReports(
  experiments: readonly Experiment[],
  { storeDir, reportsDir }: { readonly storeDir: string; readonly reportsDir: string },
  context: CommandContext,
): Promise<Refreshed> {
  const { deps, signal, terminal } = context;
  const written: string[] = [];
  const left: string[] = [];
  const failed: string[] = [];
  const done = (interrupted: boolean): Refreshed => ({ written, left, failed, interrupted });
  const store = await openStore(storeDir, (line) => terminal.err.write(`${line}\n`));
  const memo = { ...withCohortsOnce(deps), writeReportIndex: () => {} }; // the lists are written once, at the end
  for (const presets of candidatesOf(experiments, await storedSpecs(storeDir))) {
    if (signal.aborted) return done(true);
    let best: { candidate: Candidate; stored: number; of: number; folder: string } | undefined;
    for (const candidate of presets) {
      const found = await coverage(candidate);
      if (found === undefined || found.stored === 0) continue;
      if (best === undefined || found.stored / found.of > best.stored / best.of) best = { candidate, ...found };
      if (found.stored === found.of) break;
    }
    if (best === undefined) continue;
    const { candidate, stored, of, folder } = best;
    const name = `${folder} (${candidate.preset})`;
    if (stored < of && (await presetOf(join(reportsDir, folder))) !== candidate.preset) {
      left.push(`${name}: ${stored} of ${of} runs stored`);
      continue;
    }
    try {
      terminal.err.write(`${name}\n`);
      const code = await runExperiment(candidate.experiment, requestOf(candidate), {
        ...context,
        deps: memo,
        terminal: SILENT,
      });
      if (code === INTERRUPTED) return done(true);
      if (code === 0) written.push(folder);
      else failed.push(folder);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      failed.push(`${folder}: ${error.message.split('\n')[0]}`);
    }
  }
  return done(false);

  /** How many of a candidate's runs are stored; undefined where it cannot be planned here, for want of its files. */
  async function coverage(candidate: Candidate): Promise<{ stored: number; of: number; folder: string } | undefined> {
    const request = requestOf(candidate);
    try {
      const { plans } = await prepare(candidate.experiment, request, memo, () => {});
      const plan = joinPlans(plans);
      const own = new Set(plan.runs.map(({ signature }) => signature));
      const stored = [...(await storedRuns({ ...plan, stages: [] }, store)).keys()].filter((key) => own.has(key));
      return { stored: stored.length, of: own.size, folder: folderName(plans[0], request.data) };
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  }

  function requestOf({ experiment, preset, engine, data }: Candidate): ExperimentRequest {
    return {
      ...{
        experiment: experiment.id,
        preset,
        engine,
        splitSeed: 0,
        store: storeDir,
        reports: reportsDir,
        reportOnly: true,
      },
      ...{ force: false, checkpoints: false, standalone: false, png: false },
      ...(data === undefined ? {} : { data }),
    };
  }
}

/** The preset of the report in a folder, if it can be read. */
async function presetOf(folder: string): Promise<string | undefined> {
  try {
    return JSON.parse((await readIfThere(join(folder, 'results.json'))) ?? '{}').preset;
  } catch {
    return undefined;
  }
}
