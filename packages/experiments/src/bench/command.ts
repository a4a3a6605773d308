import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { type EngineName, resolveEngine } from '@asmil/core';
import { markdownTable } from '../reports/page-markdown.js';
import type { Terminal } from '../runner/progress.js';
import { provenanceOf } from '../runner/provenance.js';
import { findRoot } from '../runner/root.js';
import { slideGrowthTable } from './growth-tables.js';
import { BRIEF, measure, rowsOf } from './measure.js';
import type { Participant } from './participant.js';
import { type PyTorchOptions, pytorchModels, startPyTorch } from './pytorch.js';
import { reading } from './reading.js';
import { type BenchRequest, commandLine, ENGINES } from './request.js';
import { measureAllSlides, slideSeries } from './slides.js';
import { stepTable } from './tables.js';
import type { BenchCase, BenchResults, BenchRow } from './types.js';
import { startWorker } from './worker-participant.js';

/** The `bench` command: measures, prints and writes. Returns the exit code: 1 if an engine of the suite failed on a case. */
export async function runBench(request: BenchRequest, { out, err }: Terminal): Promise<number> {
  const begin = performance.now();
  const load = loadavg()[0]!;
  const say = (line: string): void => void err.write(`${line}\n`);
  const engines = enginesOf(request, say);
  const root = findRoot();
  const pytorch: PyTorchOptions = {
    python: request.python,
    script: join(root, 'bench', 'pytorch', 'bench.py'),
    threads: request.threads,
  };
  const compared = request.compare ? await comparable(pytorch, request.models, say) : [];

  const rows: BenchRow[] = [];
  const failures: string[] = [];
  let ownFailures = 0;
  const noResult = (line: string): void => {
    failures.push(line);
    say(line);
  };
  for (const model of request.models) {
    for (const n of request.sizes) {
      const benchCase: BenchCase = { model, n, d: request.d, threads: request.threads };
      const failed = (engine: string, reason: string): void => {
        if (engine !== 'pytorch') ownFailures++;
        noResult(`${model}, N = ${n}, ${engine}: no result: ${reason}`);
      };
      const participants = await start(
        benchCase,
        engines,
        compared.includes(model) ? pytorch : undefined,
        !request.scale,
        failed,
      );
      const measured = await measure(participants, request.reps ?? (request.scale ? BRIEF : undefined), failed);
      const added = rowsOf(measured, benchCase);
      rows.push(...added);
      if (added.length > 0) say(progressLine(added));
    }
  }

  const slides = await measureAllSlides(slideSeries(request), engines, say, (line) => {
    ownFailures++;
    noResult(line);
  });

  const results: BenchResults = {
    kind: 'benchmark',
    title: request.scale ? 'Time and memory of large bags and of many slides' : 'Speed and memory of a training step',
    load: [load, loadavg()[0]!],
    cores: cpus().length,
    rows,
    ...(slides.length > 0 && { slides }),
    ...(failures.length > 0 && { failed: failures }),
  };
  const measured = rows.length + slides.length > 0;
  if (request.json) out.write(`${JSON.stringify([...rows, ...slides], null, 1)}\n`);
  else if (measured) {
    const tables = [rows.length > 0 ? stepTable(results) : null, slideGrowthTable(results)].filter((t) => t !== null);
    const text = [
      ...tables.map(markdownTable),
      reading(results)
        .map((line) => `${line}\n`)
        .join(''),
    ];
    out.write(`\n${text.join('\n\n')}`);
  }
  if (measured && (!request.json || request.out !== undefined)) {
    const dir = resolve(request.out ?? join(root, 'reports', request.scale ? 'benchmark-scale' : 'benchmark'));
    const seconds = (performance.now() - begin) / 1000;
    const provenance = provenanceOf({
      root,
      engine: engines[0]!,
      engineInfo: undefined,
      workers: 1,
      runSeconds: seconds,
      commandSeconds: seconds,
      command: commandLine(request),
    });
    const { writeBenchReport } = await import('./write.js'); // loads the chart libraries
    const page = await writeBenchReport(results, { ...provenance, engine: engines.join(', ') }, dir);
    if (!request.json) out.write(`report: ${page}\n`);
  }
  return ownFailures > 0 ? 1 : 0;
}

/** Named engines must be there; of those not named, the ones that are set up. */
function enginesOf({ engines }: BenchRequest, say: (line: string) => void): EngineName[] {
  if (engines) return engines.map((engine) => resolveEngine(engine).name);
  return ENGINES.filter((engine) => {
    try {
      return resolveEngine(engine).name === engine;
    } catch (error) {
      say(`without ${engine}: ${(error as Error).message}`);
      return false;
    }
  });
}

/** Which of the models PyTorch can be compared on; says in one line what is missing. */
async function comparable(
  options: PyTorchOptions,
  models: readonly string[],
  say: (line: string) => void,
): Promise<string[]> {
  try {
    const there = await pytorchModels(options);
    const missing = models.filter((model) => !there.includes(model));
    if (missing.length > 0) say(`without a PyTorch program to compare with: ${missing.join(', ')}`);
    return models.filter((model) => there.includes(model));
  } catch (error) {
    say(`without PyTorch: ${(error as Error).message}`);
    return [];
  }
}

/** The processes of one case, one after the other, so that none loads while another warms up. */
async function start(
  benchCase: BenchCase,
  engines: readonly EngineName[],
  pytorch: PyTorchOptions | undefined,
  rates: boolean,
  failed: (engine: string, reason: string) => void,
): Promise<Participant[]> {
  const started: Participant[] = [];
  const starts: [string, () => Promise<Participant>][] = engines.map((engine) => [
    engine,
    () => startWorker(engine, benchCase, rates),
  ]);
  if (pytorch) starts.push(['pytorch', () => startPyTorch(pytorch, benchCase)]);
  for (const [engine, begin] of starts) {
    try {
      started.push(await begin());
    } catch (error) {
      failed(engine, (error as Error).message);
    }
  }
  return started;
}

function progressLine(rows: readonly BenchRow[]): string {
  const times = rows.map(({ engine, stepMsMedian, ratioMedian }) => {
    const beside = ratioMedian === null ? '' : ` (${ratioMedian.toFixed(2)} of PyTorch)`;
    return `${engine} ${stepMsMedian.toPrecision(3)} ms${beside}`;
  });
  return `${rows[0]!.model}, N = ${rows[0]!.n}: ${times.join(', ')}`;
}
