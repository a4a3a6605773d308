import { join } from 'node:path';
import { createRng } from '@asmil/core';
import { type FileContent, writeFiles } from '../write-files.js';
import { here, dir as top } from './harness.js';

/** Features a tile, tiles a slide (4 × 3), and their side at level 0. */
export const D = 8;
const N = 12;
export const SIDE = 256;

/** Damaged files of PyTorch, and sound ones, that the readers' own tests have. */
export const PYTORCH = here('../../../data/test/fixtures/pytorch');
export const WSI = here('../../../data/test/fixtures/wsi-features');

/** A `.npy` file of a matrix. */
export function npy(descr: '<f4' | '<i4' | '|u1', n: number, d: number, values: Uint8Array): Uint8Array {
  const head = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${n}, ${d}), }`.padEnd(117).concat('\n');
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00v\x00', 'latin1'), Buffer.from(head), values]);
}

/** Noise; in tumour slides (odd) the tiles 5 and 6 stand apart. */
function features(s: number, d = D): Uint8Array {
  const rng = createRng(3, 'toy', s);
  const lesion = (i: number) => s % 2 === 1 && (i === 5 || i === 6);
  const values = Float32Array.from({ length: N * d }, (_, k) => rng.normal() + (lesion(Math.floor(k / d)) ? 3 : 0));
  return npy('<f4', N, d, new Uint8Array(values.buffer));
}

const coords = (): Uint8Array => {
  const places = Int32Array.from({ length: 2 * N }, (_, k) => SIDE * (k % 2 === 0 ? (k >> 1) % 4 : Math.floor(k / 8)));
  return npy('<i4', N, 2, new Uint8Array(places.buffer));
};

/** The outline of the tiles 5 and 6 as ASAP writes it. */
export const LESION = `<?xml version="1.0"?><ASAP_Annotations><Annotations>
<Annotation Name="a" Type="Polygon" PartOfGroup="Tumor" Color="#F4FA58"><Coordinates>
<Coordinate Order="0" X="256" Y="256" /><Coordinate Order="1" X="768" Y="256" />
<Coordinate Order="2" X="768" Y="512" /><Coordinate Order="3" X="256" Y="512" />
</Coordinates></Annotation></Annotations><AnnotationGroups /></ASAP_Annotations>`;

/** Slides s0, s1, … of 12 tiles, normal and tumour in turn; s0 to s5 train, s6 and s7 validate, the others test. */
export function toyFolder(name: string, changes: Readonly<Record<string, FileContent>> = {}): string {
  const dir = join(top, name);
  const ids = Array.from({ length: 12 }, (_, s) => `s${s}`);
  const bad = Object.keys(changes).flatMap((path) => /^features\/([a-z]+)\./.exec(path)?.[1] ?? []);
  const test = [...ids.slice(8), ...bad];
  const files: Record<string, FileContent> = {
    'labels.csv': `slide_id,label\n${[...ids, ...bad].map((id, s) => `${id},${s % 2 === 0 ? 'normal' : 'tumour'}`).join('\n')}\n`,
    'split.csv': `train,val,test\n${test.map((id, i) => [ids[i < 6 ? i : -1] ?? '', i < 2 ? ids[6 + i] : '', id].join(',')).join('\n')}\n`,
    'cohort.json': JSON.stringify({ format: 1, classes: ['normal', 'tumour'] }),
    ...Object.fromEntries(
      ids.flatMap((id, s) => [
        [`features/${id}.npy`, features(s)],
        [`coords/${id}.npy`, coords()],
      ]),
    ),
    ...Object.fromEntries(ids.filter((_, s) => s % 2 === 1).map((id) => [`annotations/${id}.xml`, LESION])),
    ...changes,
  };
  writeFiles(dir, files);
  return dir;
}

interface Damage {
  readonly change: Record<string, FileContent>;
  /** What the line that tells of it begins with. */
  readonly line: RegExp;
}

/** Every kind of damage, as test slides among sound ones. */
export const DAMAGE: Readonly<Record<string, Damage>> = {
  truncated: {
    change: { 'features/cut.npy': features(1).subarray(0, 300) },
    line: /^slide cut: features\/cut\.npy: truncated/,
  },
  'an empty bag': {
    change: { 'features/empty.npy': npy('<f4', 0, D, new Uint8Array(0)) },
    line: /^slide empty: features\/empty\.npy: it has no tiles$/,
  },
  NaN: {
    change: { 'features/nan.npy': npy('<f4', 1, D, new Uint8Array(new Float32Array(D).fill(Number.NaN).buffer)) },
    line: /^slide nan: features\/nan\.npy: NaN in row 0, column 0/,
  },
  'another width': {
    change: { 'features/wide.npy': features(1, 5) },
    line: /^slide wide: features\/wide\.npy: 5 features a tile, expected 8/,
  },
  'a pickle with code in it': {
    change: { 'features/code.pt': { from: join(PYTORCH, 'call-zip.pth') } },
    line: /^slide code: features\/code\.pt: refused: the file names /,
  },
  'a zip bomb': {
    change: { 'features/bomb.pt': { from: join(PYTORCH, 'bomb.pth') } },
    line: /^slide bomb: features\/bomb\.pt: /,
  },
  'a path out of the folder': {
    change: { 'features/path.pt': { from: join(PYTORCH, 'traversal.pth') } },
    line: /^slide path: features\/path\.pt: /,
  },
};
