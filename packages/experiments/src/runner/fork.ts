import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * One thread a process: a bag a step leaves little for more, and a worker on every core uses the machine better. Threads
 * change the last bits of large products, and so do steps that are not compiled; neither is part of a run's identity, so
 * what a shell says of them does not reach a worker.
 */
const FIXED = {
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
  OMP_NUM_THREADS: '1',
  ASMIL_COMPILE: '',
};

/** Must be set before TensorFlow loads, or it fills the terminal. */
const QUIET = { TF_CPP_MIN_LOG_LEVEL: '3' };

/** Starts a worker process, from TypeScript sources or from the built package, whichever this file belongs to. */
export function forkWorker(): ChildProcess {
  const { path, execArgv } = execArgs(import.meta.url, './worker');
  return fork(path, [], {
    execArgv,
    env: { ...QUIET, ...process.env, ...FIXED },
    serialization: 'advanced', // keeps NaN and infinities
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

/** How Node runs a module beside another one: from TypeScript sources or from the built package, as that one is run. */
export function execArgs(here: string, module: string): { path: string; execArgv: string[] } {
  const fromSource = here.endsWith('.ts');
  const path = fileURLToPath(new URL(`${module}.${fromSource ? 'ts' : 'js'}`, here));
  return { path, execArgv: fromSource ? ['--import', tsxUrl()] : [] };
}

/** The loader that lets a child process run TypeScript sources. */
export function tsxUrl(): string {
  try {
    return import.meta.resolve('tsx');
  } catch {
    return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  }
}
