import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sizeOf, UserError } from '@asmil/core';
import { describe, expect, test } from 'vitest';
import { exportState, importState, modelNames, type StateTensor } from '../src/index.js';
import { official } from '../src/official/models.js';

/* The goldens' parameters carry the names of the official code, which makes each of them a state dictionary. */

interface Golden {
  readonly config: Record<string, unknown>;
  readonly inputs: { readonly x: { shape: number[] } | { shape: number[] }[] };
  readonly params: Record<string, { shape: number[]; data: (number | string)[] }>;
}

const goldens = (model: string): [string, Golden][] => {
  const dir = fileURLToPath(new URL(`../goldens/${model}/`, import.meta.url));
  return readdirSync(dir).map((file) => [file, JSON.parse(readFileSync(`${dir}${file}`, 'utf8'))]);
};

const stateOf = ({ params }: Golden): Map<string, StateTensor> => {
  const state = new Map<string, StateTensor>();
  for (const [name, { shape, data }] of Object.entries(params))
    state.set(name, { shape, values: () => Float32Array.from(data, Number) });
  // PSMIL's goldens keep the prototypes apart; its files have them under the official name.
  const linear =
    params.linear && params['ps_attention.0.weight'] && !params['linear_V.weight'] ? params.linear : undefined;
  if (linear) state.set('fbank', { shape: linear.shape, values: () => Float32Array.from(linear.data, Number) });
  return state;
};

/** Trees of their own, which an export leaves out. */
const isTree = (name: string): boolean => /^(anchor|teacher)\./.test(name);

const models = modelNames().filter((name) => !['asmil', 'max-pooling', 'mean-pooling'].includes(name));

describe.each(models)('%s', (model) => {
  const files = goldens(model).filter(
    ([, { params, inputs }]) => inputs?.x !== undefined && Object.keys(params ?? {}).length > 1,
  );

  test('reads dimensions and settings from the shapes, and goes out as it came', () => {
    expect(files.length).toBeGreaterThan(0);
    for (const [file, golden] of files) {
      const state = stateOf(golden);
      const { checkpoint, leftOut } = importState(model, state, { ignoreUnknown: true });
      expect([file, leftOut.filter((name) => !isTree(name))]).toEqual([file, []]);
      expect([file, checkpoint.dims.input]).toEqual([file, [golden.inputs.x].flat()[0]!.shape[1]]);
      const { C, n_class, classes } = golden.config;
      const stated = C ?? n_class ?? classes;
      if (stated !== undefined) expect([file, checkpoint.dims.classes]).toEqual([file, Math.max(2, Number(stated))]);
      const out = exportState(checkpoint);
      const { exports = {} } = official[model]!;
      for (const [name, tensor] of state) {
        if (isTree(name)) continue;
        const prefix = Object.keys(exports).find((ours) => name.startsWith(ours)) ?? '';
        const found = out[prefix === '' ? name : exports[prefix] + name.slice(prefix.length)];
        expect([file, name, found?.shape]).toEqual([file, name, tensor.shape]);
        expect(found!.data).toEqual(tensor.values());
      }
    }
  });

  test('says which tensor is missing or unknown', () => {
    const state = stateOf(files[0]![1]);
    const last = [...state.keys()].filter((name) => name.endsWith('.bias')).at(-1)!;
    const without = new Map([...state].filter(([name]) => name !== last));
    expect(() => importState(model, without)).toThrow(UserError);
    const more = new Map([...state, ['further.weight', { shape: [1], values: () => new Float32Array(1) }]]);
    expect(() => importState(model, more)).toThrow(/has further\.weight, which .* does not; --ignore-unknown/);
    expect(importState(model, more, { ignoreUnknown: true }).leftOut).toContain('further.weight');
    expect(() => importState(model, new Map())).toThrow(/which every/);
  });
});

test('names of training on several devices', () => {
  const [, golden] = goldens('transmil')[0]!;
  const state = new Map([...stateOf(golden)].map(([name, tensor]) => [`module.${name}`, tensor]));
  expect(importState('transmil', state).leftOut).toEqual([]);
});

test('only the values of the model’s own tensors are read', () => {
  const [, golden] = goldens('dsmil')[0]!;
  const read: string[] = [];
  const counted = (name: string, values: () => Float32Array) => (): Float32Array => {
    read.push(name);
    return values();
  };
  const state = new Map<string, StateTensor>(
    [...stateOf(golden)].map(([name, { shape, values }]) => [name, { shape, values: counted(name, values) }]),
  );
  state.set('huge', { shape: [2 ** 40], values: () => expect.unreachable() });
  importState('dsmil', state, { ignoreUnknown: true });
  expect(read).toHaveLength(state.size - 1);
});

test('a released aggregator of DSMIL and of CLAM by their published shapes', () => {
  const of = (shapes: Record<string, number[]>): Map<string, StateTensor> =>
    new Map(
      Object.entries(shapes).map(([name, shape]) => [name, { shape, values: () => new Float32Array(sizeOf(shape)) }]),
    );
  const dsmil = importState(
    'dsmil',
    of({
      'i_classifier.fc.0.weight': [2, 512],
      'i_classifier.fc.0.bias': [2],
      'b_classifier.q.0.weight': [128, 512],
      'b_classifier.q.0.bias': [128],
      'b_classifier.q.2.weight': [128, 128],
      'b_classifier.q.2.bias': [128],
      'b_classifier.fcc.weight': [2, 2, 512],
      'b_classifier.fcc.bias': [2],
    }),
  ).checkpoint;
  expect(dsmil.dims).toEqual({ input: 512, classes: 2 });
  expect(dsmil.model.config).toMatchObject({
    nonlinear: true,
    query: 128,
    loss: 'bce',
    outputs: 'classes',
    average: false,
  });
  const attention = 'attention_net.module';
  const { checkpoint: clam, leftOut } = importState(
    'clam-sb',
    of({
      [`${attention}.0.weight`]: [512, 1024],
      [`${attention}.0.bias`]: [512],
      [`${attention}.3.attention_a.0.weight`]: [256, 512],
      [`${attention}.3.attention_a.0.bias`]: [256],
      [`${attention}.3.attention_b.0.weight`]: [256, 512],
      [`${attention}.3.attention_b.0.bias`]: [256],
      [`${attention}.3.attention_c.weight`]: [1, 256],
      [`${attention}.3.attention_c.bias`]: [1],
      'classifiers.weight': [2, 512],
      'classifiers.bias': [2],
      'instance_classifiers.0.weight': [2, 512],
      'instance_classifiers.0.bias': [2],
      'instance_classifiers.1.weight': [2, 512],
      'instance_classifiers.1.bias': [2],
      'instance_loss_fn.labels': [2],
    }),
  );
  expect(clam.dims).toEqual({ input: 1024, classes: 2 });
  expect(clam.model.config).toMatchObject({ hidden: 512, attention: 256, gated: true });
  expect(Object.values(clam.params).reduce((sum, { data }) => sum + data.length, 0)).toBe(790_791);
  expect(leftOut).toEqual(['instance_loss_fn.labels']);
});
