import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { useEngine } from '@asmil/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { dir, mil } from './harness.js';
import { DAMAGE, LESION, toyFolder } from './toy-folder.js';

const ENGINE = ['--engine', 'wasm'];
const QUICK = ['--model', 'abmil', '--config', '{"hidden":8,"attention":4}', '--epochs', '3', '--lr', '1e-2'];

const train = (folder: string, out: string, ...more: string[]) =>
  mil('train', ...QUICK, '--data', folder, '--splits', join(folder, 'split.csv'), '--out', out, ...ENGINE, ...more);
const at = (folder: string) => ['--data', folder, '--splits', join(folder, 'split.csv'), ...ENGINE];
const lines = (text: string): string[] => text.split('\n');
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

let sound: string;
let checkpoint: string;
beforeAll(async () => {
  await useEngine('wasm');
  sound = toyFolder('sound');
  const { code, err } = await train(sound, join(dir, 'model'));
  expect([code, lines(err).length]).toEqual([0, 4]); // that patients are not named, and a line an epoch
  checkpoint = join(dir, 'model', 'split', 'checkpoint.safetensors');
});

describe('a folder of one’s own features', () => {
  it('is trained on with the anchor, evaluated, predicted by names and by files', async () => {
    const plugged = join(dir, 'plugged');
    expect((await train(sound, plugged, '--plugin', 'anchor+nsf')).code).toBe(0);
    const evaluated = await mil('evaluate', checkpoint, ...at(sound), '--json');
    const { scores, slides, leftOut } = JSON.parse(evaluated.out);
    expect([evaluated.code, scores.n, leftOut]).toEqual([0, 4, []]);

    const byName = await mil('predict', checkpoint, 's8', 's9', '--data', sound, ...ENGINE, '--json');
    const predicted = JSON.parse(byName.out);
    expect(predicted.map(({ slide }: { slide: string }) => slide)).toEqual(['s8', 's9']);
    expect(Object.values(predicted[0].probabilities)).toEqual(slides[0].probabilities);
    const out = join(dir, 'p.json');
    const byFile = await mil(
      'predict',
      checkpoint,
      join(sound, 'features/s8.npy'),
      '--out',
      out,
      '--verbose',
      ...ENGINE,
    );
    expect(json(out)).toEqual(predicted.slice(0, 1));
    expect(lines(byFile.err)).toEqual([
      expect.stringMatching(/^slide s8: 12 tiles of 8 features, read in \d+\.\d s, predicted in \d+\.\d s$/),
      expect.stringMatching(/^peak memory of the process: [\d,]+ MiB$/),
    ]);
    const all = await mil('predict', checkpoint, sound, ...ENGINE);
    expect([all.code, lines(all.out).length]).toEqual([0, 13]); // a head and a row a slide, no labels asked for
  });

  it('gives maps in pixels of level 0', async () => {
    const out = join(dir, 'maps');
    const { code, err } = await mil('heatmap', checkpoint, 's9', '--data', sound, '--geojson', '--out', out, ...ENGINE);
    expect([code, err]).toEqual([0, '']);
    const { features } = json(join(out, 's9.geojson'));
    expect(features[5].geometry.coordinates[0].slice(0, 3)).toEqual([
      [256, 256],
      [512, 256],
      [512, 512],
    ]);
    const page = readFileSync(join(out, 's9.html'), 'utf8');
    expect(page).toContain('level-0 pixel');
    expect(page).not.toContain('Simulated slide');
  });
});

