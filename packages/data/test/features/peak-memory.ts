/*
 * Peak memory of reading one slide, in MiB:
 *
 *   npx tsx test/features/peak-memory.ts [tiles] [width] [format]       default: 200,000 tiles of 1,536 float32, all formats
 *
 * Each format is read in a process of its own, after a slide of one tile, so that what the reader itself needs is told apart.
 * The test reads all formats in one process: no one of them may need more than is granted.
 */

import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { hdf5Instance } from '../../src/features/formats/hdf5-library.js';
import { readSlide } from '../../src/features/read-slide.js';

export const FORMATS = ['h5', 'npy', 'npz', 'safetensors', 'pt'] as const;
export type Format = (typeof FORMATS)[number];

/** What reading costs: memory and time beyond those of a slide of one tile. */
export interface Cost {
  /** MiB of the features as float32, the most that the process had before, and during. */
  readonly own: number;
  readonly before: number;
  readonly peak: number;
  readonly seconds: number;
}

/** Rows are written again and again from one block. */
const BLOCK = 1000;

/** Writes a slide of `n` tiles of `d` float32 numbers, in pieces. */
export async function writeSlide(path: string, format: Format, n: number, d: number): Promise<void> {
  const block = Float32Array.from({ length: BLOCK * d }, (_, k) => (k % 977) / 8);
  const bytes = new Uint8Array(block.buffer);
  if (format === 'h5') {
    const { library } = await hdf5Instance();
    const file = new library.File(path, 'w');
    const first = block.subarray(0, Math.min(n, BLOCK) * d);
    const shape = [Math.min(n, BLOCK), d];
    const data = file.create_dataset({ name: 'features', data: first, shape, maxshape: [null, d], chunks: [32, d] });
    for (let row = BLOCK; row < n; row += BLOCK) {
      const to = Math.min(n, row + BLOCK);
      data.resize([to, d]);
      data.write_slice([[row, to], []], block.subarray(0, (to - row) * d));
    }
    file.close();
    return;
  }
  const size = 4 * n * d;
  const npy = Buffer.from(
    `\x93NUMPY\x01\x00v\x00${`{'descr': '<f4', 'fortran_order': False, 'shape': (${n}, ${d}), }`.padEnd(117)}\n`,
    'latin1',
  );
  const json = Buffer.from(
    JSON.stringify({ features: { dtype: 'F32', shape: [n, d], data_offsets: [0, size] } }).padEnd(104),
  );
  const length = Buffer.alloc(8);
  length.writeUInt32LE(json.length);
  const heads = { npy, npz: npy, safetensors: Buffer.concat([length, json]), pt: Buffer.alloc(0) };
  const head = heads[format];
  const file = openSync(path, 'w');
  const parts = function* () {
    yield head;
    for (let done = 0; done < size; done += bytes.length) yield bytes.subarray(0, size - done);
  };
  if (format === 'npz' || format === 'pt') {
    const entries = format === 'npz' ? [{ name: 'features.npy', parts }] : torchEntries(n, d, parts);
    writeZip((chunk) => writeSync(file, chunk), entries);
  } else for (const part of parts()) writeSync(file, part);
  closeSync(file);
}

interface Entry {
  readonly name: string;
  parts(): Iterable<Uint8Array>;
}

/** The pickle of one tensor as `torch.save` writes it, and its storage. */
function torchEntries(n: number, d: number, parts: () => Iterable<Uint8Array>): Entry[] {
  const int = (value: number) => `J${Buffer.from(Int32Array.of(value).buffer).toString('latin1')}`;
  const text = (value: string) => `X${Buffer.from(Int32Array.of(value.length).buffer).toString('latin1')}${value}`;
  const storage = `(${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}${int(n * d)}tQ`;
  const pickle = `\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\0${int(n)}${int(d)}\x86${int(d)}K\x01\x86\x89ccollections\nOrderedDict\n)RtR.`;
  return [
    { name: 'x/data.pkl', parts: () => [Buffer.from(pickle, 'latin1')] },
    { name: 'x/data/0', parts },
  ];
}

function writeZip(write: (bytes: Uint8Array) => void, entries: readonly Entry[]): void {
  let at = 0;
  const put = (bytes: Uint8Array): void => {
    write(bytes);
    at += bytes.length;
  };
  const directory: Buffer[] = [];
  for (const { name, parts } of entries) {
    let [sum, size] = [0, 0];
    for (const part of parts()) [sum, size] = [crc32(part, sum), size + part.length];
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(sum, 10);
    fields.writeUInt32LE(size, 14);
    fields.writeUInt32LE(size, 18);
    fields.writeUInt16LE(name.length, 22);
    const offset = Buffer.alloc(14);
    offset.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), fields, offset, Buffer.from(name));
    put(Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name)]));
    for (const part of parts()) put(part);
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  put(central);
  put(end);
}

/** Reads slides of one tile and then one of `n` of each format, in a process of their own. */
export async function measure(formats: readonly Format[], n: number, d: number): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'asmil-memory-'));
  try {
    const paths: string[] = [];
    for (const rows of [1, n])
      for (const format of formats) {
        paths.push(join(folder, `${rows}.${format}`));
        await writeSlide(paths.at(-1)!, format, rows, d);
      }
    const script = fileURLToPath(import.meta.url);
    const command = ['--expose-gc', '--import', 'tsx', script, '--read', ...paths];
    return JSON.parse(execFileSync(process.execPath, command, { encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const MIB = 2 ** 20;
const peak = (): number => process.resourceUsage().maxRSS / 1024;

/** The child's part: prints a `Cost`. The first half of the files is small. */
async function read(paths: readonly string[]): Promise<void> {
  const half = paths.length / 2;
  for (const path of paths.slice(0, half)) await readSlide({ id: 'small', features: { path, name: path } });
  const before = peak();
  const start = performance.now();
  let own = 0;
  for (const path of paths.slice(half)) own = Math.max(own, await readLarge(path));
  const seconds = (performance.now() - start) / 1000;
  process.stdout.write(JSON.stringify({ own: own / MIB, before, peak: peak(), seconds }));
}

async function readLarge(path: string): Promise<number> {
  globalThis.gc?.(); // what was read before is done with
  const { features, n, dim } = await readSlide({ id: 'large', features: { path, name: path } });
  if (features[(n - 1) * dim + 1] !== ((((n - 1) % BLOCK) * dim + 1) % 977) / 8)
    throw new Error(`${path}: other numbers`);
  return features.byteLength;
}

async function main([tiles = '200000', width = '1536', only]: readonly string[]): Promise<void> {
  for (const format of FORMATS) {
    if (only !== undefined && only !== format) continue;
    const { own, before, peak: top, seconds } = await measure([format], Number(tiles), Number(width));
    const [a, b, c, more] = [own, before, top, top - before].map((value) => value.toFixed(0).padStart(5));
    process.stdout.write(
      `${format.padEnd(11)} features ${a} MiB, process ${b} before, ${c} at most: ${more} more (${((100 * (top - before)) / own) | 0} %), ${seconds.toFixed(1)} s\n`,
    );
  }
}

const [, script, ...args] = process.argv;
if (script === fileURLToPath(import.meta.url)) await (args[0] === '--read' ? read(args.slice(1)) : main(args));
