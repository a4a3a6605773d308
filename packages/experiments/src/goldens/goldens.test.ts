import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkFile, goldenFiles } from './check.js';
import type { Checker } from './checker.js';
import { comparePair, pairGolden, toleranceOf } from './compare.js';
import { Golden, numbersOf } from './schema.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const context = { engine: 'auto' } as const;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asmil-golden-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file of the model `toy`, whose checker doubles x. */
async function toy(change: Record<string, unknown> = {}): Promise<string> {
  const file = join(folder, 'toy.json');
  const golden = {
    model: 'toy',
    case: 'a',
    inputs: { x: { shape: [1, 2], data: [1, 2] } },
    outputs: { y: { shape: [1, 2], data: [2, 4] }, loss_terms: { ce: 0.5 } },
    grads: { w: { shape: [1], data: [300] } },
    tolerance_hint: 1e-5,
    ...change,
  };
  await writeFile(file, JSON.stringify(golden));
  return file;
}

const table: Record<string, Checker> = {
  toy: (golden) =>
    pairGolden(golden, {
      outputs: { y: { shape: [1, 2], data: numbersOf(golden.inputs.x).map((v) => 2 * v) }, loss_terms: { ce: 0.5 } },
      grads: { w: Float32Array.of(300.015625) },
    }),
};

describe('checkFile', () => {
  test('passes a file and gives the largest error per output', async () => {
    const check = await checkFile(await toy(), context, table);
    expect(check).toMatchObject({ model: 'toy', case: 'a', pass: true, tolerance: 1e-4 });
    expect(check.errors.y).toEqual({ abs: 0, rel: 0, at: '' });
    expect(check.errors['loss_terms.ce']!.abs).toBe(0);
    expect(check.errors['grads.w']!.abs).toBe(1 / 64);
    expect(check.errors['grads.w']!.rel).toBe(1 / 64 / 300);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a wrong value', { outputs: { y: { shape: [1, 2], data: [2, 4.001] } } }, /^y: off by 1\.00e-3 at \[0, 1\]/],
    ['a wrong gradient', { grads: { w: { shape: [1], data: [301] } } }, /^grads\.w: off by 9\.84e-1/],
    ['another shape', { outputs: { y: { shape: [2, 1], data: [2, 4] } } }, /^y: shape \[1,2\], expected shape \[2,1\]/],
    ['an unknown output', { outputs: { z: 1 } }, /^z: not computed/],
    [
      'NaN where a number is due',
      { inputs: { x: { shape: [1, 2], data: ['NaN', 2] } } },
      /^y: NaN at \[0, 0\], expected 2/,
    ],
    ['nothing', { outputs: {}, grads: {} }, /nothing to compare/],
    ['an unknown model', { model: 'toString' }, /^no implementation of model toString$/],
    [
      'data that do not fill a shape',
      { inputs: { x: { shape: [3], data: [1] } } },
      /^malformed: inputs\.x: data do not fill/,
    ],
    ['a missing field', { outputs: undefined }, /^malformed: outputs/],
    ['a checker that throws', { inputs: {} }, /^expected a tensor/],
  ])('fails on %s with a reason', async (_, change, reason) => {
    const check = await checkFile(await toy(change), context, table);
    expect(check.pass).toBe(false);
    expect(check.reason).toMatch(reason);
  });

  test('fails on a file that is not JSON', async () => {
    const file = join(folder, 'toy.json');
    await writeFile(file, '{"model": "toy"');
    expect(await checkFile(file, context, table)).toMatchObject({
      pass: false,
      model: null,
      reason: 'malformed: not JSON',
    });
  });

  test('the metrics and functions pass their files, and a changed digit does not', async () => {
    const passing = ['metrics/classification', 'metrics/histogram', 'metrics/mean_std'].concat(
      ['jsd', 'affine_dependence', 'theorem1'].map((name) => `asmil-functions/${name}`),
    );
    for (const name of passing) {
      const check = await checkFile(at(`../../../core/goldens/${name}.json`), context);
      expect(check).toMatchObject({ file: expect.stringContaining(name), pass: true });
      for (const { abs } of Object.values(check.errors)) expect(abs).toBeLessThan(5e-6);
    }
    const text = await readFile(at('../../../core/goldens/asmil-functions/jsd.json'), 'utf8');
    const file = join(folder, 'jsd.json');
    await writeFile(file, text.replace('0.270360146', '0.271360146'));
    const changed = await checkFile(file, context);
    expect(changed.reason).toMatch(/^cases\[3\]\.jsd: off by 1\.00e-3/);
    expect(changed.errors['cases[].jsd']!.at).toBe('cases[3].jsd');
  });
});

