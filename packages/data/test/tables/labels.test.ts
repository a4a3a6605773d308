import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { classify } from '../../src/tables/classes.js';
import { parseCsvTable } from '../../src/tables/csv-table.js';
import { BRACS_TYPES, LABEL_MAPS } from '../../src/tables/label-maps.js';
import { type Columns, labelsOf, readLabels } from '../../src/tables/labels.js';
import type { Problem } from '../../src/tables/problem.js';
import { knownName, nameFault } from '../../src/tables/slide-name.js';
import { refusal, WSI } from '../features/fixtures.js';

const read = async (name: string, columns: Columns = {}) => {
  const problems: Problem[] = [];
  const table = await readLabels(`${WSI}/csv/${name}.csv`, columns, (problem) => problems.push(problem), `${name}.csv`);
  return { ...table, problems };
};
const parse = (text: string, columns: Columns = {}) => {
  const problems: Problem[] = [];
  const table = labelsOf(parseCsvTable(Buffer.from(text), 't.csv'), columns, (problem) => problems.push(problem));
  return { ...table, messages: problems.map(({ level, message }) => `${level}: ${message}`) };
};
const IDS = ['s001', 's002', 's003', 's004', 's005', 's006', 's007', 's009', 's010'];
const LABELS = [0, 1, 1, 0, 1, 0, 1, 0, 1];
const CLASSES = ['normal_tissue', 'tumor_tissue'];

