import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Participant } from './participant.js';
import type { BenchCase, Timed } from './types.js';

/** Features an instance that the PyTorch programs are written for. */
export const PYTORCH_D = 384;

interface Answer {
  readonly error?: string;
  readonly models?: readonly string[];
  readonly timesMs?: number[];
  readonly peakRssMb: number;
  readonly threads: number;
  readonly version: string;
}

export interface PyTorchOptions {
  /** The Python that has torch. */
  readonly python: string;
  /** `bench/pytorch/bench.py`. */
  readonly script: string;
  readonly threads: number;
}

/** The models that the PyTorch side has. Throws an Error with one line if Python or PyTorch is missing. */
export async function pytorchModels(options: PyTorchOptions): Promise<readonly string[]> {
  const server = new Server(options);
  try {
    return (await server.ask({ what: 'info' })).models ?? [];
  } finally {
    server.end();
  }
}

/** Starts Python for one case; its process holds this case alone, so the peak of memory belongs to it. */
export async function startPyTorch(options: PyTorchOptions, { model, n }: BenchCase): Promise<Participant> {
  const server = new Server(options);
  let last = await server.ask({ what: 'info' });
  const baseRssMb = last.peakRssMb;
  return {
    engine: 'pytorch',
    times: async (what: Timed, reps: number) => {
      last = await server.ask({ model, n, what, reps });
      return last.timesMs!;
    },
    finish: async () => {
      server.end();
      const { threads, version, peakRssMb } = last;
      return {
        threads,
        version: `PyTorch ${version}`,
        peakRssMb,
        baseRssMb,
        matmulGflops: null,
        stepMacs: null,
        fallback: null,
      };
    },
    kill: () => server.kill(),
  };
}

/** One request a line, one answer a line. */
class Server {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting: { resolve(answer: Answer): void; reject(error: Error): void }[] = [];
  private ended: Error | undefined;

  constructor({ python, script, threads }: PyTorchOptions) {
    this.child = spawn(python, [script, '--serve', '--threads', String(threads)]);
    let complaint = '';
    this.child.stderr.on('data', (data) => {
      complaint = (complaint + data).slice(-4000);
    });
    this.child.stdin.on('error', () => {}); // told by the end of the process
    this.child.on('error', (error: NodeJS.ErrnoException) => {
      this.fail(
        new Error(
          error.code === 'ENOENT' ? `there is no program "${python}" (--python PATH names one)` : error.message,
        ),
      );
    });
    this.child.on('close', (code, signal) => {
      const said = complaint.trim().split('\n').at(-1);
      this.fail(new Error(said || `Python ended (${signal ?? `exit code ${code}`})`));
    });
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      const next = this.waiting.shift();
      if (!next) return;
      try {
        const answer = JSON.parse(line) as Answer;
        if (answer.error === undefined) next.resolve(answer);
        else next.reject(new Error(answer.error));
      } catch {
        next.reject(new Error(`an answer is not JSON: ${line.slice(0, 80)}`));
      }
    });
  }

  ask(request: Readonly<Record<string, unknown>>): Promise<Answer> {
    if (this.ended) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  }

  private fail(error: Error): void {
    this.ended ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.ended);
  }

  end(): void {
    this.child.stdin.end();
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
