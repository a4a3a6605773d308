import {
  attentionOfTiles,
  type Bag,
  type Checkpoint,
  Executor,
  engineInfo,
  loadCheckpoint,
  type Model,
  metrics,
  type TrainConfig,
  Trainer,
  tf,
  UserError,
} from '@asmil/core';
import { buildModel } from './registry.js';

/** What a trained model says of a slide. */
export interface Prediction {
  /** Index of the most probable class. */
  readonly label: number;
  /** [C], sums to 1. */
  readonly probabilities: readonly number[];
  readonly logits: readonly number[];
  /**
   * Attention of every tile, [N], sums to 1: the mean over the model's maps (branches, tokens), or, where it has one for each
   * class, that of the predicted class, and of two classes the second. Absent without attention.
   */
  readonly attention?: Float32Array;
}

/** Features of one slide: [N, D] row by row; places [N, 2], for models that read them. */
export type Features = Pick<Bag, 'n' | 'd' | 'features' | 'coords'>;

/** Never used: a prediction makes no step. */
const NO_TRAINING: TrainConfig = {
  ...{ optimiser: 'adam', lr: 0, weightDecay: 0, betas: [0.9, 0.999], eps: 1e-8, clip: null },
  ...{ epochs: 1, warmup: 0, schedule: 'constant', select: 'last' },
};

/** A trained model that predicts. Load it once, after `useEngine`; it keeps its weights on the device until `dispose`. */
export class Predictor {
  private readonly trainer: Trainer;
  readonly model: Model;

  constructor(readonly checkpoint: Checkpoint) {
    const { model, dims, params, trees } = checkpoint;
    this.model = buildModel(model.name, model.config, dims);
    if (this.model.version !== model.version) {
      throw new UserError(
        `the checkpoint holds ${model.name} in version ${model.version}, this suite computes version ${this.model.version}: train it again`,
      );
    }
    // One bag of every size comes by once, so compiling a graph for it would cost more than it saves.
    this.trainer = new Trainer(this.model, NO_TRAINING, 0, new Executor({ compile: false }), { params, trees });
  }

  /** Reads a checkpoint of this suite. Throws `UserError` for a file that is none, or of another version of the model. */
  static async load(path: string): Promise<Predictor> {
    return new Predictor(await loadCheckpoint(path));
  }

  /** Class names; `class 0`, … where the checkpoint has none. */
  get classes(): readonly string[] {
    return this.checkpoint.classes ?? Array.from({ length: this.model.dims.classes }, (_, c) => `class ${c}`);
  }

  /** Throws `UserError` for a slide without tiles, of another width, or without the places that the model reads. */
  predict(slide: Features): Prediction {
    const { n, d, coords } = slide;
    const { input } = this.model.dims;
    if (n === 0) throw new UserError('no tiles: nothing to predict from');
    if (d !== input) {
      throw new UserError(`features of ${d} numbers a tile, the model was trained on ${input}: use the same encoder`);
    }
    if (engineInfo() === undefined) throw new Error('no engine yet: await useEngine() first');
    const x = tf.tensor2d(slide.features, [n, d]);
    try {
      // Without an id: nothing is remembered of it.
      const bag = { bag: { id: '', n, d, coords, label: 0 }, x, release: () => {} };
      const { logits, map } = this.trainer.evaluate(bag);
      const probabilities = [...metrics.probabilities(logits)];
      return {
        ...{ label: metrics.argmax(probabilities), probabilities, logits: [...logits] },
        ...(map ? { attention: Float32Array.from(attentionOfTiles(map, logits, this.model)) } : {}),
      };
    } finally {
      x.dispose();
      this.forget();
    }
  }

  /** What a model derives from a bag belongs to that bag. */
  private forget(): void {
    for (const own of this.trainer.state.bagInputs.values()) tf.dispose(own);
    this.trainer.state.bagInputs.clear();
  }

  dispose(): void {
    this.trainer.dispose();
  }
}
