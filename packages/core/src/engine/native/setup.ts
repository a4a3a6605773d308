import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../../errors.js';
import { BINDING, checkCompiler, compileBinding } from './compile.js';
import {
  findNative,
  LIBRARIES,
  type NativeInstall,
  type NativeSource,
  nativeRoot,
  PLATFORM,
  readInstall,
  tfjsNodeVersion,
  writeManifest,
} from './install.js';
import { compileKernels } from './kernels.js';
import { withLock } from './lock.js';
import { checkStopped, runCommand } from './process.js';
import { BrokenDownload, downloadWheel, findInstalledTensorflow, type InstalledTensorflow } from './python.js';
import { QUIET } from './quiet.js';
import { verifyBinding } from './verify.js';
import { openWheel, unzipWheel, type Wheel } from './wheel.js';

const WORK = '.work-';

/** Options of `setUpNative`. */
export interface SetUpOptions {
  /** A TensorFlow wheel on disk; without it an installed TensorFlow is looked for, then pip downloads one. */
  wheel?: string | undefined;
  /** Only this source: no second try with the other. */
  from?: 'installed' | 'pip' | undefined;
  /** Set up anew although there is one. */
  force?: boolean | undefined;
  /** The build for NVIDIA GPUs (true) or for the CPU (false); without it a driver on this machine decides. */
  gpu?: boolean | undefined;
  /** Called with one line for each step and for the share of it that is done. */
  progress: (line: string) => void;
  /** Ends the set-up; what it had begun is removed. */
  signal?: AbortSignal | undefined;
}

/**
 * Sets up the native engine in the per-user cache folder and returns it; returns at once when it is there already.
 * Everything happens in a work folder beside the final one, which appears whole by one rename after the new binding has
 * computed a product and a gradient. Two set-ups at once wait for each other.
 *
 * @throws UserError for whatever the machine lacks: platform, compiler, pip, space, an undamaged wheel.
 */
export async function setUpNative(options: SetUpOptions): Promise<NativeInstall> {
  if (PLATFORM !== 'linux-x64') {
    throw new UserError(
      `The native engine is for Linux x64 and this is ${PLATFORM}: the wasm engine runs here without any set-up, about a quarter as fast.`,
    );
  }
  const root = nativeRoot();
  try {
    return await withLock(root, options.progress, options.signal, async () => {
      for (const name of readdirSync(root)) {
        // The lock is ours, so whoever began these has died.
        if (name.startsWith(WORK)) rmSync(join(root, name), { recursive: true, force: true });
      }
      const there = options.force ? null : thatFits(options);
      if (there) {
        options.progress(`The native engine is set up already: TensorFlow ${there.tensorflow} in ${there.dir}`);
        return there;
      }
      await checkCompiler();
      return await fromSources(root, options);
    });
  } catch (error) {
    checkStopped(options.signal);
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw noSpace(root);
    if (code === 'EACCES' || code === 'EROFS') {
      throw new UserError(
        `${root} cannot be written: mend its permissions, or name another cache folder in ASMIL_CACHE.`,
      );
    }
    throw error;
  }
}

/** Removes every native engine of this user and returns the folders that were there. Waits for a running set-up. */
export async function removeNative(progress: (line: string) => void, signal?: AbortSignal): Promise<string[]> {
  const root = nativeRoot();
  if (!existsSync(root)) return [];
  return withLock(root, progress, signal, async () => {
    const names = readdirSync(root).filter((name) => !name.startsWith('.lock'));
    for (const name of names) rmSync(join(root, name), { recursive: true, force: true });
    return names.filter((name) => !name.startsWith('.')).map((name) => join(root, name));
  });
}

/** The install that is there, unless the options ask for something else than it is. */
function thatFits({ gpu, from, wheel }: SetUpOptions): NativeInstall | null {
  const there = findNative();
  if (!there) return null;
  if (gpu !== undefined && there.device !== (gpu ? 'gpu' : 'cpu')) return null;
  if (from !== undefined && there.source !== from) return null;
  if (wheel !== undefined && there.wheel !== basename(wheel)) return null;
  return there;
}

async function fromSources(root: string, options: SetUpOptions): Promise<NativeInstall> {
  const { from, progress, signal } = options;
  const gpu = options.gpu ?? (await hasNvidiaDriver());
  if (options.wheel)
    return inWorkFolder(root, (work) => fromWheel(root, work, resolve(options.wheel!), 'wheel', options));
  if (from !== 'pip') {
    const installed = await findInstalledTensorflow(signal);
    // A CPU build is no answer for a machine with a GPU; the other way round it is.
    const fits = installed && (from === 'installed' || !gpu || installed.device === 'gpu');
    if (installed && fits) {
      try {
        return await inWorkFolder(root, (work) => fromInstalled(root, work, installed, options));
      } catch (error) {
        if (from === 'installed' || !(error instanceof UserError)) throw error;
        checkStopped(signal);
        progress(`TensorFlow ${installed.version} in ${installed.dir} does not serve: ${error.message}`);
      }
    }
    if (from === 'installed') {
      throw new UserError(
        'No TensorFlow 2.16 or newer with its libraries found in python3: activate its environment, or leave out `--from installed` to download one.',
      );
    }
  }
  return inWorkFolder(root, (work) => fromPip(root, work, gpu, options));
}

