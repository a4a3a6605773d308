import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.js';
import { lastLine, runCommand } from './process.js';
import { LIBRARIES } from './wheel.js';

const require = createRequire(import.meta.url);

/** Options of `compileBinding`. */
export interface CompileOptions {
  /** Folder with the two libraries and `include/`. */
  tensorflow: string;
  /** Run-time search path that goes into the binding: absolute, or relative to it by `$ORIGIN`. */
  rpath: string;
  /** File to write. */
  output: string;
  signal?: AbortSignal | undefined;
}

/**
 * Compiles tfjs-node's own C++ sources against a TensorFlow library: about 12 seconds of one core.
 * The compiler is `g++`, or what the environment variable `CXX` says. Node-API version 8 is what Node 20 to 26 all have.
 */
export async function compileBinding(options: CompileOptions): Promise<void> {
  const { tensorflow, rpath, output, signal } = options;
  const packageDir = dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
  const nodeHeaders = (require('node-api-headers') as { include_dir: string }).include_dir;
  const compiler = process.env.CXX || 'g++';
  const args = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-w', '-DNAPI_VERSION=8'],
    ...[`-I${nodeHeaders}`, `-I${join(tensorflow, 'include')}`, `-I${packageDir}`],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(packageDir, 'binding', file)),
    ...[`-L${tensorflow}`, ...LIBRARIES.map((lib) => `-l:${lib}`)],
    `-Wl,-rpath,${rpath}`,
    ...['-o', output],
  ];
  const result = await runCommand(compiler, args, { signal });
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
