/*
 * A model of one's own with the anchor around it: npx tsx examples/wrap-my-model.ts
 *
 * Whatever has attention scores can be anchored: `host` names the parameters that make the scores, and makes them from other
 * values of these. Inference does not change.
 */
import {
  type Bag,
  createRng,
  crossEntropy,
  linear,
  linearSpecs,
  type Model,
  type Objective,
  type Output,
  type Params,
  tf,
  trainModel,
  useEngine,
  withAnchor,
} from '@asmil/core';
import { holdOut } from '@asmil/data';

/** Attention over features as they are: scores w · x, a weighted mean, a linear classifier. */
function myModel(input: number, classes: number): Model {
  const scores = (p: Params, x: tf.Tensor2D) =>
    tf.transpose(linear(x, p['score.weight']!, p['score.bias']!)) as tf.Tensor2D; // [1, N]
  const forward = (p: Params, x: tf.Tensor2D): Output => {
    const raw = scores(p, x); // [1, N]
    const attention = tf.softmax(raw) as tf.Tensor2D; // [1, N]
    const bagFeature = tf.matMul(attention, x) as tf.Tensor2D; // [1, D]
    const logits = linear(bagFeature, p['classifier.weight']!, p['classifier.bias']!); // [1, C]
    return { logits, scores: raw, attention, map: attention, bagFeature, attentionInput: { x } };
  };
  return {
    ...{ name: 'my-model', version: 1, config: {}, dims: { input, classes } },
    params: [...linearSpecs('score', input, 1), ...linearSpecs('classifier', input, classes)],
    forward,
    objective(p, x, target): Objective {
      const output = forward(p, x);
      const ce = crossEntropy(output.logits, target);
      return { loss: ce, terms: { ce }, output };
    },
    host: {
      params: ['score.weight', 'score.bias'],
      scores: (p, { x }) => scores(p, x as tf.Tensor2D),
    },
  };
}

// 60 bags of noise; in every second one two instances are shifted.
const D = 8;
const bags = Array.from({ length: 60 }, (_, i): Bag => {
  const rng = createRng(7, 'bag', i);
  const [n, label] = [10 + rng.int(20), i % 2];
  const features = Float32Array.from({ length: n * D }, (_, k) => rng.normal() + (k < 2 * D * label ? 2 : 0));
  return { id: `bag-${i}`, n, d: D, features, label };
});
const byId = new Map(bags.map((bag) => [bag.id, bag]));
const infos = bags.map(({ id, label }) => ({ id, label, group: id }));

await useEngine('auto');
const alone = myModel(D, 2);
for (const model of [alone, withAnchor(alone, { normalizer: 'nsf', momentum: 0.99 })]) {
  const { epochs, selected } = await trainModel({
    model,
    config: {
      ...{ optimiser: 'adam', lr: 2e-2, weightDecay: 1e-4, betas: [0.9, 0.999], eps: 1e-8, clip: null },
      ...{ epochs: 6, warmup: 0, schedule: 'cosine', select: 'best' },
    },
    seed: 1,
    split: holdOut(infos, { val: 0.2, test: 0.3, splitSeed: 0 }),
    load: async (id) => byId.get(id)!,
    featureKey: 'toy',
  });
  const { jsd, peak } = epochs.at(-1)!.attention!;
  console.log(
    `${model === alone ? 'alone' : 'anchored'}: test F1 ${selected!.macroF1.toFixed(3)}, attention moved by ${jsd!.toExponential(1)} nats, largest weight × N ${peak.toFixed(2)}`,
  );
}
