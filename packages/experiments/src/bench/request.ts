import type { EngineName } from '@asmil/core';
import { UserError } from '@asmil/core/errors';
import { Command, CommanderError } from 'commander';
import { choice, wholeNumber } from '../cli/arguments.js';
import { unknownName } from '../runner/nearest.js';
import { PYTORCH_D } from './pytorch.js';
import { parseModels } from './workloads.js';

export const ENGINES: readonly EngineName[] = ['native', 'wasm'];
const MODELS = ['abmil', 'asmil', 'asmil-release'];
const SIZES = [10, 50, 500, 2000, 8000];
const SCALE_SIZES = [1000, 5000, 20_000, 50_000, 100_000];
const SCALE_SLIDES = [25, 50, 100, 200, 400];

export interface BenchRequest {
  readonly models: readonly string[];
  readonly sizes: readonly number[];
  /** Numbers of slides; none for single bags alone. */
  readonly slides: readonly number[];
  /** Undefined: those that are set up. */
  readonly engines: readonly EngineName[] | undefined;
  readonly d: number;
  readonly threads: number;
  /** Undefined: by the length of a step. */
  readonly reps: number | undefined;
  readonly compare: boolean;
  readonly scale: boolean;
  readonly json: boolean;
  readonly out: string | undefined;
  readonly python: string;
  readonly debug: boolean;
}

interface Options {
  readonly models?: readonly string[];
  readonly n?: readonly number[];
  readonly slides?: readonly number[];
  readonly engines?: readonly EngineName[];
  readonly d: number;
  readonly threads: number;
  readonly reps?: number;
  readonly compare?: 'pytorch';
  readonly scale: boolean;
  readonly json: boolean;
  readonly out?: string;
  readonly python: string;
  readonly debug: boolean;
}

/**
 * The command line of `pnpm bench`; undefined if help was asked for and written. Throws `UserError` (exit code 2) with one
 * line and the nearest names.
 */
export function parseRequest(args: readonly string[], writeOut: (text: string) => void): BenchRequest | undefined {
  const bench = program(writeOut);
  try {
    bench.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw commandLineError(error, bench);
  }
  const { models, n, slides, engines, compare, scale, ...rest } = bench.opts<Options>();
  if (compare && rest.d !== PYTORCH_D) {
    throw new UserError(
      `--d ${rest.d} with --compare pytorch: the PyTorch programs have ${PYTORCH_D} features; leave out one of the two`,
      2,
    );
  }
  return {
    ...rest,
    scale,
    models: models ?? (scale ? parseModels(['all']) : MODELS),
    sizes: n ?? (scale ? SCALE_SIZES : SIZES),
    slides: slides ?? (scale ? SCALE_SLIDES : []),
    // A bag of 100,000 instances leaves WebAssembly's memory too small.
    engines: engines ?? (scale ? ['native'] : undefined),
    reps: rest.reps,
    compare: compare !== undefined,
    out: rest.out,
  };
}

function program(writeOut: (text: string) => void): Command {
  return new Command('bench')
    .description(
      'Times training steps and inferences of the models, reads their memory and writes a report. A notes.md in its folder is shown and kept.',
    )
    .option('--models <names>', `models, or all (default: ${MODELS.join(',')}; with --scale: all)`, (text) =>
      parseModels(list('--models', text)),
    )
    .option(
      '--n <sizes>',
      `instances of the bags (default: ${SIZES.join(',')}; with --scale: ${SCALE_SIZES.join(',')})`,
      (text) => numbers('--n', text),
    )
    .option(
      '--slides <counts>',
      `numbers of slides, each an epoch (default with --scale: ${SCALE_SLIDES.join(',')})`,
      (text) => numbers('--slides', text),
    )
    .option('--engines <names>', 'native, wasm (default: those that are set up; with --scale: native)', (text) =>
      list('--engines', text).map(choice('engine', ENGINES)),
    )
    .option('--d <n>', 'features an instance', wholeNumber('--d', 1), PYTORCH_D)
    .option('--threads <n>', 'threads inside one operation', wholeNumber('--threads', 1), 1)
    .option('--reps <n>', 'repetitions of each case (default: by the length of a step)', wholeNumber('--reps', 1))
    .option('--compare <name>', 'pytorch: time it side by side', choice('comparison', ['pytorch']))
    .option('--python <path>', 'the Python that has PyTorch', 'python3')
    .option(
      '--scale',
      'growth of time and memory with the size of the bag and the number of slides; about half a minute a model',
      false,
    )
    .option('--json', 'print the rows as one JSON array and nothing else; no report without --out', false)
    .option('--out <dir>', 'folder of the report (default: reports/benchmark; with --scale: reports/benchmark-scale)')
    .option('--debug', 'show stack traces', false)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeOut, outputError: () => {} });
}

function list(option: string, text: string): string[] {
  const parts = [
    ...new Set(
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    ),
  ];
  if (parts.length === 0) throw new UserError(`${option}: expected names between commas`, 2);
  return parts;
}

/** Ascending. */
function numbers(option: string, text: string): number[] {
  return list(option, text)
    .map(wholeNumber(option, 1))
    .sort((a, b) => a - b);
}

function commandLineError(error: CommanderError, bench: Command): UserError {
  const option = /unknown option '(--?[^'=]+)/.exec(error.message)?.[1];
  if (option) {
    const known = bench.options.map(({ long }) => long ?? '');
    return unknownName('option', option, known, '; `pnpm bench --help` shows all');
  }
  return new UserError(error.message.replace(/^error: /, '').split('\n')[0]!, 2);
}

/** The command line that gives the same report again. */
export function commandLine(request: BenchRequest): string {
  const words = [
    'pnpm bench',
    ...(request.scale ? ['--scale'] : []),
    `--models ${request.models.join(',')}`,
    `--n ${request.sizes.join(',')}`,
    ...(request.slides.length > 0 ? [`--slides ${request.slides.join(',')}`] : []),
    ...(request.engines ? [`--engines ${request.engines.join(',')}`] : []),
    ...(request.d === PYTORCH_D ? [] : [`--d ${request.d}`]),
    ...(request.threads === 1 ? [] : [`--threads ${request.threads}`]),
    ...(request.reps === undefined ? [] : [`--reps ${request.reps}`]),
    ...(request.compare ? ['--compare pytorch'] : []),
  ];
  return words.join(' ');
}
