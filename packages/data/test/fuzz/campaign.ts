import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { READERS } from './readers.js';
import type { Job, Line, Plan } from './worker.js';

export interface Campaign {
  readonly seed: number;
  readonly jobs: readonly Job[];
  /** Where inputs that failed are kept. */
  readonly failures: string;
  /** Told now and then. */
  progress?(done: number): void;
}

/** Processor time without a verdict after which a reader counts as hanging, and real time, for one that waits for ever. */
const PATIENCE = { busy: 30, waiting: 300 } as const; // seconds
/** A reader that ends the process so often is not given more. */
const MOST_CRASHES = 20;
/** Plain objects of a reader may take this much before the process ends. */
const HEAP_MIB = 1024;

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** Reads all inputs in processes of their own, which are replaced when an input ends them; one verdict an input. */
export async function runCampaign({ seed, jobs, failures, progress }: Campaign): Promise<Line[]> {
  const root = mkdtempSync(join(tmpdir(), 'asmil-fuzz-'));
  const folder = join(root, 'a', 'b', 'work'); // names with ../ would lead to what is looked at below
  const results = join(root, 'results');
  const lines: Line[] = [];
  const crashes = new Map<string, number>();
  try {
    let left = [...jobs];
    while (left.length > 0) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(results, '');
      const plan: Plan = { seed, jobs: left, results, failures };
      writeFileSync(join(root, 'plan.json'), JSON.stringify(plan));
      const ended = await runWorker(join(root, 'plan.json'), folder, results, () =>
        progress?.(lines.length + readLines(results).length),
      );
      lines.push(...readLines(results));
      left = remaining(left, lines);
      if (ended === undefined && left.length === 0) break;
      const [job, ...rest] = left;
      const name = readdirSync(folder).find((found) => found.startsWith('input-'));
      if (!job || !name) throw new Error(`a worker ended between inputs: ${ended ?? 'without a word'}`);
      mkdirSync(failures, { recursive: true });
      copyFileSync(join(folder, name), join(failures, `${job.reader}-${seed}-${name}`));
      const bytes = statSync(join(folder, name)).size;
      const said = `ended the process: ${ended ?? 'without a word'}`;
      lines.push({ reader: job.reader, index: job.from, bytes, outcome: 'failed', said, ms: 0, memory: 0, asked: 0 });
      crashes.set(job.reader, (crashes.get(job.reader) ?? 0) + 1);
      const next = { ...job, from: job.from + 1 };
      const more = next.from < next.to && crashes.get(job.reader)! < MOST_CRASHES;
      left = more ? [next, ...rest] : rest;
      rmSync(folder, { recursive: true });
    }
    const written = [...readdirSync(root), ...readdirSync(join(root, 'a')), ...readdirSync(join(root, 'a', 'b'))];
    const strange = [...written.filter((name) => !['a', 'b', 'work', 'results', 'plan.json'].includes(name))];
    strange.push(...(existsSync(folder) ? readdirSync(folder) : []));
    if (strange.length > 0) throw new Error(`files were written that nobody asked for: ${strange.join(', ')}`);
    return lines;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Jobs without the inputs that have a verdict. */
function remaining(jobs: readonly Job[], lines: readonly Line[]): Job[] {
  const last = new Map<string, number>();
  for (const { reader, index } of lines) last.set(reader, Math.max(index, last.get(reader) ?? -1));
  return jobs.flatMap((job) => {
    const from = Math.max(job.from, (last.get(job.reader) ?? -1) + 1);
    return from < job.to ? [{ ...job, from }] : [];
  });
}

function readLines(results: string): Line[] {
  const whole = readFileSync(results, 'utf8').split('\n').slice(0, -1);
  return whole.map((line) => JSON.parse(line) as Line);
}

/** Runs a worker to its end. Undefined if it ended well, else how. */
async function runWorker(plan: string, cwd: string, results: string, tick: () => void): Promise<string | undefined> {
  const flags = [`--max-old-space-size=${HEAP_MIB}`, '--disallow-code-generation-from-strings'];
  const tsx = import.meta.resolve('tsx');
  const child = spawn(process.execPath, [...flags, '--import', tsx, WORKER, plan], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (part: Buffer) => {
    errors = (errors + part.toString('utf8')).slice(-4000);
  });
  let hung = false;
  let [size, since, busy] = [0, Date.now(), 0];
  const watch = setInterval(() => {
    tick();
    const now = statSync(results).size;
    if (now !== size) [size, since, busy] = [now, Date.now(), busySeconds(child.pid!)];
    const waited = (Date.now() - since) / 1000;
    if (busySeconds(child.pid!) - busy > PATIENCE.busy || waited > PATIENCE.waiting) {
      hung = true;
      child.kill('SIGKILL');
    }
  }, 1000);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, by) => resolve([status, by]));
  });
  clearInterval(watch);
  if (code === 0) return undefined;
  if (hung) return 'no verdict in half a minute of work, or five minutes of waiting';
  const fatal = /^.*(FATAL ERROR|Error:|abort).*$/im.exec(errors)?.[0] ?? errors.trim().split('\n').at(-1) ?? '';
  return `${signal ?? `exit code ${code}`} ${fatal}`;
}

/** Processor time of a process; 0 where the system does not tell. */
function busySeconds(pid: number): number {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 13);
    return (Number(user) + Number(system)) / 100;
  } catch {
    return 0;
  }
}

/** As many inputs in all as asked for, the same number a reader. */
export function jobsFor(inputs: number, readers: readonly string[] = Object.keys(READERS)): Job[] {
  const each = Math.ceil(inputs / readers.length);
  return readers.map((reader) => ({ reader, from: 0, to: each }));
}
