import type { StoredArray } from '../files/stored-array.js';

export type FileFormat = 'hdf5' | 'pt' | 'npy' | 'npz' | 'safetensors' | 'csv';

/** What is written beside the numbers: patch size, level, encoder … */
export type Attributes = Readonly<Record<string, string | number | readonly number[] | readonly string[]>>;

/** A file of arrays, opened: their names are known, their numbers are read when asked for. */
export interface OpenFile {
  readonly format: FileFormat;
  /** Empty text for the array of a file that holds one without a name. */
  readonly names: readonly string[];
  /** Undefined for a name that is not there. Throws a `UserError` that names the file. */
  array(name: string): Promise<StoredArray | undefined>;
  readonly attributes: Attributes;
  close(): Promise<void>;
}
