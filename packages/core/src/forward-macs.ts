import { countMacs, tf } from './engine/index.js';
import type { Model, Params } from './model.js';
import { initParams } from './params.js';
import { createRng } from './rng.js';
import { bagContent, drawn, evaluationRng, gridCoords } from './train/inputs.js';
import { evaluation } from './train/step.js';

/**
 * Multiply-accumulates that a model's pass over one bag of n tiles runs in evaluation, counted on the engine in use: the
 * prediction and the maps that come with it. The tiles are noise that fills a square, row by row. What is made once a bag
 * outside the pass (a graph of neighbours) is not counted.
 */
export function forwardMacs(model: Model, n: number): number {
  const rng = createRng(0, 'forward-macs', n);
  const features = Float32Array.from({ length: n * model.dims.input }, () => rng.normal());
  const arrays = initParams(model.params, rng.split('params'));
  const bare = (tensors: Params): Params =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name.slice(name.indexOf(':') + 1), tensor]));
  return countMacs(() => {
    const x = tf.tensor2d(features, [n, model.dims.input]);
    const params = Object.fromEntries(
      Object.entries(arrays).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
    );
    const draws = bare(drawn('draw', model.evaluationDraws?.(evaluationRng(n), n)));
    const bag = bare(drawn('input', model.bagInputs?.(bagContent(x, gridCoords(n)))));
    model.forward(params, x, evaluation(draws, bag));
  });
}
