import type { Rng } from '@asmil/core';
import fc from 'fast-check';
import { boundary, chance, MOST_BYTES, pick } from './mutate.js';
import { HOSTILE_NAMES } from './zip-input.js';

/** A value of an arbitrary that the stream decides. */
export const sample = <T>(rng: Rng, arbitrary: fc.Arbitrary<T>): T =>
  fc.sample(arbitrary, { seed: rng.int(2 ** 31), numRuns: 1 })[0]!;

export const anyText = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE_NAMES));

const number = fc.oneof(
  fc.double().map(String),
  fc.integer().map(String),
  fc.constantFrom('0', '-0', '1e400', '-1e-400', 'NaN', 'inf', '-Infinity', '0x10', '1_000', '1,5', '٣', '', ' '),
);

/** About `bytes` bytes of a text that repeats. */
export const flood = (text: string, rng: Rng): string =>
  text.repeat(Math.floor(2 ** (10 + rng.int(11)) / text.length) || 1).slice(0, MOST_BYTES);

/** One line a row, with quotes, separators and line ends of every kind. */
function csv(rng: Rng, rows: readonly (readonly string[])[]): string {
  const end = pick(rng, ['\n', '\r\n', '\r', '\n\n']);
  const quote = (cell: string) =>
    chance(rng, 0.3) || /[",\r\n]/.test(cell)
      ? chance(rng, 0.95)
        ? `"${cell.replaceAll('"', '""')}"`
        : `"${cell}`
      : cell;
  return `${chance(rng, 0.1) ? '\ufeff' : ''}${rows.map((row) => row.map(quote).join(',')).join(end)}`;
}

const slide = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('s001', 's002', 's003', 's004', 's001.svs', '001', 'toy/0/s001.csv') },
  { weight: 1, arbitrary: anyText },
);
const label = fc.oneof(fc.constantFrom('0', '1', '1.0', 'tumour', 'normal', ''), number, anyText);
const LABEL_COLUMNS = ['slide_id', 'label', 'case_id', 'patient_id', 'split_info', '0', 'Label', '', 'slide'];

const table = (columns: readonly string[], cell: fc.Arbitrary<string>): fc.Arbitrary<string[][]> =>
  fc
    .tuple(
      fc.oneof(
        { weight: 4, arbitrary: fc.shuffledSubarray([...columns], { minLength: 2 }) },
        { weight: 1, arbitrary: fc.array(anyText, { maxLength: 6 }) },
      ),
      fc.array(fc.array(cell, { maxLength: 5 }), { maxLength: 12 }),
    )
    .map(([head, rows]) => [head, ...rows]);

const labelTable = table(LABEL_COLUMNS, fc.oneof(slide, label));
const splitTable = table(
  ['', 'train', 'val', 'test', 'train_label', 'TRAIN'],
  fc.oneof(slide, fc.constantFrom('True', 'False', '7')),
);

const LABEL_FLOODS: readonly ((rng: Rng) => string)[] = [
  (rng) => `slide_id,label\n${flood('s001,1\n', rng)}`,
  (rng) => `slide_id,label,${flood(',', rng)}\n${flood('s,1\n', rng)}`, // many columns, short lines
  (rng) => `slide_id,label,${numbered((k) => `c${k}`, ',', rng)}`,
  (rng) => `slide_id,label\n${numbered((k) => `s${k},${k}`, '\n', rng)}`, // as many labels as slides
  (rng) => `slide_id,label\n${numbered((k) => `s${k},1`, '\n', rng)}`,
  (rng) => `slide_id,label\n"${flood('x\n', rng)}`,
  (rng) => `${flood('"', rng)}`,
  (rng) => `slide_id,label\ns1,${flood('1', rng)}`,
];

/** `item(0)`, `item(1)`, … up to some 1 MB of them. */
const numbered = (item: (k: number) => string, between: string, rng: Rng): string =>
  Array.from({ length: 2 ** (6 + rng.int(12)) }, (_, k) => item(k)).join(between);

