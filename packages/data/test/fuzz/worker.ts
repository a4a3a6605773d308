/*
 * Reads hostile inputs in a process of its own:   node --import tsx worker.ts PLAN
 *
 * Every input lies in the working folder while it is read, so that the one that ended the process is found there. A verdict
 * a line goes to the plan's `results`.
 */
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchAllocations } from './allocations.js';
import { inputOf } from './inputs.js';
import { judge, strays, type Verdict } from './judge.js';
import { fileName, READERS } from './readers.js';

export interface Job {
  readonly reader: string;
  /** Numbers of its inputs, the last one not included. */
  readonly from: number;
  readonly to: number;
  /** A file to read in place of generated ones. */
  readonly file?: string;
}

export interface Plan {
  readonly seed: number;
  readonly jobs: readonly Job[];
  /** Where verdicts go. */
  readonly results: string;
  /** Where inputs that failed are kept. */
  readonly failures: string;
}

/** A line of the results. */
export type Line = Verdict & { readonly reader: string; readonly index: number; readonly bytes: number };

async function work({ seed, jobs, results, failures }: Plan): Promise<void> {
  process.on('uncaughtException', (error) => strays.push(error));
  process.on('unhandledRejection', (error) => strays.push(error));
  const allocations = watchAllocations();
  const read = async (reader: string, index: number, bytes: Uint8Array): Promise<Verdict> => {
    const path = join(process.cwd(), fileName(reader, index));
    writeFileSync(path, bytes);
    const verdict = await judge(READERS[reader]!, path, bytes.length, allocations);
    if (verdict.outcome === 'failed') {
      mkdirSync(failures, { recursive: true });
      copyFileSync(path, join(failures, `${reader}-${seed}-${fileName(reader, index)}`));
    }
    rmSync(path);
    return verdict;
  };
  for (const { reader, from, to, file } of jobs) {
    // What a reader loads once is not the memory of the first input.
    const warm = join(process.cwd(), fileName(reader, 'sound'));
    for (const { bytes } of READERS[reader]!.seeds) {
      writeFileSync(warm, bytes);
      await READERS[reader]!.read(warm).catch(() => {});
    }
    rmSync(warm, { force: true });
    for (let index = from; index < to; index++) {
      const bytes = file === undefined ? inputOf(reader, seed, index) : readFileSync(file);
      const verdict = await read(reader, index, bytes);
      const line: Line = { reader, index, bytes: bytes.length, ...verdict };
      appendFileSync(results, `${JSON.stringify(line)}\n`);
    }
  }
}

await work(JSON.parse(readFileSync(process.argv[2]!, 'utf8')));
process.exit(0); // libraries may keep threads
