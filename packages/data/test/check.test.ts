import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkFolder } from '../src/check/check.js';
import { runData } from '../src/cli/program.js';
import type { FolderOptions } from '../src/folder/options.js';
import { HDF5, PYTORCH, refusal, WSI } from './features/fixtures.js';
import { folder, labels, npy, slides } from './folder/toy.js';
import { zip } from './zip.js';

const table = `${WSI}/csv/dataset.csv`;
const CLASSES = ['normal_tissue', 'tumor_tissue'];
const top = mkdtempSync(join(tmpdir(), 'asmil-check-'));
afterAll(() => rmSync(top, { recursive: true }));

const lines = async (path: string, options: FolderOptions = {}) =>
  (await checkFolder(path, options)).problems.map(({ level, message }) => `${level}: ${message}`);

async function run(...args: string[]) {
  const [out, err, status]: string[][] = [[], [], []];
  const streams = { out: (line: string) => out!.push(line), err: (line: string) => err!.push(line) };
  const code = await runData(['check', ...args], { ...streams, status: (text) => status!.push(text) });
  return { code, out: out!.join('\n'), err: err!.join('\n'), status: status! };
}

describe('what is there', () => {
  test('counts, kinds, classes, patients and splits', async () => {
    const result = await checkFolder(`${WSI}/clam`, {
      labels: table,
      splits: `${WSI}/csv/splits_0.csv`,
      classes: CLASSES,
    });
    expect(result).toMatchObject({
      slides: { read: 9, unreadable: 1, empty: 1 },
      tiles: { sum: 12 + 7 + 70 + 9 + 1 + 10 + 5 + 6, min: 1, median: 9, max: 70 },
      dims: [{ value: '8', slides: 8 }],
      types: [
        { value: 'float32', slides: 8 },
        { value: 'float16', slides: 1 },
      ],
      formats: [{ value: 'hdf5', slides: 9 }],
      ...{ coords: 9, instanceLabels: 0, patients: 5 },
      nonFinite: { numbers: 3, slides: 1 },
      classes: [
        { name: 'normal_tissue', slides: 2 },
        { name: 'tumor_tissue', slides: 5 },
      ],
      splits: [{ name: 'splits_0', train: 3, val: 2, test: 2 }],
    });
  });

  test('damaged slides of every layout: one line each, and the others go on', async () => {
    const expected = [
      /^error: slide s006: \S+\/s006\.h5: no tiles in it; /,
      /^error: slide s007: \S+\/s007\.h5: NaN in row 2, column 3, and 2 more that are not finite; /,
      /^error: slide s009: \S+\/s009\.h5: truncated: \d+ of \d+ bytes; copy the file again$/,
      /^error: slide s008: \S+\/s008\.h5: it has no label in dataset\.csv$/,
    ];
    for (const layout of ['clam', 'trident']) {
      const found = await lines(`${WSI}/${layout}`, { labels: table, classes: CLASSES });
      const errors = found.filter((line) => line.startsWith('error'));
      expect(errors).toHaveLength(expected.length);
      for (const pattern of expected) expect(errors.filter((line) => pattern.test(line))).toHaveLength(1);
    }
    expect(await lines(`${WSI}/acmil`, { labels: table, classes: CLASSES })).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^error: slide truncated: truncated\.h5: truncated: 10236 of 20472 bytes/),
        'error: dataset.csv: 1 slide has a label and no features: s009',
      ]),
    );
  });

  test('a sound folder', async () => {
    const dir = folder({ ...slides(12), 'labels.csv': labels(12) });
    const { code, out, err, status } = await run(dir);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^slides +12$/m);
    expect(out).toMatch(/^tiles +36 in all, 3 \/ 3 \/ 3 a slide/m);
    expect(out).toMatch(/^features +D = 2; float32; npy$/m);
    expect(out).toMatch(/^labels +from labels\.csv: 6 0, 6 1$/m);
    expect(out).toMatch(/^patients +6$/m);
    expect(out).toMatch(/no errors, \d+ warnings?$/); // no coordinates
    expect([status[0], status.at(-1)]).toEqual(['slide 1 of 12: a0', '']);
    expect((await run(dir, '--strict')).code).toBe(1);
  });

  test('JSON', async () => {
    const { code, out } = await run(`${WSI}/npz`, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      slides: { read: 4, unreadable: 0, empty: 1 },
      labelsFrom: 'the feature files',
    });
  });
});

