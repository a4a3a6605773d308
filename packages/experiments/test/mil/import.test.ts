import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCheckpoint, readSafetensors, useEngine } from '@asmil/core';
import { beforeAll, expect, test } from 'vitest';
import { close, dir, FIXTURES, golden, here, imported, mil, outputsOf } from './harness.js';

beforeAll(() => useEngine('wasm'));

/* The files were written by PyTorch from the weights of goldens (make-fixtures.py), under the names of the official programs. */

test.each([
  ['dsmil-c1.pth', 'dsmil', 'dsmil/official_c1_nonlinear', 'bagLogits'],
  ['dsmil-c2.pth', 'dsmil', 'dsmil/official_c2_nonlinear_passing_v', 'bagLogits'],
  ['dsmil-bench.pth', 'dsmil', 'dsmil/bench_c3', 'bagLogits'],
  ['clam-sb.pt', 'clam-sb', 'clam-sb/official_c2_svm', 'logits'],
  ['clam-sb-nongated.pt', 'clam-sb', 'clam-sb/official_nongated_c2_ce', 'logits'],
  ['dtfd-mil.pth', 'dtfd-mil', 'dtfd-mil/eval_afs_c3', ''],
])('%s gives the outputs of the reference implementation', async (file, model, path, logits) => {
  const { inputs, outputs } = golden(path);
  const found = await outputsOf(await imported(file, model), inputs.x);
  if (logits !== '') close(found[logits], outputs.logits!); // those of DTFD-MIL depend on its random split
  close(found.scores, outputs.attention_raw!);
  close(found.attention, outputs.attention!);
});

test('the official form of DSMIL predicts by its bag logits, the benchmark form by the mean of both streams', async () => {
  const official = golden('dsmil/official_c2_nonlinear_passing_v');
  const found = await outputsOf(await imported('dsmil-c2.pth', 'dsmil'), official.inputs.x);
  close(
    found.logits!.map((z) => 1 / (1 + Math.exp(-z))),
    official.outputs.probs!,
  );
  const bench = golden('dsmil/bench_c3');
  const { logits } = await outputsOf(await imported('dsmil-bench.pth', 'dsmil'), bench.inputs.x);
  const total = logits!.reduce((sum, z) => sum + Math.exp(z), 0);
  close(
    logits!.map((z) => Math.exp(z) / total),
    bench.outputs.probs!,
  );
});

test.each([
  ['dsmil-c1.pth', 'dsmil', 'dsmil/official_c1_nonlinear'],
  ['clam-sb.pt', 'clam-sb', 'clam-sb/official_c2_svm'],
])('%s goes out again under its official names, bit for bit', async (file, model, path) => {
  const out = join(dir, 'back.safetensors');
  expect((await mil('export', await imported(file, model), '--format', 'pytorch-names', '--out', out)).code).toBe(0);
  const { metadata, tensors } = await readSafetensors(out);
  expect(metadata).toEqual({ format: 'pt', model });
  const { params } = golden(path);
  expect(Object.keys(tensors).sort()).toEqual(Object.keys(params).sort());
  for (const [name, { shape, data }] of Object.entries(params)) {
    expect([name, tensors[name]!.shape, [...tensors[name]!.data]]).toEqual([name, shape, [...Float32Array.from(data)]]);
  }
  const direct = await imported(file, model, '--format', 'pytorch-names'); // in one step
  expect(readFileSync(direct).equals(readFileSync(out))).toBe(true);
});

test('DTFD-MIL goes out under the keys of its official dictionary', async () => {
  const out = await imported('dtfd-mil.pth', 'dtfd-mil', '--format', 'pytorch-names');
  const names = Object.keys((await readSafetensors(out)).tensors);
  expect(names).toContain('dim_reduction.fc1.weight');
  expect(names).toContain('att_classifier.attention.attention_U.0.bias');
  expect(new Set(names.map((name) => name.split('.')[0]))).toEqual(
    new Set(['dim_reduction', 'attention', 'classifier', 'att_classifier']),
  );
});

