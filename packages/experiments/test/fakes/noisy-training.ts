import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildModel } from '@asmil/baselines';
import {
  type Cohort,
  engineInfo,
  loadCheckpoint,
  resolveEngine,
  saveCheckpoint,
  TRAINER_VERSION,
  trainModel,
  useEngine,
} from '@asmil/core';
import type { Deps } from '../../src/runner/deps.js';
import { findCohort } from './cohort.js';
import { noisyBags, SPLIT } from './short-training.js';
import { deps as fakes } from './wiring.js';

/*
 * Real models, real training on either engine, real checkpoints, on the bags of `short-training.ts`. `NOISY_DIR`: a folder
 * where each start is noted, as `pid model threads`; `NOISY_WORKERS`: so many processes have to have begun before any goes
 * on; `NOISY_KILL`: a model in whose second epoch the worker dies, once; `NOISY_LOAD_MS`: how long a bag takes to load at
 * most, by chance.
 */

const { NOISY_DIR: dir = '.', NOISY_KILL: killed, NOISY_LOAD_MS: slow, NOISY_WORKERS: workers } = process.env;
const log = join(dir, 'trained.log');

const processes = (): number =>
  new Set(
    readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).size;

export const noisyCohort: Cohort = {
  ...findCohort('bracs-sim').cohort,
  classes: ['benign', 'malignant'],
  dim: [...noisyBags.values()][0]!.d,
  bags: [...noisyBags.values()].map(({ id, label, n }) => ({ id, label, n, group: id })),
  fingerprint: 'noisy-1',
  splits: () => [SPLIT],
  load: async (id) => {
    if (slow) await sleep(Math.random() * Number(slow));
    return noisyBags.get(id)!;
  },
};

export const deps: Deps = {
  ...fakes,
  trainerVersion: TRAINER_VERSION,
  resolveEngine,
  useEngine,
  buildModel,
  saveCheckpoint,
  loadCheckpoint,
  findCohort: (name) => ({ ...findCohort(name), open: async () => noisyCohort }),
  openCohort: async () => noisyCohort,
  async trainModel(job) {
    appendFileSync(log, `${process.pid} ${job.model.name} ${engineInfo()!.threads}\n`);
    while (processes() < Number(workers)) await sleep(10);
    return trainModel({
      ...job,
      onEpoch(record) {
        job.onEpoch?.(record);
        const marker = join(dir, 'killed');
        if (job.model.name !== killed || record.epoch !== 2 || existsSync(marker)) return;
        writeFileSync(marker, '');
        process.kill(process.pid, 'SIGKILL');
      },
    });
  },
};
