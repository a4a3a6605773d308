import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { cacheDir } from '../../cache.js';

const require = createRequire(import.meta.url);

/** What kind of machine a binding is compiled for and can be loaded on. */
export const PLATFORM = `${process.platform}-${process.arch}`;

/** Where the TensorFlow library came from: a Python environment, pip's download, or a wheel file given by the user. */
export type NativeSource = 'installed' | 'pip' | 'wheel';

/** A native engine that is set up: the compiled binding and the TensorFlow library that it is linked to. */
export interface NativeInstall {
  /** Its folder in the per-user cache. */
  dir: string;
  /** The compiled Node binding. */
  binding: string;
  /** Version of the TensorFlow library, e.g. `2.21.0`. */
  tensorflow: string;
  /** What the library was built for. A GPU build computes on the CPU where it sees no GPU (see `usesGpu`). */
  device: 'cpu' | 'gpu';
  source: NativeSource;
  /** Folder of `libtensorflow_cc.so.2`: inside `dir`, or a Python environment's when `source` is `installed`. */
  libraryDir: string;
  /** True when the check at set-up time found a GPU that TensorFlow uses. */
  usesGpu: boolean;
  /** File name of the wheel, where there was one. */
  wheel?: string;
  wheelSha256?: string;
  /** True when the wheel's SHA-256 is one that this version of the suite knows; false when there was none to compare with. */
  wheelPinned?: boolean;
  /** Version of the npm package whose C++ sources were compiled. */
  tfjsNode: string;
  /** Bytes on disk in `dir`. */
  size: number;
  /** ISO 8601 time of the set-up. */
  createdAt: string;
}

/** The manifest: an install with its paths relative to the folder, and the size of each file it needs. */
interface Manifest extends Omit<NativeInstall, 'dir'> {
  format: 1;
  platform: string;
  /** Path (relative to the folder, or absolute) and size in bytes. */
  files: { path: string; size: number }[];
}

/** The two libraries that the binding is linked to. */
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

const MANIFEST = 'manifest.json';

/** Version of the installed `@tensorflow/tfjs-node-gpu`, whose C++ sources the binding is compiled from. */
export function tfjsNodeVersion(): string {
  return (require('@tensorflow/tfjs-node-gpu/package.json') as { version: string }).version;
}

/** The folder that holds every native engine of this user. */
export function nativeRoot(): string {
  return cacheDir('native');
}

/**
 * The native engine that is set up and whole, or null; of several, the one that was set up last.
 * Reads small files only and touches no library: about a millisecond.
 */
export function findNative(): NativeInstall | null {
  const found = listNative().flatMap((folder) => folder.install ?? []);
  found.sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
  return found[0] ?? null;
}

/** One folder under the native root: its install, or in words why it cannot be used. */
export interface NativeFolder {
  dir: string;
  install: NativeInstall | null;
  problem?: string;
}

/** Every finished folder under the native root, whole or damaged. Work folders of a set-up under way are left out. */
export function listNative(): NativeFolder[] {
  let names: string[];
  try {
    names = readdirSync(nativeRoot());
  } catch {
    return [];
  }
  return names.filter((n) => !n.startsWith('.')).map((n) => readInstall(join(nativeRoot(), n)));
}

/** Reads one folder's manifest and compares the size of every file that it names. */
export function readInstall(dir: string): NativeFolder {
  const bad = (problem: string): NativeFolder => ({ dir, install: null, problem });
  let manifest: Manifest;
  try {
    manifest = JSON.parse(readFileSync(join(dir, MANIFEST), 'utf8')) as Manifest;
  } catch {
    return bad('its manifest is missing or not readable');
  }
  if (manifest?.format !== 1 || !Array.isArray(manifest.files)) return bad('its manifest is of another format');
  if (manifest.platform !== PLATFORM) return bad(`it is for ${manifest.platform}, this is ${PLATFORM}`);
  const now = tfjsNodeVersion();
  if (manifest.tfjsNode !== now) return bad(`it was compiled for tfjs-node-gpu ${manifest.tfjsNode}, this is ${now}`);
  for (const { path, size } of manifest.files) {
    const stat = statSync(inside(dir, path), { throwIfNoEntry: false });
    if (!stat) return bad(`${path} is missing`);
    if (stat.size !== size) return bad(`${path} has ${stat.size} bytes instead of ${size}`);
  }
  const { format, platform, files, ...install } = manifest;
  return {
    dir,
    install: {
      ...install,
      dir,
      binding: inside(dir, install.binding),
      libraryDir: inside(dir, install.libraryDir),
    },
  };
}

/**
 * Writes the manifest of a finished folder, atomically: until then nothing in it counts.
 * Paths in `install` and `files` are relative to `dir`, or absolute where they lie elsewhere.
 */
export function writeManifest(dir: string, install: Omit<NativeInstall, 'dir'>, files: string[]): void {
  const manifest: Manifest = {
    format: 1,
    platform: PLATFORM,
    ...install,
    files: files.map((path) => ({ path, size: statSync(inside(dir, path)).size })),
  };
  const half = join(dir, `${MANIFEST}.${process.pid}`);
  writeFileSync(half, `${JSON.stringify(manifest, null, 2)}\n`);
  renameSync(half, join(dir, MANIFEST));
}

function inside(dir: string, path: string): string {
  return isAbsolute(path) ? path : join(dir, path);
}

/** Numeric order of dotted versions; a pre-release tail is ignored. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((v) => v.split('.').map((n) => Number.parseInt(n, 10) || 0)) as [number[], number[]];
  for (let i = 0; i < 3; i++) if ((x[i] ?? 0) !== (y[i] ?? 0)) return (x[i] ?? 0) - (y[i] ?? 0);
  return 0;
}
