import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@asmil/core/errors';
import { PORTRAIT } from '../store/store.js';
import type { Experiment, Preset } from '../types.js';
import type { Deps } from './deps.js';
import { type Kept, keptBy } from './kept.js';
import { joinPlans } from './plan.js';
import { prepare } from './prepare.js';

/** How many runs of a preset are stored on this machine. */
export interface PresetStatus {
  readonly preset: Preset['name'];
  readonly stored: number;
  readonly runs: number;
}

/**
 * Whether a store has a run with what is kept of it, told by the names of files alone: reading and verifying thousands of runs would
 * take minutes.
 */
export function isThere(storeDir: string, signature: string, kept: Kept): boolean {
  const folder = join(storeDir, signature.slice(0, 2), signature);
  return existsSync(folder) && (!kept.portrait || existsSync(join(folder, PORTRAIT)));
}

/** Opens every cohort once, however often it is asked for. */
export function withCohortsOnce(deps: Deps): Deps {
  const cohorts = new Map<string, ReturnType<Deps['openCohort']>>();
  return {
    ...deps,
    openCohort(name, options) {
      const key = JSON.stringify([name, options]);
      const open = cohorts.get(key) ?? deps.openCohort(name, options);
      cohorts.set(key, open);
      return open;
    },
  };
}

/**
 * The runs of an experiment's presets `quick` and `standard` that a store holds, with the pictures that their reports draw; a preset whose cohorts are not here is left
 * out. Nothing is trained or fetched.
 */
export async function statusOf(experiment: Experiment, deps: Deps, storeDir: string): Promise<PresetStatus[]> {
  const status: PresetStatus[] = [];
  for (const preset of ['quick', 'standard'] as const) {
    const request = {
      ...({ experiment: experiment.id, preset, engine: 'auto', splitSeed: 0, reportOnly: true } as const),
      ...{ force: false, checkpoints: false, standalone: false, png: false },
    };
    try {
      const { plans } = await prepare(experiment, request, deps, () => {});
      const work = joinPlans(plans);
      const kept = keptBy(work, false);
      const runs = [...new Set(work.runs.map(({ signature }) => signature))];
      const stored = runs.filter((signature) => isThere(storeDir, signature, kept(signature)));
      status.push({ preset, stored: stored.length, runs: runs.length });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return status;
}
