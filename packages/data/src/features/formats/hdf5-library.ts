import { UserError } from '@asmil/core';
import type { File as H5File } from 'h5wasm/node';
import { plainFile } from '../../files/byte-source.js';
import { shown } from '../../files/shown.js';

export type Hdf5Library = typeof import('h5wasm/node');

/** The library, with memory of its own. */
interface Instance {
  readonly library: Hdf5Library;
  readonly module: Hdf5Library['Module'];
  /** Set when a damaged file has brought it to a stop, after which no call of it can be trusted. */
  dead: boolean;
}

/** An open HDF5 file; the caller closes it. */
export interface OpenHdf5 {
  readonly file: H5File;
  readonly instance: Instance;
  /** Names the file in errors. */
  readonly name: string;
  /** Bytes of the file. */
  readonly size: number;
}

let loading: Promise<Instance> | undefined;
let started = 0;

/** The HDF5 library (WebAssembly), loaded when first needed, and anew after a stop. Its errors are thrown and not printed. */
export async function hdf5Instance(): Promise<Instance> {
  if (loading && (await loading).dead) loading = undefined;
  loading ??= load();
  return loading;
}

async function load(): Promise<Instance> {
  // It keeps the function that prints errors when it is loaded: one that says nothing once that is over, for what it would
  // print of a damaged file comes as an error too.
  const { console } = globalThis;
  const { error: print } = console;
  let loaded = false;
  console.error = (...words: unknown[]) => {
    if (!loaded) print.apply(console, words);
  };
  try {
    // Another address gives another instance.
    const again = started++ === 0 ? undefined : `${import.meta.resolve('h5wasm/node')}?instance=${started}`;
    const library: Hdf5Library = again ? await import(/* @vite-ignore */ again) : await import('h5wasm/node');
    const module = await library.ready;
    module.activate_throwing_error_handler();
    return { library, module, dead: false };
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
  const instance = await hdf5Instance();
  const file = guarded({ instance, name }, () => new instance.library.File(path, 'r'));
  return { file, instance, name, size };
}

export function closeHdf5(open: OpenHdf5): void {
  if (open.instance.dead) return;
  try {
    guarded(open, () => open.file.close());
  } catch {
    // A damaged file, told when it was read.
  }
}

/** Runs a call of the library. What it throws becomes a `UserError` that begins with the file's name. */
export function guarded<T>({ instance, name }: Pick<OpenHdf5, 'instance' | 'name'>, call: () => T): T {
  try {
    if (instance.dead) throw new UserError(`${name}: not read to its end, since another file stopped the HDF5 library`);
    return call();
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (isTrap(error)) instance.dead = true;
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
