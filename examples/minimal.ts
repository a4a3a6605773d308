import { buildModel } from '@asmil/baselines';
import { type Bag, createRng, trainModel, useEngine } from '@asmil/core';
import { holdOut } from '@asmil/data';

// 90 bags of 10 to 30 instances, 8 features each, all noise; in every second bag three instances are shifted.
const bags = Array.from({ length: 90 }, (_, i): Bag => {
  const rng = createRng(7, 'bag', i);
  const [n, d, label] = [10 + rng.int(21), 8, i % 2];
  const features = Float32Array.from({ length: n * d }, (_, k) => rng.normal() + (k < 3 * d * label ? 1.5 : 0));
  return { id: `bag-${i}`, n, d, features, label };
});
const byId = new Map(bags.map((bag) => [bag.id, bag]));
const infos = bags.map(({ id, label }) => ({ id, label, group: id })); // group: the patient

await useEngine('wasm'); // or 'native', or 'auto'
const result = await trainModel({
  model: buildModel('asmil', { hidden: 32, nFeat: 4 }, { input: 8, classes: 2 }),
  config: {
    ...{ optimiser: 'adam', lr: 1e-3, weightDecay: 1e-4, betas: [0.9, 0.999], eps: 1e-8, clip: null },
    ...{ epochs: 8, warmup: 0, schedule: 'cosine', select: 'best' }, // best on the validation bags
  },
  seed: 1,
  split: holdOut(infos, { val: 0.2, test: 0.3, splitSeed: 0 }),
  load: async (id) => byId.get(id)!,
  featureKey: 'toy',
});

for (const { epoch, loss, test, attention } of result.epochs) {
  const jsd = attention?.jsd?.toExponential(1) ?? '-';
  console.log(
    `epoch ${epoch}: loss ${loss.toFixed(3)}, test F1 ${test.macroF1.toFixed(3)}, attention moved by ${jsd} nats`,
  );
}
console.log(`epoch ${result.selectedEpoch} selected, test macro F1 ${result.selected?.macroF1.toFixed(3)}`);
