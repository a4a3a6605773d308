import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderOf } from '../src/runner/own-folder.js';
import type { Results } from '../src/types.js';
import { bench } from './fakes/cli.js';
import { writeFiles } from './write-files.js';

let t: ReturnType<typeof bench>;
beforeEach(() => {
  t = bench();
});
afterEach(() => t.remove());

/** A `.npy` file of one slide: three tiles of four numbers. */
function slide(start: number): Uint8Array {
  const head = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }".padEnd(117).concat('\n');
  const front = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00v\x00', 'latin1'), Buffer.from(head)]);
  return Buffer.concat([front, new Uint8Array(Float32Array.from({ length: 12 }, (_, k) => start + k).buffer)]);
}

/** A folder of twelve slides of three classes, with a split. */
function feats(...path: string[]): string {
  const dir = join(t.dir, ...path);
  const files: Record<string, string | Uint8Array> = {
    'labels.csv': `slide_id,label\n${Array.from({ length: 12 }, (_, s) => `a${s},${'xyz'[s % 3]}`).join('\n')}\n`,
    'one.csv': 'train,val,test\na0,a3,a6\na1,a4,a7\na2,a5,a8\n',
    ...Object.fromEntries(Array.from({ length: 12 }, (_, s) => [`features/a${s}.npy`, slide(100 * s)])),
  };
  writeFiles(dir, files);
  return dir;
}

const quick = ['--only', 'm=0', '--seeds', '1', '--workers', '1'];

describe('pnpm exp ID --data FOLDER', () => {
  it('opens the folder in command and workers; its place is no part of a run', async () => {
    const dir = feats('here', 'lung');
    const args = (folder: string) => [
      '--data',
      folder,
      '--classes',
      'x,y,z',
      '--splits',
      join(folder, 'one.csv'),
      ...quick,
    ];
    const first = await t.inProcess(t.ema('a', ...args(dir)));
    expect([first.code, first.err]).toEqual([0, expect.stringContaining('own-lung, preset quick, 1 runs, 0 stored')]);
    expect(first.err).toContain('patients are not named: every slide counts as a patient of its own');
    const results = JSON.parse(t.text('a', 'results.json')) as Results;
    expect(results.cohort).toMatchObject({
      ...{
        name: 'own-lung',
        title: 'Own features: lung',
        simulated: false,
        classes: ['x', 'y', 'z'],
        dim: 4,
        bags: 12,
      },
      options: { scale: 'quick' },
    });
    expect(results.splits).toEqual(['one']);
    expect(JSON.stringify(results)).not.toContain(t.dir); // no path in what is kept

    const moved = join(t.dir, 'there', 'lung');
    cpSync(dir, moved, { recursive: true });
    expect((await t.inProcess(t.ema('b', ...args(moved)))).err).toContain('1 runs, 1 stored');
    expect(t.text('b', 'results.json')).toBe(t.text('a', 'results.json'));
    writeFileSync(join(moved, 'features/a3.npy'), slide(-1));
    expect((await t.inProcess(t.ema('c', ...args(moved)))).err).toContain('1 runs, 0 stored');
    expect(t.trained()).toHaveLength(2);
  });

  it('counts splits where --splits is a number', async () => {
    const { code } = await t.inProcess(
      t.ema('a', '--data', feats('f'), '--classes', 'x,y,z', '--splits', '2', ...quick),
    );
    expect(code).toBe(0);
    expect((JSON.parse(t.text('a', 'results.json')) as Results).splits).toEqual(['fold0', 'fold1']);
  });

  it.each([
    ['a folder that is none', ['--data', './no-such-folder'], 1, /no-such-folder: no such folder/],
    [
      'options of a folder without one',
      ['--labels', 'x.csv'],
      2,
      /^--labels goes with a folder of your own: --data DIR/,
    ],
    ['split files without one', ['--splits', 'dir/x.csv'], 2, /^--splits goes with a folder of your own/],
    [
      'an encoder',
      ['--data', 'FEATS', '--encoder', 'vit-s'],
      2,
      /^--encoder vit-s: the features of a folder are what they are/,
    ],
    [
      'no order of the classes',
      ['--data', 'FEATS'],
      2,
      /found the labels x \(4\), y \(4\), z \(4\): give the classes in their order/,
    ],
    [
      'more splits than there are',
      ['--data', 'FEATS', '--classes', 'x,y,z', '--splits', '9'],
      2,
      /own-feats has 5; ask for at most 5/,
    ],
  ])('refuses %s', async (_, args, code, message) => {
    const dir = feats('feats');
    const ended = await t.inProcess(t.ema('a', ...args.map((arg) => (arg === 'FEATS' ? dir : arg))));
    expect([ended.code, ended.out]).toEqual([code, '']);
    expect(ended.err).toMatch(message);
    expect(t.trained()).toEqual([]);
  });

  it('says before it starts which pictures the folder cannot give', async () => {
    const args = [
      '--data',
      feats('f'),
      '--classes',
      'x,y,z',
      '--store',
      t.store,
      '--out',
      join(t.dir, 'o'),
      '--seeds',
      '1',
    ];
    const failures = await t.inProcess(['failure-cases', ...args]);
    expect([failures.code, failures.err.trim()]).toEqual([
      ...[
        2,
        'failure-cases compares large and small lesions: own-f has no coordinates for all slides; give them with the features',
      ],
    ]);
    expect(t.trained()).toEqual([]);
    const maps = await t.inProcess(['attention-maps', ...args, '--splits', '1', '--workers', '1']);
    expect(maps.err).toContain('own-f has no coordinates for all slides: no maps will be drawn');
  });
});

it('takes words with a dot or a slash for folders', () => {
  const paths = ['./a', 'a/b', '..', 'x.h5', '/a', 'musk1', undefined];
  expect(paths.map((data) => folderOf({ data })?.path !== undefined)).toEqual([
    true,
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
});
