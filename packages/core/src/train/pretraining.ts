import { UserError } from '../errors.js';
import type { Model, Pretraining } from '../model.js';
import { createRng } from '../rng.js';
import type { DeviceBag } from './features.js';
import type { TrainResources } from './resources.js';
import type { StartValues } from './state.js';
import { Trainer } from './trainer.js';
import type { ModelWeights, TrainConfig, TrainJob } from './types.js';

/** The training settings of a model's earlier stage. */
export function stageConfig(stage: Pretraining, config: TrainConfig): TrainConfig {
  return { ...config, ...stage.config };
}

/** What a model starts from, made of its earlier stage's weights and, where it reads them, that stage's bag features. */
export async function startFrom(
  stage: Pretraining,
  weights: ModelWeights,
  job: TrainJob,
  bagOf: (id: string) => Promise<DeviceBag>,
  { executor }: TrainResources,
): Promise<StartValues> {
  const bagFeatures: Float32Array[] = [];
  if (stage.readsBags) {
    const trainer = new Trainer(stage.model, stageConfig(stage, job.config), job.seed, executor, weights);
    try {
      for (const id of job.split.train) {
        const bag = await bagOf(id);
        bagFeatures.push(trainer.bagFeature(bag));
        bag.release();
      }
    } finally {
      trainer.dispose();
    }
  }
  return stage.start({ weights, bagFeatures }, createRng(job.seed, 'pretraining'));
}

/** Trains the stage as a job of its own and returns the weights of its selected epoch. */
export async function trainStage(
  stage: Pretraining,
  job: TrainJob,
  train: (job: TrainJob) => Promise<unknown>,
): Promise<ModelWeights> {
  let weights: ModelWeights | undefined;
  await train({
    ...job,
    model: stage.model,
    config: stageConfig(stage, job.config),
    pretrained: undefined,
    onEpoch: undefined,
    onTiles: undefined,
    onSelect: (_, copy) => {
      weights = copy();
    },
  });
  if (!weights) throw stageDiverged(job.model);
  return weights;
}

/** What is said where the stage has no weights to start from. */
export function stageDiverged({ name, pretraining }: Model): UserError {
  return new UserError(
    `${name}: its first stage (${pretraining?.model.name}) diverged before its first evaluation; try a lower learning rate`,
  );
}
