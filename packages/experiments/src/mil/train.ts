import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildModel, Predictor } from '@asmil/baselines';
import {
  type Cohort,
  type EngineInfo,
  type Model,
  type ModelWeights,
  type Scores,
  type Split,
  saveCheckpoint,
  TRAINER_VERSION,
  type TrainConfig,
  trainModel,
  UserError,
  writeFileWhole,
} from '@asmil/core';
import { cohortTraining } from '../presets/cohort-training.js';
import { PAPER_TRAINING } from '../presets/paper-training.js';
import { canonicalJson, sha256 } from '../store/canonical.js';
import { scoreSlides } from './score.js';
import { predictionsCsv } from './table.js';
import { Unusable } from './unusable.js';

/** What `--plugin` adds to a model: the anchor with the normaliser of its target. */
export const PLUGINS = { none: undefined, anchor: 'softmax', 'anchor+nsf': 'nsf' } as const;
export type PluginName = keyof typeof PLUGINS;

export interface TrainRequest {
  readonly model: string;
  readonly plugin: PluginName;
  /** Settings of the model. */
  readonly config: Readonly<Record<string, unknown>>;
  /** In place of the paper's training or the cohort's own. */
  readonly train: Partial<TrainConfig>;
  readonly seed: number;
  readonly splitSeed: number;
  /** Trains again where the folder has a result of the same settings. */
  readonly force: boolean;
  readonly out: string;
}

/** What became of one fold; `result.json` in its folder. */
export interface FoldResult {
  readonly fold: string;
  readonly status: 'finished' | 'diverged';
  readonly selectedEpoch: number;
  readonly val: Scores | null;
  readonly test: Scores | null;
  /** Hash of everything that decides the result. */
  readonly settings: string;
}

/** Builds the model for a cohort, the plug-in in it. Throws `UserError` for what the model does not take. */
export function modelFor({ model, plugin, config }: TrainRequest, cohort: Cohort): Model {
  const normalizer = PLUGINS[plugin];
  if (normalizer !== undefined && config.anchor !== undefined) {
    throw new UserError('--plugin and "anchor" in --config say the same twice: leave out one', 2);
  }
  const settings = normalizer === undefined ? config : { ...config, anchor: { normalizer } };
  return buildModel(model, settings, { input: cohort.dim, classes: cohort.classes.length });
}

/**
 * Trains one model on one fold and writes into `out/<fold>`: `checkpoint.safetensors` (the selected epoch's weights),
 * `predictions.csv` of the test slides, and last `result.json`, the sign that the fold is whole. A fold whose result is
 * there, of the same settings, is not trained again.
 */
export async function trainFold(
  cohort: Cohort,
  fold: Split,
  request: TrainRequest,
  engine: EngineInfo,
  say: (line: string) => void,
): Promise<FoldResult> {
  const model = modelFor(request, cohort);
  const train: TrainConfig = { ...PAPER_TRAINING, ...cohortTraining(cohort.name), ...request.train };
  const config: TrainConfig = fold.val.length === 0 ? { ...train, select: 'last' } : train;
  const { seed, splitSeed } = request;
  const identity = {
    ...{ trainer: TRAINER_VERSION, engine: engine.name, cohort: cohort.fingerprint, train: config, seed },
    model: { name: model.name, version: model.version, config: model.config },
    split: { seed: splitSeed, ...fold },
  };
  const settings = sha256(canonicalJson(JSON.parse(JSON.stringify(identity))));
  if (/[\\/]|^\.*$/.test(fold.name))
    throw new UserError(`fold "${fold.name}": such a name cannot be a folder; rename it`);
  const dir = join(request.out, fold.name);
  const paths = {
    checkpoint: join(dir, 'checkpoint.safetensors'),
    predictions: join(dir, 'predictions.csv'),
    result: join(dir, 'result.json'),
  };
  const before = await readResult(paths.result);
  if (before !== undefined && !request.force) {
    if (before.settings === settings && existsSync(paths.checkpoint)) {
      say(`${fold.name}: there already (--force trains it again)`);
      return before;
    }
    throw new UserError(
      `${paths.result} is of other settings or other data: name another folder with --out, or replace it with --force`,
    );
  }

  let weights: ModelWeights | undefined;
  let val: Scores | null = null;
  const result = await trainModel({
    ...{ model, config, seed, split: fold, featureKey: canonicalJson([cohort.fingerprint, fold.name]) },
    load: (id) => cohort.load(id, fold),
    onSelect: (record, copy) => {
      weights = copy();
      val = record.val;
    },
    onEpoch: ({ epoch, loss, val: now, test }) => {
      const scores = now ?? test;
      say(
        `${fold.name}: epoch ${epoch} of ${config.epochs}, loss ${loss.toFixed(4)}, ${now ? 'validation' : 'test'} macro F1 ${scores.macroF1.toFixed(3)}`,
      );
    },
  });
  const { status, selectedEpoch, selected, diverged } = result;
  if (!weights) {
    throw new UserError(
      `${fold.name}: diverged in epoch ${diverged?.epoch ?? 1} (loss ${diverged?.value}); a lower --lr may help`,
    );
  }
  const checkpoint = {
    model: identity.model,
    ...{ dims: model.dims, classes: cohort.classes, ...weights },
    meta: { data: cohort.name, fold: fold.name, splitSeed, seed, epoch: selectedEpoch, train: config, settings },
  };
  await saveCheckpoint(paths.checkpoint, checkpoint);
  const predictor = new Predictor(checkpoint);
  try {
    const sound = new Unusable({ strict: true, say }); // what cannot be loaded is out of the fold by now
    const { slides } = await scoreSlides(predictor, cohort, fold, fold.test, sound);
    await writeFileWhole(paths.predictions, predictionsCsv(slides, cohort.classes));
  } finally {
    predictor.dispose();
  }
  const written: FoldResult = { fold: fold.name, status, selectedEpoch, val, test: selected, settings };
  await writeFileWhole(paths.result, `${JSON.stringify({ ...written, epochs: result.epochs }, null, 1)}\n`);
  return written;
}

async function readResult(path: string): Promise<FoldResult | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const { fold, status, selectedEpoch, val, test, settings } = JSON.parse(await readFile(path, 'utf8'));
    return { fold, status, selectedEpoch, val, test, settings };
  } catch {
    throw new UserError(`${path}: cannot be read; remove it or train again with --force`);
  }
}
