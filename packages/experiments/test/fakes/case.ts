import type { Participant } from '../../src/bench/participant.js';
import type { BenchCase } from '../../src/bench/types.js';

/** A timed process that is none: a step takes 4 ms, 5 with an anchor, an inference 2. `FAKE_CASE_FAULT`: the model whose process dies. */
export async function fakeCase(engine: string, { model, config }: BenchCase): Promise<Participant> {
  return {
    engine,
    times: async (what, reps) => {
      if (process.env.FAKE_CASE_FAULT === model)
        throw new Error('its process ended (SIGKILL, perhaps for lack of memory)');
      return Array.from({ length: reps }, () => (what === 'infer' ? 2 : config?.anchor ? 5 : 4));
    },
    finish: async () => ({
      threads: 1,
      version: '1.0',
      peakRssMb: config?.anchor ? 160 : 150,
      baseRssMb: 100,
      matmulGflops: null,
      stepMacs: null,
      fallback: null,
    }),
    kill: () => {},
  };
}
