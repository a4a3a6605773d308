import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ablationEma } from '../src/definitions/ablation-ema.js';
import { failureCases } from '../src/definitions/failure-cases.js';
import { planRuns } from '../src/runner/plan.js';
import { statusOf } from '../src/runner/status.js';
import type { Experiment } from '../src/types.js';
import { findCohort } from './fakes/cohort.js';
import { deps } from './fakes/wiring.js';

/** The quick preset's stored and all runs, with a folder for every run and, in the first `drawn` of them, its maps. */
async function quickStatus(experiment: Experiment, drawn: number): Promise<number[]> {
  const store = mkdtempSync(join(tmpdir(), 'status-'));
  try {
    const { quick } = experiment.presets;
    const seeds = Array.from({ length: quick.seeds }, (_, i) => i + 1);
    const { cohort } = findCohort('bracs-sim');
    const { runs } = planRuns(
      {
        ...{ experiment, preset: quick, engine: 'wasm', cohort, seeds, splitSeed: 0 },
        cohortOptions: { scale: 'quick', encoder: 'vit-s' },
      },
      deps,
    );
    for (const [i, { signature }] of runs.entries()) {
      const folder = join(store, signature.slice(0, 2), signature);
      mkdirSync(folder, { recursive: true });
      if (i < drawn) writeFileSync(join(folder, 'portrait.safetensors'), '');
    }
    const status = await statusOf({ ...experiment, cohort: 'bracs-sim' }, deps, store);
    const found = status.find(({ preset }) => preset === 'quick')!;
    return [found.stored, found.runs];
  } finally {
    rmSync(store, { recursive: true });
  }
}

it('counts a run as stored whose report draws no pictures, and one with its pictures where it does', async () => {
  expect(await quickStatus(ablationEma, 0)).toEqual([16, 16]);
  expect(await quickStatus(failureCases, 0)).toEqual([0, 2]);
  expect(await quickStatus(failureCases, 1)).toEqual([1, 2]);
});
