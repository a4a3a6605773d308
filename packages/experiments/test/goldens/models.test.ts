import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkFile, type FileCheck } from '../../src/goldens/check.js';
import { numbersOf } from '../../src/goldens/schema.js';

interface Tensor {
  shape: number[];
  data: number[];
}

/** A golden file in the making. */
interface File {
  config: Record<string, unknown>;
  params: Record<string, Tensor>;
  inputs: { x: Tensor; label: number };
  randomness: Record<string, unknown>;
  outputs: Record<string, unknown> & { loss_terms: Record<string, number>; loss: number };
  grads: Record<string, Tensor>;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asmil-golden-models-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The verdict on a file of the repository after a change. */
async function changed(name: string, change: (file: File) => void): Promise<FileCheck> {
  const path = fileURLToPath(new URL(`../../../${name}.json`, import.meta.url));
  const file = JSON.parse(await readFile(path, 'utf8')) as File;
  change(file);
  const copy = join(folder, 'changed.json');
  await writeFile(copy, JSON.stringify(file));
  return checkFile(copy, { engine: 'wasm' });
}

const paper = 'core/goldens/asmil-paper';
const release = 'core/goldens/asmil-release';
const plugin = 'baselines/goldens/plugin-abmil';

/** Adds to the first number found under a value. */
function shift(value: unknown, by: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'shape') continue;
    if (typeof inner === 'number') {
      (value as Record<string, number>)[key] = inner + by;
      return true;
    }
    if (shift(inner, by)) return true;
  }
  return false;
}

describe('every number of a file counts', () => {
  test.each([
    `${paper}/train_c3_drop`,
    `${paper}/sequence_adam_ema_epoch_full`,
    `${release}/train_c3_drop2_temp1`,
    `${release}/sequence_adamw`,
    `${plugin}/nsf_c3_beta05`,
    'baselines/goldens/abmil/original_gated_sigmoid_y1',
  ])('%s', async (name) => {
    const untouched = JSON.parse(
      await readFile(fileURLToPath(new URL(`../../../${name}.json`, import.meta.url)), 'utf8'),
    ) as File;
    for (const key of Object.keys(untouched.outputs)) {
      if (key === 'anchor_unchanged') continue;
      const check = await changed(name, ({ outputs }) => {
        if (typeof outputs[key] === 'number') outputs[key] = (outputs[key] as number) + 0.01;
        else expect(shift(outputs[key], 0.01)).toBe(true);
      });
      expect(check.reason, key).toMatch(new RegExp(`^${key}.*: off by`));
    }
    for (const key of Object.keys(untouched.grads).slice(0, 3)) {
      const check = await changed(name, ({ grads }) => shift(grads[key]!.data, 0.01));
      expect(check.reason, key).toMatch(/^grads\..*: off by/);
    }
  });
});

describe('what a checker cannot read is named', () => {
  test.each<[string, string, (file: File) => void, RegExp]>([
    ['a setting', `${paper}/n1_c2`, ({ config }) => (config.anchor_flavour = 1), /unknown key anchor_flavour/],
    ['a setting of the plug-in', `${plugin}/nsf_c2`, ({ config }) => (config.centre = true), /unknown key centre/],
    [
      'a setting of the other variant',
      `${release}/train_c2_n1`,
      ({ config }) => (config.anchor_alpha = 2),
      /unknown key anchor_alpha/,
    ],
    ['a value', `${paper}/n1_c2`, ({ config }) => (config.online = 'sparsemax'), /"online"/],
    ['a draw', `${paper}/n1_c2`, ({ randomness }) => (randomness.noise = [1]), /unknown key noise/],
    [
      'a parameter too many',
      `${paper}/n1_c2`,
      ({ params }) => (params['enc.gate.weight'] = { shape: [1], data: [0] }),
      /enc\.gate\.weight/,
    ],
    ['a parameter too few', `${paper}/n1_c2`, ({ params }) => delete params['agg.q.bias'], /agg\.q\.bias/],
    ['a class', `${paper}/n1_c2`, ({ inputs }) => (inputs.label = 2), /label: 2, expected a class from 0 to 1/],
    ['a width', `${paper}/n1_c2`, ({ config }) => (config.D_in = 5), /D_in is 5, but x has 6 columns/],
    [
      'an empty set of tokens',
      `${paper}/n1_c2`,
      ({ randomness }) => (randomness.keep_mask = [0, 0, 0]),
      /fallback_token is missing/,
    ],
  ])('%s', async (_, name, change, reason) => {
    const check = await changed(name, change);
    expect(check.pass).toBe(false);
    expect(check.reason).toMatch(reason);
  });
});

describe('switches that no file of the repository uses', () => {
  test('without a reduction the tiles are the features', async () => {
    const check = await changed(`${paper}/eval_c2`, (file) => {
      const weight = file.params['reduce.weight']!;
      const [d, width] = weight.shape as [number, number];
      const [n] = file.inputs.x.shape as [number];
      const [w, x] = [numbersOf(weight), numbersOf(file.inputs.x)];
      const data = Array.from({ length: n * d }, (_, at) => {
        const [i, j] = [Math.floor(at / d), at % d];
        let sum = 0;
        for (let c = 0; c < width; c++) sum += x[i * width + c]! * w[j * width + c]!;
        return Math.max(sum, 0);
      });
      file.inputs.x = { shape: [n, d], data };
      Object.assign(file.config, { D_in: d, reduce: false });
      delete file.params['reduce.weight'];
      delete file.grads['reduce.weight'];
    });
    expect(check.reason).toBeUndefined();
  });

  test('a weight of 0 leaves the term out of the loss and still reports it', async () => {
    for (const name of [`${paper}/eval_c2`, `${plugin}/nsf_c2`]) {
      const check = await changed(name, (file) => {
        file.config.beta = 0;
        file.outputs.loss = file.outputs.loss_terms.ce ?? file.outputs.loss_terms.base!;
        file.grads = {};
      });
      expect(check.reason).toBeUndefined();
    }
  });

  test('momentum, the keys of the term and ensembling are read in both spellings', async () => {
    const same = await changed(`${paper}/train_c3_drop`, ({ config }) =>
      Object.assign(config, { emaM: 0.5, ema_every: 'epoch', asKeys: 'tiles', drop_rate: 0.25, ensemble_rho: 0.5 }),
    );
    expect(same.reason).toBeUndefined();
    const other = await changed(`${paper}/train_c3_drop`, ({ config }) => Object.assign(config, { as_keys: 'all' }));
    expect(other.reason).toMatch(/^(loss_terms\.as|loss|anchor_raw)/);
  });
});
