import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCheckpoint, useEngine } from '@asmil/core';
import { exportCohort, openCohort } from '@asmil/data';
import { beforeAll, expect, it } from 'vitest';
import { dir, mil } from './harness.js';

const ENGINE = ['--engine', 'wasm'];
const files = join(dir, 'exported');
const FOLD = ['--fold', 'splits_1'];

/** The same two epochs, on a cohort by its name and on its files. */
const train = (data: string, out: string, ...more: string[]) =>
  mil(
    ...['train', '--model', 'asmil', '--config', '{"hidden":16,"heads":2,"nFeat":2}', '--data', data],
    ...['--epochs', '2', '--lr', '1e-3', '--out', join(dir, out), ...ENGINE, ...more],
  );

let named: string;
let read: string;
let fold: string;
beforeAll(async () => {
  await useEngine('wasm');
  const cohort = await openCohort('camelyon16-sim', { scale: 'quick' });
  await exportCohort(cohort, files, { splitSeed: 0 });
  fold = cohort.splits(0)[1]!.name;
  expect((await train('camelyon16-sim', 'named', '--fold', fold)).code).toBe(0);
  expect(await train(files, 'read', ...FOLD)).toMatchObject({ code: 0 });
  named = join(dir, 'named', fold);
  read = join(dir, 'read', 'splits_1');
});

it('a cohort read from files trains to the same bits as in memory', async () => {
  const [a, b] = await Promise.all([named, read].map((path) => loadCheckpoint(join(path, 'checkpoint.safetensors'))));
  expect([b!.params, b!.trees, b!.classes]).toEqual([a!.params, a!.trees, a!.classes]);
  const [first, second] = [named, read].map((path) => {
    const { fold: _, settings, ...rest } = JSON.parse(readFileSync(join(path, 'result.json'), 'utf8'));
    return rest;
  });
  expect(second).toEqual(first);
  const csv = (path: string) => readFileSync(join(path, 'predictions.csv'), 'utf8');
  expect(csv(read)).toBe(csv(named));
});

it('scores and localises the same, to the last digit', async () => {
  const checkpoint = join(named, 'checkpoint.safetensors');
  const both = async (...command: string[]) => {
    const of = async (data: string, ...more: string[]) => {
      const { code, out, err } = await mil(
        command[0]!,
        checkpoint,
        '--data',
        data,
        ...more,
        ...command.slice(1),
        '--json',
        ...ENGINE,
      );
      expect([code, err]).toEqual([0, '']);
      return JSON.parse(out);
    };
    return [await of('camelyon16-sim', '--fold', fold), await of(files, ...FOLD)];
  };
  const [a, b] = await both('evaluate');
  expect([b.scores, b.slides]).toEqual([a.scores, a.slides]);
  const out = join(dir, 'localized');
  const [mine, theirs] = await both('localize', '--out', out);
  expect(theirs).toEqual(mine);
  expect(mine).toMatchObject({ tumourSlides: 11, normalSlides: 19 });
  expect(mine.lesions).toBeGreaterThan(5);
  expect(mine.froc.nms.camelyon16_v1_interp).toBeGreaterThan(0);
  const rows = readFileSync(join(out, 'slides.csv'), 'utf8').trim().split('\n');
  expect(rows).toHaveLength(31);
  expect(rows[0]).toBe('slide,normal,lesions,found,itcs,false_positives,dice,dice_tile,specificity');
});

it('knows how large a slide is, so that a picture of it needs no scale', async () => {
  const checkpoint = join(named, 'checkpoint.safetensors');
  const id = 'test_tumor_001';
  const slide = (await mil('predict', checkpoint, id, '--data', files, ...ENGINE)).code === 0 ? id : undefined;
  const picture = join(dir, 'maps', `${slide}.png`);
  const draw = (...more: string[]) =>
    mil('heatmap', checkpoint, id, '--data', files, '--out', join(dir, 'maps'), ...more, ...ENGINE);
  expect((await draw()).code).toBe(0);
  expect(existsSync(picture)).toBe(true);
  const { code, err } = await draw('--thumbnail', join(dir, 'no.png'));
  expect([code, err]).toEqual([1, expect.stringMatching(/no\.png: cannot be read \(ENOENT\)$/)]);
});
