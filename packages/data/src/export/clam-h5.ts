import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '@asmil/core';
import type { File as H5File } from 'h5wasm/node';
import { hdf5Instance } from '../features/formats/hdf5-library.js';

/** A slide as CLAM's two files hold it. */
export interface ClamSlide {
  readonly id: string;
  readonly n: number;
  readonly dim: number;
  /** Row-major [N, D]. */
  readonly features: Float32Array;
  /** Row-major [N, 2], pixels at level 0. */
  readonly positions?: Int32Array;
  /** [N]. */
  readonly tileLabels?: Uint8Array;
  /** Side of a tile, pixels at level 0. */
  readonly side: number;
  /** Size of level 0 in pixels; default: where the last tiles end. */
  readonly extent?: readonly [number, number];
  /** How the features were made, for the file's attribute `provenance`. */
  readonly provenance?: string;
}

/** Rows of a chunk, as CLAM writes them. */
const ROWS = 32;

/**
 * Writes `patches/ID.h5` where there are coordinates (int64 with the attributes of CLAM's patching, and `labels` as ACMIL adds
 * them), then `h5_files/ID.h5` (features float32 [N, D], coords int32 [N, 2]). Each file is there whole or not at all.
 * Source: mahmoodlab/CLAM@53e2409 (`utils/file_utils.py`, `wsi_core/wsi_utils.py`).
 */
export async function writeClamH5(dir: string, slide: ClamSlide): Promise<void> {
  const { id, n, dim, features, positions, tileLabels, provenance } = slide;
  if (positions) {
    await writeHdf5(join(dir, 'patches', `${id}.h5`), (file) => {
      dataset(file, 'coords', BigInt64Array.from(positions, BigInt), [n, 2], '<q');
      describeTiles(file, slide, positions);
      if (tileLabels)
        file.create_dataset({ name: 'labels', data: Int32Array.from(tileLabels), shape: [n], dtype: '<i' });
    });
  }
  await writeHdf5(join(dir, 'h5_files', `${id}.h5`), (file) => {
    // Of fixed length: what is stored in the heap of a damaged file cannot be read safely.
    if (provenance !== undefined)
      file.create_attribute('provenance', provenance, [], `S${Buffer.byteLength(provenance)}`);
    dataset(file, 'features', features, [n, dim], '<f');
    if (!positions) return;
    dataset(file, 'coords', positions, [n, 2], '<i');
    if (!tileLabels) describeTiles(file, slide, positions); // else readers look into `patches/`, and find the labels too
  });
}

/** CLAM's attributes of coordinates. */
function describeTiles(file: H5File, { id, side, ...slide }: ClamSlide, positions: Int32Array): void {
  const coords = file.get('coords') as unknown as H5File; // what has attributes
  const whole = (name: string, ...values: number[]): void => {
    const data = BigInt64Array.from(values, BigInt);
    coords.create_attribute(name, data, values.length === 1 ? [] : [values.length], '<q');
  };
  const end = (axis: number) => positions.reduce((top, x, i) => (i % 2 === axis ? Math.max(top, x + side) : top), 0);
  const extent = slide.extent ?? [end(0), end(1)];
  whole('patch_size', side);
  whole('patch_level', 0);
  coords.create_attribute('downsample', Float64Array.of(1, 1), [2], '<d');
  whole('downsampled_level_dim', ...extent);
  whole('level_dim', ...extent);
  coords.create_attribute('name', id);
  coords.create_attribute('save_path', 'patches');
}

function dataset(
  file: H5File,
  name: string,
  data: Float32Array | Int32Array | BigInt64Array,
  shape: [number, number],
  dtype: string,
): void {
  file.create_dataset({ name, data, shape, dtype, maxshape: [null, shape[1]], chunks: [ROWS, shape[1]] });
}

/** Writes an HDF5 file under a temporary name and renames it. Throws a `UserError` that names it if the machine refuses. */
async function writeHdf5(path: string, fill: (file: H5File) => void): Promise<void> {
  const temporary = join(dirname(path), `.tmp-${process.pid}-${randomBytes(4).toString('hex')}.h5`);
  try {
    await mkdir(dirname(path), { recursive: true });
    const { library } = await hdf5Instance();
    const file = new library.File(temporary, 'w');
    try {
      fill(file);
    } finally {
      file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError(
      `${path}: cannot be written (${code ?? message.split('\n')[0]}); check that the folder can be written and has room`,
    );
  }
}
