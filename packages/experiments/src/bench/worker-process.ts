import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EngineName } from '@asmil/core';
import { tsxUrl } from '../runner/fork.js';
import type { BenchCase, SlideSeries, Timed } from './types.js';

export type Request =
  | { readonly kind: 'open'; readonly engine: EngineName; readonly case: BenchCase }
  | { readonly kind: 'times'; readonly what: Timed; readonly reps: number }
  | { readonly kind: 'finish'; readonly rates: boolean }
  | { readonly kind: 'slides'; readonly engine: EngineName; readonly series: SlideSeries }
  | { readonly kind: 'epoch'; readonly slides: number };
export type Reply = { readonly value: unknown } | { readonly error: string };

/** Starts a process of `worker.ts` with an engine that is to use so many threads inside one operation. */
export function startProcess(threads: number): ChildProcess {
  const fromSource = import.meta.url.endsWith('.ts');
  const path = fileURLToPath(new URL(fromSource ? './worker.ts' : './worker.js', import.meta.url));
  const own = String(threads);
  return fork(path, [], {
    execArgv: fromSource ? ['--import', tsxUrl()] : [],
    // TensorFlow reads these when it loads.
    env: {
      ...process.env,
      TF_NUM_INTRAOP_THREADS: own,
      TF_NUM_INTEROP_THREADS: '1',
      OMP_NUM_THREADS: own,
      TF_CPP_MIN_LOG_LEVEL: '3',
    },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

/** One request, one reply. Rejects with an Error of one line if the work fails or the process ends. */
export function ask<T>(child: ChildProcess, request: Request): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      child.off('message', onReply).off('exit', onExit).off('error', onError);
    };
    const onReply = (reply: Reply): void => {
      settle();
      if ('error' in reply) reject(new Error(reply.error));
      else resolve(reply.value as T);
    };
    const onExit = (code: number | null, signal: string | null): void => {
      settle();
      const memory = signal === 'SIGKILL' ? ', perhaps for lack of memory' : '';
      reject(new Error(`its process ended (${signal ?? `exit code ${code}`}${memory})`));
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    child.on('message', onReply).on('exit', onExit).on('error', onError);
    child.send(request, (error) => {
      if (error) onError(error);
    });
  });
}
