import { UserError } from '@asmil/core';
import type { File as H5File } from 'h5wasm/node';
import { plainFile } from '../../files/byte-source.js';
import { shown } from '../../files/shown.js';

export type Hdf5Library = typeof import('h5wasm/node');

/** An open HDF5 file; the caller closes it. */
export interface OpenHdf5 {
  readonly file: H5File;
  readonly module: Hdf5Library['Module'];
  readonly library: Hdf5Library;
  /** Names the file in errors. */
  readonly name: string;
  /** Bytes of the file. */
  readonly size: number;
}

let loading: Promise<Hdf5Library> | undefined;
/** Set when the library has stopped for good: what it was reading. */
let dead: string | undefined;

/** The HDF5 library (WebAssembly), loaded when first needed. Its errors are thrown and not printed. */
export function hdf5Library(): Promise<Hdf5Library> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Hdf5Library> {
  // It keeps the function that prints errors when it is loaded: one that says nothing once that is over, for what it would
  // print of a damaged file comes as an error too.
  const { console } = globalThis;
  const { error: print } = console;
  let loaded = false;
  console.error = (...words: unknown[]) => {
    if (!loaded) print.apply(console, words);
  };
  try {
    const library = await import('h5wasm/node');
    const module = await library.ready;
    module.activate_throwing_error_handler();
    return library;
  } finally {
    loaded = true;
    console.error = print;
  }
}

/**
 * Opens an HDF5 file for reading; parts are read from the disk when asked for. Throws a `UserError` that begins with `name`
 * for a file that is missing, cut short or no HDF5 file.
 */
export async function openHdf5(path: string, name: string): Promise<OpenHdf5> {
  const size = await plainFile(path, name);
  const library = await hdf5Library();
  const module = await library.ready;
  const file = guarded(name, () => new library.File(path, 'r'));
  return { file, module, library, name, size };
}

export function closeHdf5({ file, name }: OpenHdf5): void {
  if (dead === undefined) guarded(name, () => file.close());
}

/** Runs a call of the library. What it throws becomes a `UserError` that begins with `name`. */
export function guarded<T>(name: string, call: () => T): T {
  if (dead !== undefined)
    throw new UserError(`${name}: not read, since the HDF5 library stopped at ${dead}; leave that file out`);
  try {
    return call();
  } catch (error) {
    if (error instanceof UserError) throw error;
    // A trap leaves the WebAssembly module in a state in which no later call can be trusted.
    if (isTrap(error)) dead = name;
    throw new UserError(`${name}: ${plainReason(error)}`);
  }
}

/** WebAssembly's own error. */
export const isTrap = (error: unknown): boolean => error instanceof Error && error.name === 'RuntimeError';

/** The library's stack of messages as one sentence. */
function plainReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const cut = /truncated file: eof = (\d+), sblock->base_addr = \d+, stored_eof = (\d+)/.exec(text);
  if (cut) return `truncated: ${cut[1]} of ${cut[2]} bytes; copy the file again`;
  if (text.includes('file signature not found')) return 'no HDF5 file; copy or save it again';
  const filter = /required filter '([^']*)' is not registered/.exec(text);
  if (filter) return unknownFilter(filter[1]!);
  const [deepest] = [...text.matchAll(/^\s*#\d+: .* in \w+\(\): (.*)$/gm)].slice(-1);
  return `damaged (${shown(deepest?.[1] ?? text.split('\n')[0]!)}); copy or save it again`;
}

/** The compression of a dataset is not among those that the library reads. */
export const unknownFilter = (filter: string): string =>
  `compressed with ${shown(filter)}, expected gzip or none: convert it with h5repack -f GZIP=4`;
