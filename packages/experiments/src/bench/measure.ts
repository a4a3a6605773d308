import type { Participant } from './participant.js';
import { quantile } from './quantile.js';
import type { BenchCase, BenchRow, CaseFacts, Timed } from './types.js';

/** How often the engines take turns. */
const ROUNDS = 10;
/** Every process runs untimed for this long first: compilers and caches settle. */
const WARM_MS = 300;

/** How often a case is repeated where the user names no number. */
export interface Effort {
  /** At least so often, … */
  readonly reps: number;
  /** … more often if a step is quick, until it has been watched for so many milliseconds, … */
  readonly leastMs: number;
  /** … and less often if it is slow, but never less often than `fewest`. */
  readonly mostMs: number;
  readonly fewest: number;
}

const USUAL: Effort = { reps: 30, leastMs: 1000, mostMs: 10_000, fewest: 5 };
/** For the growth over decades of N a few repetitions do. */
export const BRIEF: Effort = { reps: 30, leastMs: 200, mostMs: 800, fewest: 3 };

/** How many repetitions of `ms` milliseconds each. `wanted` is the user's number. */
export function repetitions(ms: number, wanted: number | Effort = USUAL): number {
  if (typeof wanted === 'number') return wanted;
  const { reps, leastMs, mostMs, fewest } = wanted;
  if (ms * reps > mostMs) return Math.max(fewest, Math.floor(mostMs / ms));
  return Math.max(reps, Math.min(1000, Math.ceil(leastMs / ms)));
}

/** The part of `reps` that falls to round `r` of `rounds`, spread evenly. */
export function share(reps: number, r: number, rounds: number): number {
  return Math.floor(((r + 1) * reps) / rounds) - Math.floor((r * reps) / rounds);
}

/** What was measured of one engine. */
export interface Measured {
  readonly engine: string;
  readonly step: readonly number[];
  readonly infer: readonly number[];
  readonly facts: CaseFacts;
}

/**
 * Times all participants side by side: in every round each takes its share of repetitions, so that whatever else the
 * machine does meets all of them alike. One that fails leaves, `failed` is told, and the others go on.
 */
export async function measure(
  participants: readonly Participant[],
  wanted: number | Effort | undefined,
  failed: (engine: string, reason: string) => void,
): Promise<Measured[]> {
  const running = new Set(participants);
  const times = new Map(participants.map((p) => [p, { step: [] as number[], infer: [] as number[] }]));
  const attempt = async <T>(p: Participant, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      running.delete(p);
      p.kill();
      failed(p.engine, (error as Error).message);
      return undefined;
    }
  };
  for (const what of ['step', 'infer'] satisfies Timed[]) {
    const reps = new Map<Participant, number>();
    for (const p of [...running]) {
      const typical = await attempt(p, () => warmUp(p, what));
      if (typical !== undefined) reps.set(p, repetitions(typical, wanted));
    }
    for (let r = 0; r < ROUNDS; r++) {
      const order = [...running];
      if (r % 2 === 1) order.reverse();
      for (const p of order) {
        const now = share(reps.get(p)!, r, ROUNDS);
        const got = now > 0 ? await attempt(p, () => p.times(what, now)) : undefined;
        if (got) times.get(p)![what].push(...got);
      }
    }
  }
  const measured: Measured[] = [];
  for (const p of [...running]) {
    const facts = await attempt(p, () => p.finish());
    if (facts) measured.push({ engine: p.engine, ...times.get(p)!, facts });
  }
  return measured;
}

/** Milliseconds of one repetition once the process is warm. */
async function warmUp(p: Participant, what: Timed): Promise<number> {
  const [first] = await p.times(what, 1);
  if (first! >= WARM_MS) return first!;
  return quantile(await p.times(what, Math.min(500, Math.ceil(WARM_MS / first!))), 0.5);
}

/** Rows of one case, PyTorch's last; the ratios are to PyTorch's times of the same rounds. */
export function rowsOf(measured: readonly Measured[], { model, n, d }: BenchCase): BenchRow[] {
  const reference = measured.find(({ engine }) => engine === 'pytorch');
  return measured.map(({ engine, step, infer, facts }) => {
    const compared = reference !== undefined && engine !== 'pytorch';
    return {
      engine,
      model,
      n,
      d,
      threads: facts.threads,
      stepMsMedian: ms(quantile(step, 0.5)),
      stepMsMin: ms(quantile(step, 0)),
      stepMsP25: ms(quantile(step, 0.25)),
      stepMsP75: ms(quantile(step, 0.75)),
      stepReps: step.length,
      inferMsMedian: ms(quantile(infer, 0.5)),
      inferMsMin: ms(quantile(infer, 0)),
      inferReps: infer.length,
      peakRssMb: facts.peakRssMb,
      baseRssMb: facts.baseRssMb,
      ratioMedian: compared ? ratio(quantile(step, 0.5), quantile(reference.step, 0.5)) : null,
      ratioMin: compared ? ratio(quantile(step, 0), quantile(reference.step, 0)) : null,
      stepMacs: facts.stepMacs,
      matmulGflops: facts.matmulGflops === null ? null : Math.round(facts.matmulGflops * 10) / 10,
      version: facts.version,
      fallback: facts.fallback,
    };
  });
}

/** A tenth of a microsecond. */
const ms = (value: number): number => Math.round(value * 1e4) / 1e4;
const ratio = (a: number, b: number): number => Math.round((a / b) * 1e3) / 1e3;