describe('what is wrong', () => {
  const sound = { ...slides(12), 'labels.csv': labels(12) };
  const traversal = zip({ '../features.npy': npy(3, 2, () => 1) });
  const bomb = zip({ 'features.npy': npy(25_000, 1000) }, { deflate: true });

  test.each([
    [
      'another width',
      { 'features/a3.npy': npy(3, 7, (i, j) => i + j) },
      'error: slide a3: features/a3.npy: 7 features a tile, expected 2 as 11 others have; extract it with the same encoder',
    ],
    [
      'the same content',
      { 'features/a5.npy': slides(1)['features/a0.npy']! },
      'error: slide a5: features/a5.npy: the same features as slide a0; remove one, or extract it again',
    ],
    [
      'a slide twice',
      { 'more/a4.npy': npy(3, 2, (i, j) => i - j) },
      'error: slide a4: there twice, in features/a4.npy and more/a4.npy; remove one or give one a name of its own',
    ],
    [
      'a slide in two forms',
      { 'features/a4.npz': zip({ 'features.npy': npy(3, 2, () => 5) }) },
      'error: slide a4: there twice, in features/a4.npy and features/a4.npz; remove one or give one a name of its own',
    ],
    [
      'an empty slide',
      { 'features/a1.npy': npy(0, 2, () => 0) },
      'error: slide a1: features/a1.npy: no tiles in it; leave the slide out or extract it again',
    ],
    [
      'infinity',
      { 'features/a1.npy': npy(3, 2, (i) => (i === 1 ? Infinity : 0)) },
      'error: slide a1: features/a1.npy: Infinity in row 1, column 0, and 1 more that is not finite; extract its features again, or train with --non-finite drop or zero',
    ],
    [
      'no label',
      { 'features/b.npy': npy(3, 2, (i, j) => i * j) },
      'error: slide b: features/b.npy: it has no label in labels.csv',
    ],
    [
      'no features',
      { 'labels.csv': `${labels(12)}p9,a99,1\n` },
      'error: labels.csv: 1 slide has a label and no features: a99',
    ],
    [
      'a label that is none',
      { 'labels.csv': `${labels(11)}p9,a11,x\n`, 'cohort.json': '{"format":1,"classes":["n","t"]}' },
      'error: labels.csv, line 13: slide a11 has the label x, expected n, t or 0 to 1',
    ],
    [
      'two labels',
      { 'labels.csv': `${labels(12)}p0,a0,1\n` },
      'error: labels.csv, line 14: slide a0 is named twice: label 0 and label 1, here and in labels.csv, line 2; leave one line out',
    ],
    [
      'a name that leads out of the folder',
      { 'labels.csv': `${labels(12)}p0,../../x,1\n` },
      'error: labels.csv, line 14: the slide name "../../x", which no file in a folder can have; mend the line',
    ],
    [
      'a name that leads out of the file',
      { 'features/c.npz': traversal },
      /^error: slide c: features\/c\.npz: not a whole zip archive \(invalid relative path: \.\.\/features\.npy\)/,
    ],
    [
      'a patient on two sides',
      { 'splits/splits_0.csv': 'train,val,test\na0,a2,a1\n' },
      "error: splits/splits_0.csv: patient p0 is in train (a0) and in test (a1); keep a patient's slides on one side",
    ],
    [
      'a slide on two sides',
      { 'splits/splits_0.csv': 'train,val,test\na0,a0,a4\n' },
      'error: splits/splits_0.csv: slide a0 is in train and in val; a slide may stand on one side only',
    ],
    [
      'names that are nothing',
      { 'splits/splits_0.csv': 'train,val,test\na0,a2,a4\nzz,,\n' },
      'warning: splits/splits_0.csv: slide without label or features left out: zz',
    ],
    [
      'a class that a side lacks',
      { 'splits/splits_0.csv': 'train,val,test\na0,a6,a4\na2,,a10\n' },
      'warning: split splits_0: no slide of 0 in val',
    ],
    [
      'code in a pickle',
      { 'features/c.pt': { from: `${PYTORCH}/call-zip.pth` } },
      /^error: slide c: features\/c\.pt: refused: the file names posix\.system, .*nothing was run/,
    ],
    [
      'a bomb',
      { 'features/c.npz': bomb },
      /^error: slide c: features\/c\.npz: entry features\.npy: refused: it unpacks to 1000\d+ bytes from \d+/,
    ],
    [
      'an HDF5 file that unpacks without end',
      { 'features/c.h5': { from: `${HDF5}/unpacks-without-end.h5` } },
      /^error: slide c: features\/c\.h5: dataset features: refused: it unpacks to/,
    ],
    ['a manifest', { 'cohort.json': '{}' }, /^error: cohort\.json: format: /],
  ])('%s', async (_, files, line) => {
    const dir = folder({ ...sound, ...files });
    const result = await checkFolder(dir, {});
    const found = result.problems.map(({ level, message }) => `${level}: ${message}`);
    if (typeof line === 'string') expect(found).toContain(line);
    else expect(found.filter((each) => line.test(each))).toHaveLength(1);
    expect(result.slides.read).toBeGreaterThanOrEqual(11); // the others go on
    for (const { message } of result.problems) expect(message).not.toContain('\n');
  });

  test('labels in files that differ from the table', async () => {
    const dir = folder({ 'flip.csv': 'slide_id,label\ns001,1\ns002,1\ns004,0\ns006,0\n' });
    expect(await lines(`${WSI}/npz`, { labels: join(dir, 'flip.csv') })).toContain(
      'warning: slide s001: the label 0 stands in its file and 1 in flip.csv, line 2, which counts',
    );
  });

  test('nothing to check', async () => {
    expect(await refusal(() => checkFolder(join(top, 'gone'), {}))).toMatch(/gone: no such folder$/);
    const { code, err, out } = await run(join(top, 'gone'));
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^error: .*no such folder$/);
    expect((await run(top, '--classes', 'one')).code).toBe(2);
    expect((await run(top, '--columns', 'x=y')).code).toBe(2);
    expect((await run(top, '--tile', '0')).code).toBe(2);
  });
});