test('says what was read from the shapes, what was left out, and where the file came from', async () => {
  const out = join(dir, 'clam.safetensors');
  const { out: text } = await mil('import', join(FIXTURES, 'clam-sb.pt'), '--model', 'clam-sb', '--out', out, '--json');
  expect(JSON.parse(text)).toMatchObject({
    model: 'clam-sb',
    dims: { input: 6, classes: 2 },
    config: { hidden: 8, attention: 5, gated: true },
    parameters: 206,
    leftOut: ['instance_loss_fn.labels'],
    started: [],
  });
  const { meta } = await loadCheckpoint(out);
  expect(meta).toEqual({ importedFrom: { file: 'clam-sb.pt', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } });
});

test('settings that shapes do not tell are taken from --config', async () => {
  const path = await imported('dsmil-c2.pth', 'dsmil', '--config', '{"loss":"ce","maxWeight":0.25}');
  const { model } = await loadCheckpoint(path);
  expect(model.config).toMatchObject({ loss: 'ce', maxWeight: 0.25, average: true, nonlinear: true, passingV: true });
  const { trees } = await loadCheckpoint(await imported('clam-sb.pt', 'clam-sb', '--config', '{"anchor":{}}'));
  expect(Object.keys(trees.anchor!)).toHaveLength(6); // starts as a copy of the attention block
});

test.each([
  [
    ['import', 'dsmil-c1.pth', '--model', 'clam-sb'],
    1,
    /dsmil-c1\.pth: no attention_net\.0\.weight, which every clam-sb has; found i_classifier\.fc\.0\.weight,/,
  ],
  [['import', 'dsmil-c1.pth', '--model', 'dsmi'], 2, /unknown model "dsmi": did you mean "dsmil"\?/],
  [
    ['import', 'dsmil-c1.pth', '--model', 'dsmil', '--config', '{"passingV":true}'],
    1,
    /dsmil-c1\.pth: the state dictionary lacks b_classifier\.v\.1\.weight, b_classifier\.v\.1\.bias; .*--config/,
  ],
  [
    ['import', 'dsmil-c2.pth', '--model', 'dsmil', '--config', '{"passingV":false}'],
    1,
    /has b_classifier\.v\.1\.weight, b_classifier\.v\.1\.bias, which dsmil does not; --ignore-unknown leaves them out$/,
  ],
  [
    ['import', 'dsmil-c1.pth', '--model', 'dsmil', '--config', '{"query":4}'],
    1,
    /dsmil-c1\.pth: parameter b_classifier\.q\.2\.weight has shape \[8, 8\]/,
  ],
  [['import', 'dsmil-c1.pth', '--model', 'dsmil', '--config', '{"qery":4}'], 2, /dsmil.*qery/],
  [['import', 'dsmil-c1.pth', '--model', 'dsmil', '--config', '[1]'], 2, /expected a JSON object/],
  [['import', 'gone.pth', '--model', 'dsmil'], 1, /gone\.pth: no such file$/],
  [['export', 'dsmil-c1.pth'], 1, /dsmil-c1\.pth: /],
])('%j is refused in one line', async (args, expected, message) => {
  const [command, file, ...rest] = args as [string, string, ...string[]];
  const { code, err, out } = await mil(command, join(FIXTURES, file), ...rest, '--out', join(dir, 'never'));
  expect([code, out]).toEqual([expected, '']);
  expect(err).toMatch(message);
  if (expected === 1) expect(err).not.toContain('\n');
});

test('hostile files are refused as such', async () => {
  const path = here('../../../data/test/fixtures/pytorch/call-zip.pth');
  const { code, err } = await mil('import', path, '--model', 'dsmil', '--out', join(dir, 'never'));
  expect(code).toBe(1);
  expect(err).toMatch(/^error: .*call-zip\.pth: refused: the file names posix\.system,/);
});

test('mil models lists every model, and shows one', async () => {
  const { out } = await mil('models');
  expect(out).toMatch(/^dsmil +53,894 +103\.8 M +7\.2 M {2}DSMIL, dual-stream MIL +Li, Li, Eliceiri, CVPR 2021$/m);
  const one = await mil('models', 'clam-sb');
  expect(one.out).toContain('official code: mahmoodlab/CLAM@53e2409');
  expect(JSON.parse((await mil('models', '--json')).out).length).toBe(out.split('\n').length - 4);
  expect((await mil('models', 'clam')).code).toBe(2);
});