describe.each(Object.entries(DAMAGE))('%s', (kind, { change, line }) => {
  const folder = () => toyFolder(`damaged-${Object.keys(DAMAGE).indexOf(kind)}`, change);
  const slide = /^features\/(\w+)/.exec(Object.keys(change)[0]!)![1]!;
  const annotated = { [`annotations/${slide}.xml`]: LESION };

  it('is told in one line by every command, the others go on, and the code is 1', async () => {
    const damaged = toyFolder(`damaged-${slide}`, { ...change, ...annotated });
    const notes = (err: string) => lines(err).filter((text) => !/^patients are not named|^µm a pixel/.test(text));
    const failed = [expect.stringMatching(line), expect.stringMatching(/^error: one slide could not be used/)];
    const wide =
      kind === 'another width' ? /^slide wide: features of 5 numbers a tile, the model was trained on 8/ : line;

    const evaluated = await mil('evaluate', checkpoint, ...at(damaged), '--json');
    expect([evaluated.code, notes(evaluated.err)]).toEqual([1, failed]);
    expect(JSON.parse(evaluated.out)).toMatchObject({ scores: { n: 4 }, leftOut: [expect.stringMatching(line)] });
    const predicted = await mil('predict', checkpoint, 's8', slide, 's9', '--data', damaged, ...ENGINE);
    expect([predicted.code, lines(predicted.out).length]).toEqual([1, 3]);
    expect(notes(predicted.err)).toEqual([expect.stringMatching(wide), failed[1]]);
    const out = join(dir, `maps-${slide}`);
    const drawn = await mil('heatmap', checkpoint, slide, 's9', '--data', damaged, '--out', out, ...ENGINE);
    expect([drawn.code, notes(drawn.err)]).toEqual([1, [expect.stringMatching(wide), failed[1]]]);
    expect([existsSync(join(out, 's9.png')), existsSync(join(out, `${slide}.png`))]).toEqual([true, false]);
    const held = await mil('localize', checkpoint, ...at(damaged), '--out', join(dir, `held-${slide}`), '--json');
    expect([held.code, notes(held.err)]).toEqual([1, failed]);
    expect(JSON.parse(held.out).slides).toHaveLength(4);

    for (const command of [
      ['evaluate', checkpoint, ...at(damaged)],
      ['predict', checkpoint, slide, 's9', '--data', damaged, ...ENGINE],
      ['heatmap', checkpoint, slide, 's9', '--data', damaged, '--out', join(dir, 'strict'), ...ENGINE],
      ['localize', checkpoint, ...at(damaged), '--out', join(dir, 'strict')],
    ]) {
      const { code, out: said, err } = await mil(...command, '--strict');
      expect([command[0], code, said, notes(err)]).toEqual([
        command[0],
        1,
        '',
        [expect.stringMatching(/^error: slide /)],
      ]);
    }
    expect(existsSync(join(dir, 'strict'))).toBe(false);
    rmSync(damaged, { recursive: true });
  });

  it('is found before training', async () => {
    const damaged = folder();
    const out = join(dir, `trained-${slide}`);
    const strict = await train(damaged, out, '--strict');
    expect([strict.code, existsSync(out)]).toEqual([1, false]);
    expect(lines(strict.err).at(-1)!.replace('error: ', '')).toMatch(line);
    const trained = await train(damaged, out, '--epochs', '1', '--json');
    expect([trained.code, JSON.parse(trained.out).leftOut]).toEqual([1, [expect.stringMatching(line)]]);
    expect(json(join(out, 'split', 'result.json'))).toMatchObject({
      fold: 'split',
      status: 'finished',
      test: { n: 4 },
    });
    const accepted = await train(damaged, out, '--epochs', '1', '--on-bad-slide', 'skip');
    expect([accepted.code, lines(accepted.err).at(-1)]).toEqual([0, 'split: there already (--force trains it again)']);
    rmSync(damaged, { recursive: true });
  });
});

describe('labels', () => {
  it('a slide without one, with none, with an unknown one, and a name that leads out of the folder', async () => {
    const text = readFileSync(join(sound, 'labels.csv'), 'utf8');
    const rows = text.replace('s9,tumour\n', '').replace('s11,tumour', 's11,').replace('s10,normal', 's10,odd');
    const folder = toyFolder('labels', { 'labels.csv': `${rows}../../s12,normal\n` });
    for (const command of [
      ['evaluate', checkpoint, ...at(folder)],
      ['localize', checkpoint, ...at(folder), '--out', join(dir, 'labels-held')],
      ['train', ...QUICK, ...at(folder), '--out', join(dir, 'labels-model')],
    ]) {
      const { code, err } = await mil(...command);
      expect([command[0], code]).toEqual([command[0], 1]);
      expect(lines(err)).toEqual(
        expect.arrayContaining([
          'slide s9: features/s9.npy: it has no label in labels.csv',
          expect.stringMatching(/^labels\.csv, line \d+: slide s11 has no label; mend the line$/),
          expect.stringMatching(
            /^labels\.csv, line \d+: slide s10 has the label odd, expected normal, tumour or 0 to 1$/,
          ),
          expect.stringMatching(
            /^labels\.csv, line \d+: the slide name "\.\.\/\.\.\/s12", which no file in a folder can have/,
          ),
        ]),
      );
      const strict = await mil(...command, '--strict', ...(command[0] === 'train' ? ['--force'] : []));
      expect([strict.code, lines(strict.err).filter((l) => /^error/.test(l)).length]).toEqual([1, 1]);
    }
  });

  it('what is no slide at all', async () => {
    const run = async (...args: string[]) => (await mil('predict', checkpoint, ...args, ...ENGINE)).err;
    expect(await run('nobody')).toMatch(
      /^nobody: no such file; for the name of a slide say where it is: --data NAME or --data DIR/,
    );
    expect(await run('nobody', '--data', sound)).toMatch(/sound: no slide nobody in it; it has s0, s1, s10 and 9 more/);
    expect(await run(join(sound, 'none.npy'))).toMatch(/none\.npy: no such file or folder/);
    expect(await run('s1', 's1', '--data', sound)).toMatch(/^slide s1: it is named twice, once is enough/);
    expect(await run('s1', '--data', 'bracs-sim', '--labels', 'x.csv')).toMatch(/^error: --labels goes with a folder/);
  });
});
