import { UserError } from '@asmil/core';
import { numberText, roundToDigits } from './number-text.js';

/** All instances of a set in float64, bag after bag. */
export interface MilTable {
  /** Features per instance D. */
  readonly dim: number;
  /** [B], 0 or 1. */
  readonly labels: Uint8Array;
  /** [B + 1]: the instances of bag b are the rows starts[b] to starts[b + 1] − 1. */
  readonly starts: Int32Array;
  /** Row-major [instances, D]. */
  readonly values: Float64Array;
}

/**
 * Reads comma-separated lines `label,bag,f1,…,fD`, with or without a header line. Labels are 0 or 1 and equal within a bag;
 * bags are numbered from 1, ascend, and have their rows together. Throws `UserError`, naming `source` and the line.
 */
export function parseTable(text: string, source: string): MilTable {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const skip = lines[0]?.startsWith('label,') ? 1 : 0;
  const rows = lines.length - skip;
  const dim = (lines[skip] ?? '').split(',').length - 2;
  if (rows < 1 || dim < 1)
    throw new UserError(`${source} holds no line label,bag,f1,…,fD: give the CSV file of the set`);
  const values = new Float64Array(rows * dim);
  const labels: number[] = [];
  const starts: number[] = [];
  for (let row = 0; row < rows; row++) {
    const fields = lines[row + skip]!.split(',');
    const fail = (what: string) => new UserError(`${source}, line ${row + skip + 1}: ${what}`);
    if (fields.length !== dim + 2)
      throw fail(`found ${fields.length} fields, expected ${dim + 2} as in the first line`);
    const label = Number(fields[0]);
    const bag = Number(fields[1]);
    if (label !== 0 && label !== 1) throw fail(`found the label ${fields[0]}, expected 0 or 1`);
    if (bag === labels.length + 1) {
      labels.push(label);
      starts.push(row);
    } else if (bag !== labels.length)
      throw fail(`found bag ${fields[1]} after bag ${labels.length}, expected bags in order`);
    else if (label !== labels[bag - 1]) throw fail(`bag ${bag} has the labels 0 and 1, expected one label a bag`);
    for (let j = 0; j < dim; j++) {
      const field = fields[j + 2]!;
      const value = Number(field);
      if (field === '' || !Number.isFinite(value)) throw fail(`f${j + 1} is "${field}", expected a finite number`);
      values[row * dim + j] = value;
    }
  }
  return { dim, labels: Uint8Array.from(labels), starts: Int32Array.from([...starts, rows]), values };
}

/**
 * The canonical text of a table, on which the set's checksum is defined: a header, one line an instance, line feeds,
 * numbers as `numberText` writes them after rounding to `digits` significant digits.
 */
export function formatTable(table: MilTable, digits?: number): string {
  const { dim, labels, starts, values } = table;
  const lines = [['label', 'bag', ...Array.from({ length: dim }, (_, j) => `f${j + 1}`)].join(',')];
  for (let bag = 0; bag < labels.length; bag++) {
    for (let row = starts[bag]!; row < starts[bag + 1]!; row++) {
      const fields = [String(labels[bag]), String(bag + 1)];
      for (let j = 0; j < dim; j++) {
        const value = values[row * dim + j]!;
        fields.push(numberText(digits === undefined ? value : roundToDigits(value, digits)));
      }
      lines.push(fields.join(','));
    }
  }
  return `${lines.join('\n')}\n`;
}