async function fromPip(root: string, work: string, gpu: boolean, options: SetUpOptions): Promise<NativeInstall> {
  const { progress, signal } = options;
  const device = gpu ? 'gpu' : 'cpu';
  checkSpace(root, gpu ? 3.5e9 : 1.5e9);
  progress(`Asking pip for TensorFlow (${device === 'cpu' ? 'CPU build, 270 MB' : 'GPU build, about 600 MB'})`);
  const target = join(work, 'download');
  mkdirSync(target);
  let wheel: string;
  try {
    wheel = await downloadWheel({ device, target, progress, signal });
  } catch (error) {
    // A connection that broke is no reason to settle for less: the next set-up would find the CPU build and stop there.
    if (!gpu || options.gpu || !(error instanceof UserError) || error instanceof BrokenDownload) throw error;
    checkStopped(signal);
    progress(`The GPU build could not be had, the CPU build is taken instead: ${error.message}`);
    wheel = await downloadWheel({ device: 'cpu', target, progress, signal });
  }
  return fromWheel(root, work, wheel, 'pip', options);
}

async function fromWheel(
  root: string,
  work: string,
  file: string,
  source: NativeSource,
  { progress, signal }: SetUpOptions,
): Promise<NativeInstall> {
  progress(`Checking ${basename(file)}`);
  const wheel: Wheel = await openWheel(file);
  checkSpace(root, wheel.bytes * 1.02);
  let shown = -1;
  await unzipWheel(
    wheel,
    work,
    (done) => {
      const step = Math.floor(done * 4) * 25;
      if (step > shown)
        progress(`Unzipping TensorFlow ${wheel.version}: ${step} % of ${Math.round(wheel.bytes / 1e6)} MB`);
      shown = Math.max(shown, step);
    },
    signal,
  );
  rmSync(join(work, 'download'), { recursive: true, force: true });
  const tensorflow = { dir: join(work, 'tensorflow'), version: wheel.version, device: wheel.device };
  return finish(root, work, tensorflow, { progress, signal }, '$ORIGIN/tensorflow', {
    source,
    wheel: basename(file),
    wheelSha256: wheel.sha256,
    wheelPinned: wheel.pinned,
  });
}

async function fromInstalled(
  root: string,
  work: string,
  installed: InstalledTensorflow,
  options: SetUpOptions,
): Promise<NativeInstall> {
  options.progress(`Found TensorFlow ${installed.version} in ${installed.dir}; it is used where it is`);
  return finish(root, work, installed, options, installed.dir, { source: 'installed' });
}

/** Compiles, checks, writes the manifest and moves the work folder to its place. */
async function finish(
  root: string,
  work: string,
  tensorflow: InstalledTensorflow,
  { progress, signal }: Pick<SetUpOptions, 'progress' | 'signal'>,
  rpath: string,
  facts: Pick<NativeInstall, 'source' | 'wheel' | 'wheelSha256' | 'wheelPinned'>,
): Promise<NativeInstall> {
  const { version, device } = tensorflow;
  progress('Compiling the binding and the kernels (about 20 seconds)');
  await compileBinding({ tensorflow: tensorflow.dir, rpath, output: work, signal });
  compileKernels(work, tensorflow.dir, rpath);
  progress('Checking it: a matrix product and a gradient');
  const { usesGpu } = await verifyBinding(join(work, BINDING), tensorflow.dir, signal);
  if (device === 'gpu' && !usesGpu) {
    progress(
      'This GPU build sees no GPU it can use and computes on the CPU: install NVIDIA’s libraries with `pip install "tensorflow[and-cuda]"` and set up with `--from installed`.',
    );
  }
  // Relative to the folder where the library is our own copy, so that the folder can be renamed.
  const libraryDir = facts.source === 'installed' ? tensorflow.dir : 'tensorflow';
  const files = [BINDING, QUIET, ...LIBRARIES.map((lib) => join(libraryDir, lib))];
  checkStopped(signal);
  writeManifest(
    work,
    {
      binding: BINDING,
      tensorflow: version,
      device,
      libraryDir,
      usesGpu,
      ...facts,
      tfjsNode: tfjsNodeVersion(),
      size: folderSize(work),
      createdAt: new Date().toISOString(),
    },
    files,
  );
  const final = join(root, `${version}-${device}`);
  if (existsSync(final)) renameSync(final, join(work, '..', `${WORK}old-${process.pid}`));
  renameSync(work, final);
  rmSync(join(root, `${WORK}old-${process.pid}`), { recursive: true, force: true });
  const { install, problem } = readInstall(final);
  if (!install) throw new UserError(`${final} was set up but ${problem}: run the set-up again.`);
  progress(`The native engine is ready: TensorFlow ${version} (${device}) in ${final}`);
  return install;
}

/** Gives `work` a fresh folder beside the final one and removes it when the work fails. */
async function inWorkFolder(root: string, work: (dir: string) => Promise<NativeInstall>): Promise<NativeInstall> {
  const dir = mkdtempSync(join(root, WORK));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** True when the driver of an NVIDIA GPU answers on this machine. */
async function hasNvidiaDriver(): Promise<boolean> {
  return existsSync('/proc/driver/nvidia/version') || (await runCommand('nvidia-smi', ['-L'])).code === 0;
}

function checkSpace(dir: string, needed: number): void {
  const { bavail, bsize } = statfsSync(dir);
  if (bavail * bsize < needed) throw noSpace(dir, bavail * bsize, needed);
}

function noSpace(dir: string, free?: number, needed?: number): UserError {
  const gb = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const numbers = free !== undefined && needed !== undefined ? ` (${gb(free)} free, ${gb(needed)} needed)` : '';
  return new UserError(
    `Not enough space in ${dir}${numbers}: free some, or name a folder on another disk in ASMIL_CACHE.`,
  );
}

/** Bytes of all files under a folder. */
function folderSize(dir: string): number {
  const names = readdirSync(dir, { recursive: true }) as string[];
  return names.reduce((sum, name) => {
    const stat = statSync(join(dir, name));
    return sum + (stat.isFile() ? stat.size : 0);
  }, 0);
}
