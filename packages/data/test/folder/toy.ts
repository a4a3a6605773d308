import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { WSI } from '../features/fixtures.js';

const top = mkdtempSync(join(tmpdir(), 'asmil-folder-'));
afterAll(() => rmSync(top, { recursive: true }));

let count = 0;

/** A new folder of files, by path: text or bytes, or what `copied` gives. Returns its path. */
export function folder(files: Readonly<Record<string, string | Uint8Array | { readonly from: string }>>): string {
  const dir = join(top, `f${count++}`);
  mkdirSync(dir);
  for (const [path, content] of Object.entries(files)) {
    const target = join(dir, path);
    mkdirSync(dirname(target), { recursive: true });
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(target, content);
    else cpSync(content.from, target);
  }
  return dir;
}

/** A file of the fixtures. */
export const copied = (path: string) => ({ from: `${WSI}/${path}` });

/** A `.npy` file of float32 [N, D], each value as `value(i, j)` gives it, zeros without. */
export function npy(n: number, d: number, value?: (i: number, j: number) => number): Uint8Array {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${n}, ${d}), }`.padEnd(117).concat('\n');
  const data = new Float32Array(n * d);
  if (value) for (const k of data.keys()) data[k] = value(Math.floor(k / d), k % d);
  const front = Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    Buffer.from([head.length, 0]),
    Buffer.from(head),
  ]);
  return Buffer.concat([front, new Uint8Array(data.buffer)]);
}

/** Files of small sound slides a0, a1, …: three tiles of two features each. */
export const slides = (count: number, name = 'features'): Record<string, Uint8Array> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, s) => [`${name}/a${s}.npy`, npy(3, 2, (i, j) => 100 * s + 10 * i + j)]),
  );

/** A label table of slides a0, a1, …, labels in turn, two slides a patient. */
export const labels = (count: number): string =>
  ['case_id,slide_id,label', ...Array.from({ length: count }, (_, s) => `p${s >> 1},a${s},${(s >> 1) % 2}`), ''].join(
    '\n',
  );
