import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EngineName } from '@asmil/core';
import { tsxUrl } from '../runner/fork.js';
import type { Participant } from './participant.js';
import type { BenchCase, CaseFacts, Timed } from './types.js';

export type Request =
  | { readonly kind: 'open'; readonly engine: EngineName; readonly case: BenchCase }
  | { readonly kind: 'times'; readonly what: Timed; readonly reps: number }
  | { readonly kind: 'finish' };
export type Reply = { readonly value: unknown } | { readonly error: string };

/** Starts a process for one case on one of the suite's own engines and loads the engine and the model there. */
export async function startWorker(engine: EngineName, benchCase: BenchCase): Promise<Participant> {
  const fromSource = import.meta.url.endsWith('.ts');
  const path = fileURLToPath(new URL(fromSource ? './worker.ts' : './worker.js', import.meta.url));
  const threads = String(benchCase.threads);
  const child = fork(path, [], {
    execArgv: fromSource ? ['--import', tsxUrl()] : [],
    // TensorFlow reads these when it loads.
    env: {
      ...process.env,
      TF_NUM_INTRAOP_THREADS: threads,
      TF_NUM_INTEROP_THREADS: '1',
      OMP_NUM_THREADS: threads,
      TF_CPP_MIN_LOG_LEVEL: '3',
    },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const participant: Participant = {
    engine,
    times: (what, reps) => ask<number[]>(child, { kind: 'times', what, reps }),
    finish: async () => {
      const facts = await ask<CaseFacts>(child, { kind: 'finish' });
      child.disconnect();
      return facts;
    },
    kill: () => child.kill('SIGKILL'),
  };
  try {
    await ask(child, { kind: 'open', engine, case: benchCase });
  } catch (error) {
    participant.kill();
    throw error;
  }
  return participant;
}

function ask<T>(child: ChildProcess, request: Request): Promise<T> {
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
