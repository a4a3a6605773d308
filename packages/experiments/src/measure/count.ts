import { type DeviceBag, Executor, gridCoords, type Model, Trainer, tf } from '@asmil/core';
import { countMacs } from '../bench/count-macs.js';
import { PAPER_TRAINING } from '../presets/paper-training.js';

/** Multiply-accumulates that one prediction really runs, counted on the engine in use, operation by operation. */
export async function predictionMacs(model: Model, n: number): Promise<number> {
  const { input: d } = model.dims;
  const x = tf.keep(tf.randomNormal([n, d], 0, 1, 'float32', 1)) as tf.Tensor2D; // [N, D_in]
  const bag: DeviceBag = { bag: { id: 'count', n, d, label: 0, coords: gridCoords(n) }, x, release: () => {} };
  const trainer = new Trainer(model, PAPER_TRAINING, 1, new Executor({ compile: false }));
  return countMacs(() => trainer.evaluate(bag));
}
