import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../errors.js';
import { LIBRARIES } from './install.js';
import { lastLine } from './process.js';

const require = createRequire(import.meta.url);

/** The C++ sources, shipped with the package. */
const SOURCES = ['kernels.cc', 'tensorflow_c.h'].map((file) =>
  fileURLToPath(new URL(`../../../native/${file}`, import.meta.url)),
);

/** File name of the compiled kernels; another source has another name, so an old build is never taken for a new one. */
export function kernelsFile(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) hash.update(readFileSync(source));
  return `kernels-${hash.digest('hex').slice(0, 12)}.node`;
}

/**
 * Compiles the engine's own kernels into `folder` unless they are there, 3 seconds of one core. The file appears whole, so
 * several processes may do it at once. `rpath`: see `CompileOptions`.
 *
 * @throws UserError when the compiler is missing or refuses.
 */
export function compileKernels(folder: string, libraryDir: string, rpath: string): string {
  const file = join(folder, kernelsFile());
  if (existsSync(file)) return file;
  const compiler = process.env.CXX || 'g++';
  const nodeHeaders = (require('node-api-headers') as { include_dir: string }).include_dir;
  const temporary = `${file}.${process.pid}`;
  const { status, stderr, error } = spawnSync(
    compiler,
    [
      ...['-std=c++17', '-O2', '-fPIC', '-shared', '-w', '-DNAPI_VERSION=8', '-ffp-contract=off', '-fno-math-errno'],
      ...[`-I${nodeHeaders}`, SOURCES[0]!, `-L${libraryDir}`, ...LIBRARIES.map((lib) => `-l:${lib}`)],
      ...[`-Wl,-rpath,${rpath}`, '-o', temporary],
    ],
    { encoding: 'utf8' },
  );
  if (error || status !== 0) {
    rmSync(temporary, { force: true });
    const words = error?.message ?? stderr.split('\n').find((line) => /error/i.test(line)) ?? lastLine(stderr);
    throw new UserError(
      `${compiler} could not compile the native engine's kernels (${words.trim().slice(0, 200)}): run \`pnpm engine native --force\`, or choose the wasm engine.`,
    );
  }
  renameSync(temporary, file);
  return file;
}

/** Loads compiled kernels into the process; TensorFlow must be in it already. */
export function loadKernels(file: string): void {
  if (require(file) !== true) {
    throw new UserError(`TensorFlow did not take the kernels in ${file}: set the engine up anew with --force.`);
  }
}
