import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCheckpoint, useEngine } from '@asmil/core';
import { exportCohort, openCohort, openSlides } from '@asmil/data';
import { beforeAll, expect, it } from 'vitest';
import { renderPng } from '../../src/reports/charts/render.js';
import { dir, mil } from './harness.js';

const ENGINE = ['--engine', 'wasm'];
const files = join(dir, 'exported');
const FOLD = ['--fold', 'splits_1'];

/** The same epoch, on a cohort by its name and on its files. */
const train = (data: string, out: string, ...more: string[]) =>
  mil(
    ...['train', '--model', 'asmil', '--config', '{"hidden":16,"heads":2,"nFeat":2}', '--data', data],
    ...['--epochs', '1', '--lr', '1e-3', '--out', join(dir, out), ...ENGINE, ...more],
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
  const [width, height] = (await (await openSlides(files)).load(id)).places!.extent!;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width / 64}" height="${height / 64}"/>`;
  const thumbnail = join(dir, 'slide.png');
  writeFileSync(thumbnail, await renderPng(svg, 1));
  const out = ['--data', files, '--out', join(dir, 'maps'), '--thumbnail'];
  expect(await mil('heatmap', checkpoint, id, ...out, thumbnail, ...ENGINE)).toMatchObject({ code: 0, err: '' });
  const drawn = readFileSync(join(dir, 'maps', `${id}.png`));
  expect(drawn.readUInt32BE(16) / drawn.readUInt32BE(20)).toBeCloseTo(width / height, 2); // the whole slide, not its tiles
  expect(readFileSync(join(dir, 'maps', `${id}.html`), 'utf8')).toContain('Simulated slide');
  const gone = await mil('heatmap', checkpoint, id, ...out, join(dir, 'no.png'), ...ENGINE);
  expect([gone.code, gone.err]).toEqual([1, expect.stringMatching(/no\.png: cannot be read \(ENOENT\)$/)]);
});
