import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BagEpoch, Model, Scores, TrainJob, TrainResult } from '@asmil/core';
import { createRng } from '@asmil/core/rng';
import { canonicalJson } from '../../src/store/canonical.js';
import type { BuildModel } from '../../src/types.js';

/** What a trap or an abort of a WebAssembly module throws. */
const { RuntimeError } = (globalThis as unknown as { WebAssembly: { RuntimeError: ErrorConstructor } }).WebAssembly;

/**
 * A trainer that trains nothing: its numbers depend on the job alone. `FAKE_DIR`: a folder where it notes each start;
 * `FAKE_EPOCH_MS`: how long an epoch takes; `FAKE_HOLD`: a file at which runs that start from a stage wait after their first
 * epoch, as long as it is there; `FAKE_FAULT`: `kind:emaM,…` goes wrong in those cells, kind being kill,
 * kill-once, wasm-once (the engine dies), throw or diverge.
 */
export async function trainModel(given: TrainJob): Promise<TrainResult> {
  const { model, config, seed, split, onEpoch, onSelect, pretrained } = given;
  const dir = process.env.FAKE_DIR;
  const from = pretrained ? ` from epoch ${pretrained.params.w!.data[0]}` : '';
  const job = `${canonicalJson(model.config)} ${split.name} ${seed}`;
  if (dir) appendFileSync(join(dir, 'trained.log'), `${process.pid} ${job}${from}\n`);
  const faults = (process.env.FAKE_FAULT ?? '').split(',').map((text) => text.split(':'));
  const fault = faults.find(([, cell]) => cell !== undefined && Number(cell) === model.config.emaM)?.[0];
  const rng = createRng(seed, split.name, canonicalJson(model.config), canonicalJson(config));
  const scores = (n: number): Scores => ({
    n,
    macroF1: rng.next(),
    macroAuc: rng.next(),
    accuracy: 1 / 3,
    crossEntropy: fault === 'diverge' ? Number.NaN : rng.next(),
  });
  const bag = (): BagEpoch => ({
    jsd: null,
    peak: 1 + rng.next(),
    entropy: rng.next(),
    halfMass: 0.25,
    instanceMass: null,
    instanceAuc: null,
    crossEntropy: rng.next(),
  });
  const epochs: TrainResult['epochs'][number][] = [];
  const bags: Record<string, BagEpoch[]> = Object.fromEntries(split.test.map((id) => [id, []]));
  for (let epoch = 1; epoch <= config.epochs; epoch++) {
    await sleep(Number(process.env.FAKE_EPOCH_MS ?? 0));
    while (epoch === 2 && pretrained && existsSync(process.env.FAKE_HOLD ?? '')) await sleep(50);
    if (fault && epoch === 2) goWrong(fault, dir, job);
    const val = split.val.length > 0 ? scores(split.val.length) : null;
    const record = { epoch, loss: rng.next(), terms: { ce: rng.next() }, val, test: scores(3), attention: null };
    epochs.push(record);
    for (const list of Object.values(bags)) list.push(bag());
    // A plain list: the fake checkpoint is JSON.
    const w = { shape: [1], data: [epoch] as unknown as Float32Array };
    onSelect?.(record, () => ({ params: { w }, trees: {} }));
    onEpoch?.(record);
  }
  const last = epochs.at(-1)!.test;
  const end = { selectedEpoch: epochs.length, selected: last, last, epochs, bags };
  if (fault === 'diverge') {
    return { status: 'diverged', diverged: { epoch: 2, step: 3, bag: 'bag-0', value: 'NaN' }, ...end };
  }
  return { status: 'finished', ...end };
}

function goWrong(fault: string, dir: string | undefined, job: string): void {
  if (fault === 'throw') throw new Error('the bag is empty\nsecond line');
  if (fault === 'kill') process.kill(process.pid, 'SIGKILL');
  const marker = join(dir ?? '.', `killed ${job.replaceAll(/\W/g, '_')}`);
  if (!fault.endsWith('-once') || existsSync(marker)) return;
  writeFileSync(marker, '');
  if (fault === 'kill-once') process.kill(process.pid, 'SIGKILL');
  if (fault === 'wasm-once') throw new RuntimeError('Aborted()');
}

/** A model that is its configuration. `FAKE_STAGE`: each has an earlier stage, the same for all. */
export const buildModel: BuildModel = (name, config, dims): Model => ({
  name,
  version: 1,
  config,
  dims,
  params: [],
  pretraining:
    process.env.FAKE_STAGE && !config.stage
      ? {
          model: buildModel('first', { stage: process.env.FAKE_STAGE, emaM: -1 }, dims),
          readsBags: false,
          start: () => ({}),
        }
      : undefined,
  forward: () => {
    throw new Error('not a real model');
  },
  objective: () => {
    throw new Error('not a real model');
  },
});