describe('label tables', () => {
  test.each([
    ['dataset', ['patient_0', 'patient_1', 'patient_1', 'patient_2', 'patient_2', 'patient_3', 'patient_3']],
    ['dataset-crlf-bom', IDS.map((id) => `p,${id}`)],
    ['dataset-camil', IDS.map((_, i) => `patient_${i}`)],
    ['dataset-acmil', IDS.map((_, i) => `patient_${i}`)],
  ])('%s: slides, patients and classes', async (name, patients) => {
    const { rows, problems } = await read(name);
    expect(rows.map(({ slide }) => slide)).toEqual(IDS);
    expect(rows.map(({ patient }) => patient).slice(0, patients.length)).toEqual(patients);
    const { labels } = classify(rows, { classes: CLASSES }, (problem) => problems.push(problem));
    expect(IDS.map((id) => labels.get(id))).toEqual(LABELS);
    expect(problems).toEqual([]);
  });

  test("CAMIL's numbers under another name, ACMIL's split column", async () => {
    const { rows } = await read('dataset-camil', { label: 'slide_label', patient: '' });
    expect(rows.map(({ label }) => Number(label))).toEqual(LABELS);
    expect(rows.map(({ patient }) => patient)).toEqual(IDS);
    const acmil = await read('dataset-acmil');
    expect(acmil.rows.map(({ part }) => part)).toEqual([
      ...['train', 'train', 'train', 'val', 'val', 'train', 'test', 'test', 'test'],
    ]);
  });

  test('zeros in front of a name survive', async () => {
    const { rows, patients } = await read('dataset-numeric-ids');
    expect(rows.map(({ slide, patient }) => [slide, patient])).toEqual([
      ...[
        ['0001', '001'],
        ['0010', '001'],
        ['0100', '002'],
      ],
    ]);
    expect(patients).toBe(true);
  });

  test('a slide with two labels is refused and left out', async () => {
    const { rows, problems } = await read('dataset-duplicate');
    expect(rows).toEqual([]);
    expect(problems.map(({ message }) => message)).toEqual([
      'dataset-duplicate.csv, line 3: slide s001 is named twice: label normal_tissue and label tumor_tissue, here and in dataset-duplicate.csv, line 2; leave one line out',
      'dataset-duplicate.csv: no slide in it, expected one line a slide',
    ]);
  });

  test('a slide twice with one label is a warning; quotes, spaces and empty lines are nothing', () => {
    const { rows, messages } = parse(' slide_id , label \n\n"a" , 1 \nb,"x, y"\n a,1\n');
    expect(rows.map(({ slide, label }) => [slide, label])).toEqual([
      ['a', '1'],
      ['b', 'x, y'],
    ]);
    expect(messages).toEqual([
      'warning: t.csv, line 5: slide a is named twice: the same as in t.csv, line 3; leave one line out',
    ]);
  });

  test("DSMIL's index has paths", () => {
    expect(parse('0,label\ndatasets/toy/1/s002.csv,1\n').rows[0]).toMatchObject({ slide: 's002', label: '1' });
  });

  test.each([
    [
      'slide_id,label\n../../etc/passwd,1\n',
      /line 2: the slide name "\.\.\/\.\.\/etc\/passwd", which no file in a folder/,
    ],
    ['slide_id,label\n..,1\n', /line 2: the slide name "\.\."/],
    ['slide_id,label\na\\b,1\n', /line 2: the slide name "a\\b"/],
    ['slide_id,label\n"a\u0007",1\n', /line 2: the slide name "a\?"/],
    ['slide_id,label\n,1\n', /line 2: an empty slide name; mend the line/],
    ['slide_id,label\na,\n', /line 2: slide a has no label; mend the line/],
    ['slide_id,label,case_id\na,1,\n', /line 2: slide a has no patient; mend the line/],
    ['0,label\n../../x/s1.csv,1\n', /line 2: the path "\.\.\/\.\.\/x\/s1\.csv", which leads out of the folder/],
  ])('refused: %j', (text, message) => {
    const { rows, messages } = parse(text);
    expect(rows).toEqual([]);
    expect(messages[0]).toMatch(message);
  });

  test.each([
    [
      'a,b\n1,2\n',
      /t\.csv: no column for the slide \(found a, b\), expected slide_id; name it with --columns slide=NAME/,
    ],
    ['slide_id,b\n1,2\n', /no column for the label \(found slide_id, b\), expected label/],
    ['', /t\.csv: an empty table/],
    ['slide_id,slide_id\n', /two columns are called slide_id/],
    ['slide_id,label\na,1,2\n', /t\.csv, line 2: 3 fields, expected 2/],
    ['slide_id,label\n"a,1\n', /t\.csv: no CSV table \(Quote Not Closed/],
    ['slide_id,label\n\xff\xfe,1\n', /t\.csv: no CSV table \(it is not UTF-8\)/],
  ])('no table: %j', async (text, message) => {
    expect(await refusal(() => labelsOf(parseCsvTable(Buffer.from(text, 'latin1'), 't.csv'), {}, () => {}))).toMatch(
      message,
    );
  });

  test('a column that is asked for and not there', async () => {
    expect(await refusal(() => parse('slide_id,label\na,1\n', { patient: 'pid' }))).toMatch(
      /no column pid for the patient, found slide_id, label/,
    );
  });
});

describe('names of slides', () => {
  test('stand for a file in a folder', () => {
    for (const name of ['s001', 'TCGA-01.abc', 'slide 1', '..x', 'größe']) expect(nameFault(name)).toBeUndefined();
    for (const name of ['', '.', '..', 'a/b', '/a', 'a\\b', 'a\0b', 'a\nb', 'x'.repeat(256)])
      expect(nameFault(name)).toBeDefined();
  });

  test('may end as an image does', () => {
    const known = new Set(['a', 'b.svs']);
    expect(['a', 'a.svs', 'a.TIFF', 'b.svs', 'c', 'a.x'].map((name) => knownName(name, known))).toEqual([
      ...['a', 'a', 'a', 'b.svs', undefined, undefined],
    ]);
  });
});

describe('classes', () => {
  const rows = (...labels: string[]) => labels.map((label, i) => ({ slide: `s${i}`, label, where: `line ${i}` }));
  const run = (labels: string[], options: Parameters<typeof classify>[1]) => {
    const messages: string[] = [];
    const found = classify(rows(...labels), options, ({ message }) => messages.push(message));
    return { classes: found.classes, labels: [...found.labels.values()], messages };
  };

  test('numbers from 0 on are indices, also as 1.0', () => {
    expect(run(['0', '1.0', '2', '1'], {})).toEqual({ classes: ['0', '1', '2'], labels: [0, 1, 2, 1], messages: [] });
    expect(run(['0', '1'], { classes: ['a', 'b', 'c'] })).toMatchObject({ classes: ['a', 'b', 'c'], labels: [0, 1] });
  });

  test('the order of texts is given, never taken', async () => {
    expect(run(['b', 'a', 'b'], { classes: ['b', 'a'] })).toMatchObject({ labels: [0, 1, 0] });
    expect(await refusal(() => run(['b', 'a', 'b'], {}))).toBe(
      'found the labels a (1), b (2): give the classes in their order, the positive or worst last: --classes a,b',
    );
    expect(await refusal(() => run(['1', '2'], {}))).toMatch(/found the labels 1 \(1\), 2 \(1\): give the classes/);
    expect(await refusal(() => run(['0', '0'], {}))).toMatch(/found the classes 0, expected two or more/);
  });

  test('a label that is none', async () => {
    const table = readFileSync(`${WSI}/csv/dataset-unknown-label.csv`);
    const messages: string[] = [];
    const report = ({ message }: Problem) => messages.push(message);
    const { labels } = classify(labelsOf(parseCsvTable(table, 'd.csv'), {}, report).rows, { classes: CLASSES }, report);
    expect([...labels]).toEqual([['s001', 0]]);
    expect(messages).toEqual([
      'd.csv, line 3: slide s002 has the label weird, expected normal_tissue, tumor_tissue or 0 to 1',
    ]);
  });

  test("BRACS's seven types make three classes, or two", async () => {
    const [codes, types] = [['0', '1', '2', '3', '4', '5', '6'], [...BRACS_TYPES]];
    for (const labels of [codes, types, codes.map((code) => `${code}.0`)]) {
      expect(run(labels, { labelMap: 'bracs3' })).toEqual({
        classes: ['benign', 'atypical', 'malignant'],
        labels: [0, 0, 0, 1, 1, 2, 2],
        messages: [],
      });
      expect(run(labels, { labelMap: 'bracs2' }).labels).toEqual([0, 0, 0, 1, 1, 1, 1]);
    }
    expect(Object.keys(LABEL_MAPS)).toEqual(['bracs3', 'bracs2']);
    expect(run(['7'], { labelMap: 'bracs3' }).messages[0]).toMatch(
      /the label 7, expected benign, atypical, malignant$/,
    );
    expect(await refusal(() => run(['0'], { labelMap: 'bracs4' }))).toMatch(
      /no label map "bracs4", expected bracs3 or/,
    );
    expect(run(['x', 'y', 'z'], { labelMap: { x: 'one', y: 'two', z: 'one' } })).toMatchObject({ labels: [0, 1, 0] });
  });
});
