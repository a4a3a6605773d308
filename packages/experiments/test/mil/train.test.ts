import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { useEngine } from '@asmil/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { dir, mil } from './harness.js';

beforeAll(() => useEngine('wasm'));

const train = (out: string, ...more: string[]) =>
  mil(
    'train',
    '--model',
    'abmil',
    '--data',
    'bracs-sim',
    '--engine',
    'wasm',
    '--epochs',
    '2',
    '--lr',
    '5e-4',
    '--out',
    out,
    ...more,
  );

describe('mil train and evaluate', () => {
  it('write a checkpoint whose scores are those of the training, and do nothing twice', async () => {
    const out = join(dir, 'trained');
    const first = await train(out, '--json');
    expect([first.code, first.err.split('\n').length]).toEqual([0, 2]); // a line an epoch
    const [fold] = JSON.parse(first.out).folds;
    expect(fold).toMatchObject({ fold: 'official', status: 'finished' });
    const checkpoint = join(out, 'official', 'checkpoint.safetensors');
    const evaluated = await mil('evaluate', checkpoint, '--data', 'bracs-sim', '--engine', 'wasm', '--json');
    const { scores, confusion, perClass } = JSON.parse(evaluated.out);
    expect(scores.macroAuc).toBeCloseTo(fold.test.macroAuc, 10);
    expect(scores.crossEntropy).toBeCloseTo(fold.test.crossEntropy, 5);
    expect(confusion.flat().reduce((a: number, b: number) => a + b, 0)).toBe(scores.n);
    expect(perClass.map(({ name }: { name: string }) => name)).toEqual(['benign', 'atypical', 'malignant']);
    const rows = readFileSync(join(out, 'official', 'predictions.csv'), 'utf8')
      .trim()
      .split('\n');
    expect(rows[0]).toBe('slide,label,predicted,p_benign,p_atypical,p_malignant');
    expect(rows).toHaveLength(scores.n + 1);

    const { mtimeMs } = statSync(checkpoint);
    const again = await train(out);
    expect(again.err).toBe('official: there already (--force trains it again)');
    expect(statSync(checkpoint).mtimeMs).toBe(mtimeMs);
    const other = await train(out, '--seed', '2');
    expect([other.code, other.err]).toEqual([
      1,
      expect.stringMatching(/^error: .*of other settings or other data: .*--out/),
    ]);
    expect((await train(out, '--seed', '2', '--force')).code).toBe(0);
  });

  it('add the anchor to a model that has attention, and refuse it elsewhere', async () => {
    const out = join(dir, 'plugged');
    expect((await train(out, '--plugin', 'anchor+nsf')).code).toBe(0);
    const { epochs } = JSON.parse(readFileSync(join(out, 'official', 'result.json'), 'utf8'));
    expect(Object.keys(epochs[0].terms).length).toBeGreaterThan(1);
    const none = await mil(
      'train',
      '--model',
      'mean-pooling',
      '--plugin',
      'anchor',
      '--data',
      'bracs-sim',
      '--out',
      join(dir, 'no'),
    );
    expect(none.code).toBe(2);
    expect(none.err).toMatch(/^error: .*attention/);
    expect(existsSync(join(dir, 'no'))).toBe(false);
  });

  it.each([
    [['train', '--model', 'abmil', '--data', 'bracs'], /^error: no cohort "bracs": did you mean bracs-sim/],
    [['train', '--model', 'abmill', '--data', 'bracs-sim'], /abmil/],
    [['train', '--model', 'abmil', '--data', 'bracs-sim', '--fold', 'offical'], /official/],
    [['train', '--model', 'abmil', '--data', 'bracs-sim', '--lr', '-1'], /^error: --lr -1: expected a number above 0$/],
    [['evaluate', 'nowhere.safetensors', '--data', 'bracs-sim'], /nowhere\.safetensors/],
  ])('%j is refused in one line', async (args, line) => {
    const { code, err } = await mil(...args, '--engine', 'wasm');
    expect(code).toBeGreaterThan(0);
    expect(err.split('\n')[0]).toMatch(line);
  });

  it('refuses a cohort of other classes or another width', async () => {
    const out = join(dir, 'other');
    expect((await train(out)).code).toBe(0);
    const checkpoint = join(out, 'official', 'checkpoint.safetensors');
    const classes = await mil('evaluate', checkpoint, '--data', 'camelyon16-sim', '--engine', 'wasm');
    expect(classes.err).toMatch(/tells 3 classes apart \(benign, atypical, malignant\), camelyon16-sim has 2 /);
    const width = await mil('evaluate', checkpoint, '--data', 'bracs-sim', '--encoder', 'resnet18', '--engine', 'wasm');
    expect(width.err).toMatch(/^error: bracs-sim: features of 512 numbers a tile, the model was trained on 384/);
  });
});