export const labelText = (rng: Rng): string =>
  chance(rng, 0.06) ? pick(rng, LABEL_FLOODS)(rng) : csv(rng, sample(rng, labelTable));

const SPLIT_FLOODS: readonly ((rng: Rng) => string)[] = [
  (rng) => `,train,val,test\n${flood('0,s001,,\n', rng)}`,
  (rng) => `,train,val,test\n${numbered((k) => `${k},s${k},,t${k}`, '\n', rng)}`,
  (rng) => `train,test,${numbered((k) => `c${k}`, ',', rng)}\n${flood('a\n', rng)}`,
  (rng) => `${numbered((k) => `c${k}`, ',', rng)}\na`,
];

export const splitText = (rng: Rng): string =>
  chance(rng, 0.06) ? pick(rng, SPLIT_FLOODS)(rng) : csv(rng, sample(rng, splitTable));

const names = fc.oneof(fc.array(slide, { maxLength: 6 }), fc.jsonValue());
const splitJson = fc.oneof(
  fc
    .record({ train_names: names, val_names: names, test_names: names }, { requiredKeys: [] })
    .map((v) => JSON.stringify(v)),
  fc.json(),
  anyText,
);
const JSON_FLOODS: readonly ((key: string, rng: Rng) => string)[] = [
  (key, rng) => `{"${key}":[${flood('1,', rng)}1],"test_names":[],"classes":[]}`,
  (key, rng) => `{"${key}":[${flood('"a",', rng)}"a"],"test_names":["b"]}`,
  (key, rng) => `{"${key}":${flood('[', rng)}`,
  (_, rng) => `${flood('[', rng)}${flood(']', rng)}`,
  (key, rng) => `{"${key}":${flood('{"a":', rng)}`,
  (_, rng) => `{${numbered((k) => `"k${k}":${k}`, ',', rng)}}`,
  (key, rng) => `{"${key}":"${flood('\\u0000', rng)}"}`,
];

export const splitJsonText = (rng: Rng): string =>
  chance(rng, 0.06) ? pick(rng, JSON_FLOODS)('train_names', rng) : sample(rng, splitJson);

const manifest = fc.oneof(
  fc
    .record(
      {
        format: fc.constantFrom<unknown>(1, 2, '1', null),
        title: anyText,
        simulated: fc.oneof<fc.Arbitrary<unknown>[]>(fc.boolean(), fc.jsonValue()),
        provenance: anyText,
        classes: fc.oneof<fc.Arbitrary<unknown>[]>(fc.array(anyText), fc.jsonValue()),
        __proto__: fc.constant(null),
      },
      { requiredKeys: ['format'] },
    )
    .map((value) => JSON.stringify(value)),
  fc.json(),
);

export const manifestText = (rng: Rng): string =>
  chance(rng, 0.06) ? pick(rng, JSON_FLOODS)('classes', rng) : sample(rng, manifest);

/** The CSV of one bag. */
export function bagText(rng: Rng): string {
  const columns = Array.from({ length: chance(rng, 0.05) ? 2 ** (8 + rng.int(10)) : 1 + rng.int(9) }, (_, j) =>
    String(j),
  );
  if (chance(rng, 0.06)) return `${columns.join(',')}\n${flood(`${columns.map(() => '1').join(',')}\n`, rng)}`;
  if (chance(rng, 0.03)) return `0,1\n${flood('1', rng)},2`;
  const rows = sample(
    rng,
    fc.array(fc.array(number, { minLength: columns.length, maxLength: columns.length }), { maxLength: 8 }),
  );
  return csv(rng, [
    chance(rng, 0.9) ? columns : sample(rng, fc.array(anyText)),
    ...(columns.length < 50 ? rows : [columns]),
  ]);
}

/** Sizes, shapes and offsets as JSON may hold them. */
export const anyCount = (rng: Rng): unknown =>
  chance(rng, 0.7) ? rng.int(10) : pick<unknown>(rng, [boundary(rng), -1, 0.5, '4', null, [], {}, true]);
