import { type Checkpoint, exportState, tf, useEngine } from '@asmil/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildModel, Predictor } from '../src/index.js';
import { withTrainer } from './model-suite.js';

/** A checkpoint of a model as it starts. */
function checkpoint(name: string, config: Readonly<Record<string, unknown>> = {}): Checkpoint {
  const model = buildModel(name, config, { input: 6, classes: 3 });
  const weights = withTrainer(model, (trainer) => exportState(model, trainer.state));
  return { model, dims: model.dims, classes: ['a', 'b', 'c'], meta: {}, ...weights };
}

const slide = (n: number, d = 6) => ({ n, d, features: Float32Array.from({ length: n * d }, (_, i) => Math.sin(i)) });

beforeAll(() => useEngine('wasm'));

describe('a predictor', () => {
  it('gives the mean of several maps, and no attention for a model that has none', () => {
    const asmil = new Predictor(checkpoint('asmil', { hidden: 8, heads: 2, nFeat: 3 }));
    const { attention } = asmil.predict(slide(7));
    expect(attention).toHaveLength(7);
    expect(attention!.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    expect(asmil.classes).toEqual(['a', 'b', 'c']);
    asmil.dispose();
    const mean = new Predictor(checkpoint('mean-pooling', { hidden: 8 }));
    expect(mean.predict(slide(7)).attention).toBeUndefined();
    mean.dispose();
  });

  it('gives the map of the predicted class where a model has one for each', () => {
    const predictor = new Predictor(checkpoint('dsmil'));
    const { attention, label } = predictor.predict(slide(7));
    const { n, d, features } = slide(7);
    const { map } = withTrainer(predictor.model, (trainer) => {
      const x = tf.tensor2d(features, [n, d]);
      const out = trainer.evaluate({ bag: { id: '', n, d, label: 0 }, x, release: () => {} });
      x.dispose();
      return out;
    });
    expect(map!.rows).toBe(3);
    expect(attention).toEqual(map!.values.slice(label * n, (label + 1) * n));
    predictor.dispose();
  });

  it('remembers nothing of a slide: sizes alternate, results do not', () => {
    const predictor = new Predictor(checkpoint('camil', { hidden: 8, heads: 2 }));
    const grid = (n: number) => ({
      ...slide(n),
      coords: Int32Array.from({ length: 2 * n }, (_, i) => (i % 2 ? 0 : i >> 1)),
    });
    const alone = [5, 9].map((n) => predictor.predict(grid(n)).logits);
    const { numTensors } = tf.memory();
    expect([9, 5, 9, 5].map((n) => predictor.predict(grid(n)).logits)).toEqual([
      alone[1],
      alone[0],
      alone[1],
      alone[0],
    ]);
    expect(tf.memory().numTensors).toBe(numTensors);
    predictor.dispose();
  });

  it('refuses in one line what it cannot predict from', () => {
    const given = checkpoint('abmil', { hidden: 8 });
    const predictor = new Predictor(given);
    expect(() => predictor.predict(slide(4, 5))).toThrow(/^features of 5 numbers a tile, the model was trained on 6: /);
    expect(() => predictor.predict(slide(0))).toThrow(/^no tiles/);
    predictor.dispose();
    const old = { ...given, model: { ...given.model, version: 999 } };
    expect(() => new Predictor(old)).toThrow(
      /^the checkpoint holds abmil in version 999, this suite computes version \d+: /,
    );
  });
});
