import { writeFile } from 'node:fs/promises';
import { PAPER_TRAINING } from '../../src/presets/paper-training.js';
import { signatureOf } from '../../src/store/signature.js';
import { type NewRun, openStore } from '../../src/store/store.js';
import type { RunSpec } from '../../src/types.js';

const spec: RunSpec = {
  kind: 'train',
  trainer: 1,
  engine: 'wasm',
  model: { name: 'asmil', version: 1, config: {} },
  cohort: { name: 'bracs-sim', options: { scale: 'quick' }, fingerprint: 'abc' },
  split: { seed: 0, name: 'fold-0' },
  train: PAPER_TRAINING,
  seed: 1,
};
const scores = { n: 2, macroF1: 2 / 3, macroAuc: null, accuracy: 0.5, crossEntropy: 1 };

/** The run that several processes write at once; `weights`: with a checkpoint. */
export const run = (weights: boolean): NewRun => ({
  record: {
    signature: signatureOf(spec),
    spec,
    split: { name: 'fold-0', train: ['a'], val: [], test: ['b'] },
    result: {
      status: 'finished',
      selectedEpoch: 1,
      selected: scores,
      last: scores,
      epochs: [{ epoch: 1, loss: 1, terms: { ce: 1 }, val: null, test: scores, attention: null }],
    },
  },
  bags: {},
  timing: { wallSeconds: 1, started: '2024-01-01T00:00:00.000Z', host: `process ${process.pid}` },
  ...(weights && { checkpoint: (path: string) => writeFile(path, 'w'.repeat(10_000)) }),
});

/* `writer.ts DIR TIMES`: writes the run so often with its weights, in place of what is there. `writer.ts DIR TIMES first`: without weights, the first stays. */
const [dir, times, first] = process.argv.slice(2);
if (dir && times) {
  const store = await openStore(dir, (line) => process.stdout.write(`${line}\n`));
  for (let i = 0; i < Number(times); i++) await store.write(run(first !== 'first'), { replace: first !== 'first' });
}
