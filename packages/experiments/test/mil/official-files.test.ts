import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { buildModel, exportState, modelCards, modelNames } from '@asmil/baselines';
import {
  createRng,
  initParams,
  loadCheckpoint,
  type NamedArrays,
  readSafetensors,
  saveCheckpoint,
  useEngine,
} from '@asmil/core';
import { beforeAll, expect, test } from 'vitest';
import { close, dir, golden, imported, mil, outputsOf } from './harness.js';

/* Weights of goldens that PyTorch has written under the official names (make-fixtures.py), one file a model and form. */
const FILES: [file: string, model: string, golden: string, config?: string][] = [
  ['abmil.pth', 'abmil', 'abmil/bench_c3'],
  ['abmil-original.pth', 'abmil', 'abmil/original_gated_sigmoid_y1'],
  ['acmil.pth', 'acmil', 'acmil/ga_eval_c2'],
  ['acmil-mha.pth', 'acmil', 'acmil/mha_eval_c3'],
  ['aem.pth', 'aem', 'aem/abmil_eval_c2'],
  ['aem-mha.pth', 'aem', 'aem/mha_train_c2'],
  ['asmil.pth', 'asmil', 'asmil-paper/eval_c2', '{"heads":2}'],
  ['asmil-release.pth', 'asmil', 'asmil-release/eval_c2'],
  ['camil.pth', 'camil', 'camil/c3_n10_softmax'],
  ['clam-sb.pt', 'clam-sb', 'clam-sb/official_c2_svm'],
  ['demil.pth', 'demil', 'demil/bench_mha_eval_c2_n7'],
  ['hdmil.pth', 'hdmil', 'hdmil/dmin_eval_c3'],
  ['ibmil.pth', 'ibmil', 'ibmil/stage2_train_c3'],
  ['mhim-mil.pth', 'mhim-mil', 'mhim-mil/eval_attn_c2'],
  ['psmil.pth', 'psmil', 'psmil/bench_train_c2_n9'],
  ['rgmil.pth', 'rgmil', 'rgmil/binary_eval_n7'],
  ['transmil.pth', 'transmil', 'transmil/c3_n7_pad'],
];

beforeAll(() => useEngine('wasm'));

/** Bit for bit, and quicker than the matcher for long arrays. */
function same(found: NamedArrays, expected: NamedArrays): void {
  const summary = (arrays: NamedArrays): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, { shape, data }]) => [
        name,
        [...shape, crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))],
      ]),
    );
  expect(summary(found)).toEqual(summary(expected));
}

test.each(FILES)(
  '%s gives the logits of the reference implementation, and again after its way out and in',
  async (file, model, path, config) => {
    const { inputs, outputs } = golden(path);
    const settings = config === undefined ? [] : ['--config', config];
    const first = await imported(file, model, ...settings);
    close((await outputsOf(first, inputs.x, inputs.coords)).logits, outputs.logits!);

    const [named, again] = [join(dir, `${file}.out`), join(dir, `${file}.again`)];
    expect((await mil('export', first, '--out', named)).code).toBe(0);
    const { code, err } = await mil('import', named, '--model', model, '--out', again, ...settings);
    expect([code, err]).toEqual([0, '']);
    const [before, after] = [await loadCheckpoint(first), await loadCheckpoint(again)];
    same(after.params, before.params);
    expect(after.model).toEqual(before.model);
  },
);

test('every model with official code has such a file or one of import.test.ts', () => {
  const covered = [...FILES.map(([, model]) => model), 'dsmil', 'dtfd-mil'];
  const official = modelCards().filter(({ code }) => code !== 'none');
  expect(official.filter(({ name }) => !covered.includes(name))).toEqual([]);
});

test.each(modelNames())(
  '%s as it is built by default goes out under official names and comes in again',
  async (name) => {
    const dims = { input: 24, classes: 3 };
    const model = buildModel(name, {}, dims);
    const params = initParams(model.params, createRng(1));
    const checkpoint = {
      model: { name, version: model.version, config: model.config },
      dims,
      params,
      trees: {},
      meta: {},
    };
    const [own, named, again] = ['own', 'named', 'again'].map((part) => join(dir, `${name}-${part}.safetensors`)) as [
      string,
      string,
      string,
    ];
    await saveCheckpoint(own, checkpoint);
    expect((await mil('export', own, '--out', named)).code).toBe(0);
    expect(Object.keys((await readSafetensors(named)).tensors)).toEqual(Object.keys(exportState(checkpoint)));
    expect((await mil('import', named, '--model', name, '--out', again)).err).toBe('');
    const back = await loadCheckpoint(again);
    // A flag of this suite: prototypes that come from a file have been set.
    const set = params.prototypes_set && { prototypes_set: { shape: [1], data: Float32Array.of(1) } };
    same(back.params, { ...params, ...set });
    expect(back.dims).toEqual(dims);
  },
);
