import { type Measured, measure } from '../bench/measure.js';
import type { Participant } from '../bench/participant.js';
import type { BenchCase } from '../bench/types.js';
import type { EngineName } from '../runner/deps.js';
import type { Cell } from '../types.js';
import { baselineOf, groupsOf } from './groups.js';
import { bothTimes, memoryAbove } from './rows.js';
import type { CostRow, Measurement, MeasurePreset } from './types.js';

/** Inferences of the process that tells their memory: the first one compiles. */
const MEMORY_REPS = 3;

export interface MeasureOptions {
  readonly measurement: Measurement;
  readonly cells: readonly Cell[];
  readonly preset: MeasurePreset;
  readonly engine: EngineName;
  /** Starts the process of one case. */
  readonly start: (engine: EngineName, given: BenchCase) => Promise<Participant>;
  readonly signal: AbortSignal;
  readonly failed: (cell: Cell, reason: string) => void;
  readonly done: (cell: Cell, measured: Measured) => void;
}

export type Timings = Pick<CostRow, 'baseline' | 'step' | 'infer' | 'trainMb' | 'inferMb' | 'fallback'>;

/**
 * Times every cell in turns with its baseline and reads the memory of training and of inference, the latter in a process
 * that does nothing else. A cell that fails is told and left out.
 */
export async function measureCells(options: MeasureOptions): Promise<Map<Cell, Timings>> {
  const { measurement, cells, preset, signal, done } = options;
  const all = measurement.cells;
  const found = new Map<Cell, Timings>();
  for (const { baseline, others } of groupsOf(cells, all)) {
    if (signal.aborted) break;
    const measured = await withProcesses([baseline, ...others], options, (participants, tell) =>
      measure(participants, preset.reps, tell),
    );
    const own = measured.get(baseline);
    for (const cell of [baseline, ...others]) {
      const times = measured.get(cell);
      if (!times || !cells.includes(cell) || found.has(cell) || signal.aborted) continue;
      const inferMb = await inferenceMemory(cell, options);
      const beside = baselineOf(cell, all);
      found.set(cell, {
        baseline: beside?.key ?? null,
        ...bothTimes(times, beside && own ? own : null),
        trainMb: memoryAbove(times.facts),
        inferMb,
        fallback: times.facts.fallback,
      });
      done(cell, times);
    }
  }
  return found;
}

/** Null where the process failed: what was timed is kept. */
async function inferenceMemory(cell: Cell, options: MeasureOptions): Promise<number | null> {
  const facts = await withProcesses([cell], options, async ([only], tell) => {
    try {
      await only!.times('infer', MEMORY_REPS);
      return [{ engine: cell.key, step: [], infer: [], facts: await only!.finish() }];
    } catch (error) {
      tell(cell.key, (error as Error).message);
      return [];
    }
  });
  const own = facts.get(cell)?.facts;
  return own ? memoryAbove(own) : null;
}

/** Opens a process a cell, lets `work` have them, and ends those that are left, also where the command is stopped. */
async function withProcesses(
  cells: readonly Cell[],
  { measurement, engine, start, signal, failed }: MeasureOptions,
  work: (open: readonly Participant[], tell: (name: string, reason: string) => void) => Promise<Measured[]>,
): Promise<Map<Cell, Measured>> {
  const named = (name: string): Cell => cells.find(({ key }) => key === name)!;
  const tell = (name: string, reason: string): void => {
    if (!signal.aborted) failed(named(name), reason);
  };
  const open: Participant[] = [];
  const stop = (): void => {
    for (const participant of open) participant.kill();
  };
  signal.addEventListener('abort', stop);
  try {
    for (const { key, model } of cells) {
      if (signal.aborted) break;
      try {
        const given = { model: model.name, config: model.config, ...measurement.bag, threads: 1 };
        open.push({ ...(await start(engine, given)), engine: key });
      } catch (error) {
        tell(key, (error as Error).message);
      }
    }
    const measured = signal.aborted ? [] : await work(open, tell);
    return new Map(measured.map((each) => [named(each.engine), each]));
  } finally {
    stop();
    signal.removeEventListener('abort', stop);
  }
}
