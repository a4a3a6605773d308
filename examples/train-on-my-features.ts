/*
 * Trains ASMIL on a folder of one's own features and keeps the model of the best epoch:
 *
 *   npx tsx examples/train-on-my-features.ts FEATS model.safetensors
 *
 * FEATS holds features as CLAM, TRIDENT or PyTorch write them, and a table labels.csv (slide_id,label). Without arguments a
 * small simulated cohort is written as files first, and trained on.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildModel } from '@asmil/baselines';
import { type Checkpoint, saveCheckpoint, trainModel, useEngine } from '@asmil/core';
import { exportCohort, openCohort, openFolder } from '@asmil/data';

const [folder = await demo(), out = join(folder, 'model.safetensors')] = process.argv.slice(2);

const cohort = await openFolder(folder); // { labels: 'labels.csv', classes: ['normal', 'tumour'], … }
const [split] = cohort.splits(0); // those of the folder, or five folds that keep patients together
console.log(
  `${cohort.title}: ${cohort.bags.length} slides, ${cohort.dim} features a tile, ${cohort.classes.join(' or ')}`,
);

await useEngine('auto');
const model = buildModel('asmil', { hidden: 32, nFeat: 4 }, { input: cohort.dim, classes: cohort.classes.length });
let best: Pick<Checkpoint, 'params' | 'trees'> | undefined;
const result = await trainModel({
  model,
  config: {
    ...{ optimiser: 'adam', lr: 1e-3, weightDecay: 1e-4, betas: [0.9, 0.999], eps: 1e-8, clip: null },
    ...{ epochs: 4, warmup: 0, schedule: 'cosine', select: 'best' }, // best on the validation slides
  },
  seed: 1,
  split: split!,
  load: (id) => cohort.load(id, split!),
  featureKey: cohort.fingerprint,
  onEpoch: ({ epoch, loss, val }) =>
    console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}, validation F1 ${val?.macroF1.toFixed(3) ?? '-'}`),
  onSelect: (_, weights) => {
    best = weights();
  },
});
if (!best) throw new Error('diverged in the first epoch: try a lower learning rate');
const { name, version, config, dims } = model;
await saveCheckpoint(out, { model: { name, version, config }, dims, classes: cohort.classes, ...best, meta: {} });
console.log(`epoch ${result.selectedEpoch} selected, test macro F1 ${result.selected?.macroF1.toFixed(3)}: ${out}`);

/** Some slides of a simulated cohort, as CLAM's files. */
async function demo(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'asmil-features-'));
  await exportCohort(await openCohort('camelyon16-sim', { scale: 'quick' }), dir, { splitSeed: 0, slides: 24 });
  return dir;
}
