import { UserError } from '@asmil/core';
import type { ByteSource } from '../../files/byte-source.js';
import { shown } from '../../files/shown.js';
import { STEP, type StoredArray } from '../../files/stored-array.js';
import type { OpenFile } from '../file.js';

const PART = 2 ** 20;
/** A row of features has some 10 bytes a number. */
const MAX_LINE = 2 ** 20;

/** Opens the CSV of one bag as DSMIL writes it: a header 0 … D−1, one row of numbers a tile; rounded to four decimals there. */
export async function openCsv(source: ByteSource): Promise<OpenFile> {
  const array = await csvArray(source);
  return {
    format: 'csv',
    names: [''],
    array: async (name) => (name === '' ? array : undefined),
    attributes: {},
    close: () => source.close(),
  };
}

async function csvArray(source: ByteSource): Promise<StoredArray> {
  const { name } = source;
  const lines = linesOf(source);
  const { value: header, done } = await lines.next();
  const head = done ? [] : header.replace(/^\ufeff/, '').split(',');
  const dim = head.length;
  if (dim === 0 || head.some((field, j) => field.trim().replace(/^"(.*)"$/, '$1') !== String(j)))
    throw new UserError(`${name}: the first line is not 0,1,2,…, expected the CSV of one bag as DSMIL writes it`);
  let n = 0;
  for await (const line of lines) if (line !== '') n++;

  let rows: AsyncIterator<string> | undefined;
  let at = 0;
  const next = async (): Promise<string> => {
    for (;;) {
      const { value, done: over } = await rows!.next();
      if (over) throw new UserError(`${name}: it became shorter while it was read; try again`);
      if (value !== '') return value;
    }
  };
  const restart = async (): Promise<void> => {
    rows = linesOf(source);
    at = 0;
    await next();
  };
  return {
    shape: [n, dim],
    type: 'float32',
    unit: dim,
    step: Math.max(1, Math.floor(STEP / dim)) * dim,
    async read(from, out) {
      const first = from / dim;
      if (rows === undefined || first < at) await restart();
      for (; at < first; at++) await next();
      for (let i = 0; i < out.length; i += dim, at++)
        parseRow(await next(), dim, at, name, (j, x) => {
          out[i + j] = x;
        });
    },
  };
}

function parseRow(line: string, dim: number, row: number, name: string, put: (j: number, x: number) => void): void {
  const fields = line.split(',');
  const fail = (what: string) => new UserError(`${name}: row ${row}: ${what}; copy or save the file again`);
  if (fields.length !== dim) throw fail(`${fields.length} fields, expected ${dim} as in the first line`);
  for (let j = 0; j < dim; j++) {
    const text = fields[j]!.trim();
    const word = /^([+-]?)(?:nan|inf|infinity)$/i.exec(text);
    const value = word ? (/nan/i.test(text) ? Number.NaN : word[1] === '-' ? -Infinity : Infinity) : Number(text);
    if (text === '' || (!word && Number.isNaN(value)))
      throw fail(`found ${shown(text) || 'nothing'}, expected a number`);
    put(j, value);
  }
}

/** Lines without their ends. */
async function* linesOf(source: ByteSource): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for (let from = 0; from < source.size; from += PART) {
    rest += decoder.decode(await source.read(from, Math.min(PART, source.size - from)), { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop()!;
    if (rest.length > MAX_LINE) throw new UserError(`${source.name}: a line of more than ${MAX_LINE} characters`);
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  if (rest !== '') yield rest;
}
