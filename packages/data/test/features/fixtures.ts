import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UserError } from '@asmil/core';
import { expect } from 'vitest';
import { type FilePlace, formatOf, openFile } from '../../src/features/open-file.js';
import type { SlideFiles } from '../../src/features/slide.js';

const folder = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** Files as CLAM, TRIDENT, ACMIL, torchmil, DSMIL and NumPy write them, of ten small slides. */
export const WSI = folder('wsi-features');
export const HDF5 = folder('hdf5');
export const PYTORCH = folder('pytorch');

interface Slide {
  readonly n: number;
  readonly label: number | null;
  readonly labelName: string | null;
  readonly sumFinite: number;
  readonly nonFinite: number;
  readonly firstRow: readonly number[] | null;
  readonly lastRow: readonly number[] | null;
  readonly instanceLabelSum: number;
}

export const manifest: { dim: number; slides: Record<string, Slide> } = JSON.parse(
  readFileSync(`${WSI}/manifest.json`, 'utf8'),
);
export const DIM = manifest.dim;

/** Feature j of tile i, by the manifest's formula; slide s007 has three others. */
export function feature(id: string, i: number, j: number): number {
  if (id === 's007' && i === 2 && j === 3) return Number.NaN;
  if (id === 's007' && i === 5 && j < 2) return j === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return (((Number(id.slice(1)) * 31 + i * 7 + j * 3) % 129) - 64) / 64;
}

/** All features of a slide, row-major. */
export const featuresOf = (id: string, n = manifest.slides[id]!.n): Float32Array =>
  Float32Array.from({ length: n * DIM }, (_, k) => feature(id, Math.floor(k / DIM), k % DIM));

/** By the manifest's formula. */
export const positionsOf = (n: number): Int32Array =>
  Int32Array.from({ length: 2 * n }, (_, k) =>
    k % 2 === 0 ? 1024 + 512 * ((k >> 1) % 4) : 2048 + 512 * Math.floor((k >> 1) / 4),
  );

export const place = (path: string, group?: string): FilePlace => ({
  path,
  name: path.split('/').slice(-2).join('/'),
  ...(group === undefined ? {} : { group }),
});

/** The layouts of the fixtures: where a slide's files are. */
export const LAYOUTS: Readonly<Record<string, (id: string) => SlideFiles>> = {
  'CLAM h5': (id) => ({
    id,
    features: place(`${WSI}/clam/h5_files/${id}.h5`),
    ...(id === 's006' ? {} : { coords: place(`${WSI}/clam/patches/${id}.h5`) }),
  }),
  'CLAM pt': (id) => ({ id, features: place(`${WSI}/clam/pt_files/${id}.pt`) }),
  TRIDENT: (id) => ({ id, features: place(`${WSI}/trident/20x_256px_0px_overlap/features_resnet18/${id}.h5`) }),
  ACMIL: (id) => ({ id, features: place(`${WSI}/acmil/patch_feats_pretrain_natural_supervised.h5`, id) }),
  torchmil: (id) => ({
    id,
    features: place(`${WSI}/torchmil/features/${id}.npy`),
    coords: place(`${WSI}/torchmil/coords/${id}.npy`),
    label: place(`${WSI}/torchmil/labels/${id}.npy`),
    instanceLabels: place(`${WSI}/torchmil/inst_labels/${id}.npy`),
  }),
  npz: (id) => ({ id, features: place(`${WSI}/npz/${id}.npz`) }),
};

/** What work is refused for: a UserError of one line. */
export async function refusal(work: () => unknown): Promise<string> {
  const error = await Promise.resolve()
    .then(work)
    .then(
      (value) => `no error but ${JSON.stringify(value)}`,
      (caught: unknown) => caught,
    );
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).not.toContain('\n');
  return message;
}

/** Opens a file by its path alone. */
export const openPath = (path: string) => openFile(place(path));

export { formatOf };
