import { extname } from 'node:path';
import { UserError } from '@asmil/core';
import { type ByteSource, fileSource } from '../files/byte-source.js';
import type { FileFormat, OpenFile } from './file.js';
import { openCsv } from './formats/csv.js';
import { openHdf5File } from './formats/hdf5.js';
import { openNpy } from './formats/npy.js';
import { openNpz } from './formats/npz.js';
import { openPt } from './formats/pt.js';
import { openSafetensors } from './formats/safetensors.js';

/** Where a slide's numbers are: a file, and for HDF5 files of many slides the group in it. */
export interface FilePlace {
  readonly path: string;
  /** Names the file in errors. */
  readonly name: string;
  readonly group?: string;
}

const FORMATS: Readonly<Record<string, FileFormat>> = {
  '.h5': 'hdf5',
  '.hdf5': 'hdf5',
  '.pt': 'pt',
  '.pth': 'pt',
  '.npy': 'npy',
  '.npz': 'npz',
  '.safetensors': 'safetensors',
  '.csv': 'csv',
};

/** Endings of feature files. */
export const FEATURE_ENDINGS: readonly string[] = Object.keys(FORMATS);

/** The format that a file's ending names. */
export const formatOf = (path: string): FileFormat | undefined => FORMATS[extname(path).toLowerCase()];

const READERS: Readonly<Record<Exclude<FileFormat, 'hdf5'>, (source: ByteSource) => Promise<OpenFile>>> = {
  pt: openPt,
  npy: openNpy,
  npz: openNpz,
  safetensors: openSafetensors,
  csv: openCsv,
};

/** Opens a file of arrays, in the format of its ending; the caller closes it. Throws a `UserError` that names the file. */
export async function openFile({ path, name, group }: FilePlace): Promise<OpenFile> {
  const format = formatOf(path);
  if (format === undefined)
    throw new UserError(`${name}: an unknown ending, expected one of ${FEATURE_ENDINGS.join(', ')}`);
  if (format === 'hdf5') return openHdf5File(path, name, group);
  return openSource(await fileSource(path, name), format);
}

/** The same for bytes, of any format but HDF5, which is read from files alone. Closes the source where it cannot be opened. */
export async function openSource(source: ByteSource, format: Exclude<FileFormat, 'hdf5'>): Promise<OpenFile> {
  try {
    return await READERS[format](source);
  } catch (error) {
    await source.close();
    throw error;
  }
}
