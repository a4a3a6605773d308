import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BagInfo } from '@asmil/core';
import { afterAll, describe, expect, test } from 'vitest';
import { bindSplits } from '../../src/tables/bind-splits.js';
import { parseCsvTable } from '../../src/tables/csv-table.js';
import { columnSplit, readSplits, splitOf } from '../../src/tables/split-table.js';
import { refusal, WSI } from '../features/fixtures.js';

const folder = mkdtempSync(join(tmpdir(), 'asmil-splits-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SPLIT = { train: ['s001', 's002', 's003', 's006'], val: ['s004', 's005'], test: ['s007', 's010', 's009'] };
const read = (name: string) => readSplits(`${WSI}/csv/${name}.csv`, name);
const bags = (...ids: string[]): BagInfo[] => ids.map((id, i) => ({ id, label: i % 2, group: `p${id}` }));
const bind = (split: Partial<typeof SPLIT>, infos: readonly BagInfo[]) => {
  const messages: string[] = [];
  const table = { name: 'k', source: 'k.csv', ...{ train: [], val: [], test: [] }, ...split };
  const splits = bindSplits([table], infos, ({ level, message }) => messages.push(`${level}: ${message}`));
  return { splits, messages };
};

describe('split files', () => {
  test.each(['splits_0', 'splits_0_noindex', 'splits_0_camil'])('%s: columns of names', async (name) => {
    expect(await read(name)).toEqual([{ ...SPLIT, test: ['s007', 's010', 's009'], name, source: name }]);
  });

  test('True and False', async () => {
    expect(await read('splits_0_bool')).toEqual([{ ...SPLIT, name: 'splits_0', source: 'splits_0_bool' }]);
  });

  test('JSON of ACMIL', async () => {
    expect(await readSplits(`${WSI}/acmil/split_1.json`, 'split_1.json')).toEqual([
      { name: 'split_1', source: 'split_1.json', ...SPLIT, test: ['s007', 's010'] },
    ]);
  });

  test('a folder of them, by number, each split once', async () => {
    expect((await readSplits(`${WSI}/csv`, 'csv')).map(({ name, source }) => [name, source])).toEqual([
      ['splits_0', 'csv/splits_0.csv'],
      ['splits_1', 'csv/splits_1.csv'],
    ]);
    for (const k of [0, 2, 10]) writeFileSync(join(folder, `splits_${k}.csv`), 'train,val,test\na,b,c\n');
    expect((await readSplits(folder, 'f')).map(({ name }) => name)).toEqual(['splits_0', 'splits_2', 'splits_10']);
  });

  test('what is none', async () => {
    expect(await refusal(() => read('splits_0_descriptor'))).toMatch(/counts of slides and no names/);
    expect(await refusal(() => read('dataset'))).toMatch(
      /columns case_id, slide_id, label, expected train, val and test/,
    );
    expect(await refusal(() => read('gone'))).toMatch(/gone: no such file or folder/);
    expect(await refusal(() => readSplits(`${WSI}/npz`, 'npz'))).toMatch(
      /npz: no split files in it, expected splits_0\.csv/,
    );
    const json = (text: string) => {
      writeFileSync(join(folder, 'a.json'), text);
      return refusal(() => readSplits(join(folder, 'a.json'), 'a.json'));
    };
    expect(await json('{')).toMatch(/a\.json: no JSON/);
    expect(await json('{"train_names": [1]}')).toMatch(/a\.json: train_names\.0 is not as expected/);
  });

  test('a column of the label table: train, val, anything else tests', () => {
    const row = (slide: string, part?: string) => ({ slide, part, label: '0', patient: slide, where: '' });
    const rows = [row('a', 'train'), row('b', 'Training'), row('c', 'val'), row('d', 'test'), row('e', 'holdout')];
    expect(columnSplit(rows, 'x')).toMatchObject({ train: ['a', 'b'], val: ['c'], test: ['d', 'e'] });
    expect(columnSplit([...rows, row('f')], 'x')).toBeUndefined();
  });

  test('no validation column, and names that look like numbers', () => {
    const table = parseCsvTable(Buffer.from(',train,test\n0,001,003\n1,002,\n'), 't.csv');
    expect(splitOf(table, 't')).toMatchObject({ train: ['001', '002'], val: [], test: ['003'] });
  });
});

describe('splits of the slides that there are', () => {
  test('names without label or features are left out with a warning', () => {
    const { splits, messages } = bind(SPLIT, bags('s001', 's002', 's004', 's007'));
    expect(splits).toEqual([{ name: 'k', train: ['s001', 's002'], val: ['s004'], test: ['s007'] }]);
    expect(messages).toEqual([
      'warning: k.csv: 5 slides without label or features left out: s003, s006, s005, s010, s009',
    ]);
  });

  test('names of images mean their slides', () => {
    const { splits, messages } = bind({ train: ['a.svs'], test: ['b.tiff'] }, bags('a', 'b'));
    expect([splits[0]!.train, splits[0]!.test, messages]).toEqual([['a'], ['b'], []]);
  });

  test.each([
    [
      { train: ['a', 'b'], val: ['b'], test: ['c'] },
      'error: k.csv: slide b is in train and in val; a slide may stand on one side only',
    ],
    [{ train: ['a'], test: [] }, 'error: k.csv: no slide in test that is here; give at least one'],
    [{ train: ['x'], test: ['c'] }, 'error: k.csv: no slide in train that is here; give at least one'],
    [
      { train: ['a', '../b'], test: ['c'] },
      'error: k.csv: the slide name "../b", which no file in a folder can have, in train; mend the file',
    ],
  ])('%j', (split, message) => {
    const { splits, messages } = bind(split, bags('a', 'b', 'c'));
    expect(splits).toEqual([]);
    expect(messages).toContain(message);
  });

  test('a patient on two sides, and a slide twice on one', () => {
    const infos = bags('a', 'b', 'c', 'd').map((bag) => ({
      ...bag,
      group: bag.id === 'a' || bag.id === 'c' ? 'P' : bag.id,
    }));
    const { splits, messages } = bind({ train: ['a', 'b', 'b'], test: ['c', 'd'] }, infos);
    expect(splits).toEqual([]);
    expect(messages).toEqual([
      'warning: k.csv: slide b is named twice in train',
      "error: k.csv: patient P is in train (a) and in test (c); keep a patient's slides on one side",
    ]);
  });

  test('the overlapping split of the fixtures', async () => {
    const messages: string[] = [];
    const tables = await read('splits_2_overlap');
    expect(bindSplits(tables, bags('s001', 's002', 's007'), ({ message }) => messages.push(message))).toEqual([]);
    expect(messages).toEqual([
      'splits_2_overlap: slide s002 is in train and in val; a slide may stand on one side only',
    ]);
  });
});