describe('comparePair', () => {
  test('measures against the largest value of the tensor', () => {
    expect(comparePair({ got: [1000.05, 0], want: [1000, 0] }, 1e-4).reason).toBeUndefined();
    expect(comparePair({ got: [0, 0.05], want: [0, 0] }, 1e-4).reason).toMatch(/off by/);
    expect(comparePair({ got: [1000, 0.2], want: [1000, 0] }, 1e-4).error.at).toBe('[1]');
  });

  test('takes null, booleans and infinities as they are', () => {
    const same = { got: [null, true, Number.POSITIVE_INFINITY], want: [null, true, 'Infinity'] };
    expect(comparePair(same, 1e-4).reason).toBeUndefined();
    expect(comparePair({ got: 0, want: null }, 1e-4).reason).toBe('0, expected null');
    expect(comparePair({ got: false, want: true }, 1e-4).reason).toBe('false, expected true');
    expect(comparePair({ got: 1e9, want: 'Infinity' }, 1e-4).reason).toBe('1000000000, expected Infinity');
  });
});

test("overrides name a parameter, a suffix, or an anchor's parameter", () => {
  const golden = Golden.parse({
    model: 'm',
    case: 'c',
    outputs: {},
    tolerance_hint: 1e-3,
    tolerance_overrides: { 'enc.k.bias': 0.01, 'anchor enc.k.bias': 0.02, '*.k_proj.bias': 0.1 },
  });
  expect(toleranceOf('final_params.enc.k.bias', golden)).toBe(0.01);
  expect(toleranceOf('final_anchor.enc.k.bias', golden)).toBe(0.02);
  expect(toleranceOf('anchor_after_ema.enc.k.bias', golden)).toBe(0.02);
  expect(toleranceOf('final_params.sub.0.k_proj.bias', golden)).toBe(0.1);
  expect(toleranceOf('final_params.other.enc.q.bias', golden)).toBe(1e-3);
});

describe('pnpm golden', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', at('../cli/golden.ts'), ...args], { encoding: 'utf8' });

  test('prints an array and ends with 1 if a file fails', async () => {
    const goldens = join(folder, 'set', 'deep');
    await cp(at('../../../core/goldens/metrics'), goldens, { recursive: true });
    await writeFile(join(folder, 'set', 'bad.json'), '[]');
    expect(await goldenFiles(join(folder, 'set'))).toHaveLength(4);
    const { status, stdout } = run(join(folder, 'set'), '--json');
    expect(status).toBe(1);
    const checks = JSON.parse(stdout);
    expect(checks.map((check: { pass: boolean }) => check.pass)).toEqual([false, true, true, true]);
    const good = run(goldens);
    expect(good.status).toBe(0);
    expect(good.stdout).toMatch(/3 passed, 0 failed\n$/);
  });

  test('tells a wrong folder from a wrong option', () => {
    const missing = run(join(folder, 'gone'));
    expect(missing.status).toBe(1);
    expect(missing.stderr).toMatch(/gone: no such folder; expected [^\n]*\n$/);
    expect(run(folder, '--engine', 'quantum').status).toBe(2);
  });
});
