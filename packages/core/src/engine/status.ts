import { readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { findNative, listNative, type NativeFolder, type NativeInstall, PLATFORM } from './native/install.js';

const require = createRequire(import.meta.url);

/** What `engine` reports, and prints with `--json`. */
export interface EngineStatus {
  node: string;
  platform: string;
  cores: number;
  /** The engine that `auto` takes now. */
  auto: 'native' | 'wasm';
  native: { ready: boolean; supported: boolean; used: NativeInstall | null; folders: NativeFolder[] };
  /** WebAssembly needs no set-up; `size` is its package's `.wasm` files in bytes. */
  wasm: { ready: boolean; version: string; dir: string; size: number };
}

/** Looks at every engine without loading one. */
export function engineStatus(): EngineStatus {
  const used = findNative();
  const wasmPackage = require.resolve('@tensorflow/tfjs-backend-wasm/package.json');
  const dir = join(dirname(wasmPackage), 'dist');
  const files = readdirSync(dir).filter((name) => name.endsWith('.wasm'));
  return {
    node: process.version,
    platform: PLATFORM,
    cores: availableParallelism(),
    auto: used ? 'native' : 'wasm',
    native: { ready: used !== null, supported: PLATFORM === 'linux-x64', used, folders: listNative() },
    wasm: {
      ready: files.length > 0,
      version: (require(wasmPackage) as { version: string }).version,
      dir,
      size: files.reduce((sum, name) => sum + statSync(join(dir, name)).size, 0),
    },
  };
}

/** The status as lines for a terminal. */
export function describeStatus(status: EngineStatus): string[] {
  const { native, wasm } = status;
  const lines = [`Node ${status.node} on ${status.platform}, ${status.cores} cores`];
  for (const { dir, install, problem } of native.folders) {
    if (install) lines.push(...describeInstall(install));
    else lines.push(`native  damaged  ${dir}: ${problem}; mend it with \`pnpm engine native\``);
  }
  if (!native.supported) lines.push(`native  not for ${status.platform}: it needs Linux x64`);
  else if (native.folders.length === 0) {
    lines.push(
      'native  not set up: `pnpm engine native` does it (270 MB, a minute or two); about four times as fast as wasm',
    );
  }
  lines.push(
    `wasm    ready    tfjs-backend-wasm ${wasm.version}, ${megabytes(wasm.size)}, needs no set-up`,
    `                 ${wasm.dir}`,
    `auto takes ${status.auto}`,
  );
  return lines;
}

function describeInstall(install: NativeInstall): string[] {
  const device =
    install.device === 'cpu' ? 'for the CPU' : `for NVIDIA GPUs${install.usesGpu ? '' : ', which it did not find'}`;
  const from = {
    installed: `linked to ${install.libraryDir}`,
    pip: `from ${install.wheel} by pip`,
    wheel: `from ${install.wheel}`,
  }[install.source];
  const checked =
    install.wheelPinned === undefined
      ? ''
      : install.wheelPinned
        ? ', SHA-256 as expected'
        : ', SHA-256 not known beforehand';
  return [
    `native  ready    TensorFlow ${install.tensorflow} ${device}, binding of tfjs-node-gpu ${install.tfjsNode}, ${megabytes(install.size)}`,
    `                 ${install.dir}`,
    `                 ${from}${checked}, set up ${install.createdAt.slice(0, 10)}`,
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
