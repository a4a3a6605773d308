import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.js';
import { LIBRARIES } from './install.js';
import { lastLine, runCommand } from './process.js';
import { QUIET, QUIET_SOURCE } from './quiet.js';

const require = createRequire(import.meta.url);

/** File name of the compiled binding. */
export const BINDING = 'tfjs_binding.node';

/** Options of `compileBinding`. */
export interface CompileOptions {
  /** Folder with the two libraries and `include/`. */
  tensorflow: string;
  /** Run-time search path that goes into the binding: absolute, or relative to it by `$ORIGIN`. */
  rpath: string;
  /** Folder to write the binding and its helper to. */
  output: string;
  signal?: AbortSignal | undefined;
}

/**
 * Compiles tfjs-node's own C++ sources against a TensorFlow library, and the helper that loads it: about 12 seconds of
 * one core. The compiler is `g++`, or what the environment variable `CXX` says. Node-API version 8 is what Node 20 to 26
 * all have.
 */
export async function compileBinding({ tensorflow, rpath, output, signal }: CompileOptions): Promise<void> {
  const packageDir = dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(packageDir, 'binding', file));
  await compile(
    [
      ...[`-I${join(tensorflow, 'include')}`, `-I${packageDir}`, ...sources],
      ...[`-L${tensorflow}`, ...LIBRARIES.map((lib) => `-l:${lib}`), `-Wl,-rpath,${rpath}`],
    ],
    join(output, BINDING),
    signal,
  );
  const helper = join(output, 'quiet.cc');
  writeFileSync(helper, QUIET_SOURCE);
  await compile([helper, '-ldl'], join(output, QUIET), signal);
}

async function compile(args: string[], output: string, signal: AbortSignal | undefined): Promise<void> {
  const compiler = process.env.CXX || 'g++';
  const nodeHeaders = (require('node-api-headers') as { include_dir: string }).include_dir;
  const flags = ['-std=c++17', '-O2', '-fPIC', '-shared', '-w', '-DNAPI_VERSION=8', `-I${nodeHeaders}`];
  const result = await runCommand(compiler, [...flags, ...args, '-o', output], { signal });
  if (result.missing) throw noCompiler(compiler);
  if (result.code !== 0) {
    const reason = result.stderr.split('\n').find((line) => /error/i.test(line)) ?? lastLine(result.stderr);
    throw new UserError(
      `${compiler} could not compile the binding (${reason.trim().slice(0, 200)}): a C++17 compiler is needed, GCC 9 or newer.`,
    );
  }
}

/** Throws when there is no C++ compiler, before anything is downloaded for it. */
export async function checkCompiler(): Promise<void> {
  const compiler = process.env.CXX || 'g++';
  if ((await runCommand(compiler, ['--version'])).code !== 0) throw noCompiler(compiler);
}

function noCompiler(compiler: string): UserError {
  return new UserError(
    `No C++ compiler found (\`${compiler}\`): install one (Debian, Ubuntu: \`apt install g++\`; Fedora: \`dnf install gcc-c++\`) or name yours in CXX; the wasm engine needs none.`,
  );
}
