import type { EngineName } from '@asmil/core';
import type { Participant } from './participant.js';
import type { BenchCase, CaseFacts } from './types.js';
import { ask, startProcess } from './worker-process.js';

/**
 * Starts a process for one case on one of the suite's own engines and loads the engine and the model there. At the end it
 * measures the engine's peak and counts the products of a step, unless `rates` is false.
 */
export async function startWorker(engine: EngineName, benchCase: BenchCase, rates = true): Promise<Participant> {
  const child = startProcess(benchCase.threads);
  const participant: Participant = {
    engine,
    times: (what, reps) => ask<number[]>(child, { kind: 'times', what, reps }),
    finish: async () => {
      const facts = await ask<CaseFacts>(child, { kind: 'finish', rates });
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
