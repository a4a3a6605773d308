import { UserError } from '@asmil/core';
import { Command, CommanderError } from 'commander';
import { experiments, findExperiment } from '../definitions/index.js';
import { INTERRUPTED, runExperiment } from '../runner/command.js';
import type { EngineChoice } from '../runner/deps.js';
import { loadDeps } from '../runner/load-deps.js';
import { unknownName } from '../runner/nearest.js';
import type { ExperimentRequest } from '../runner/request.js';
import { findRoot } from '../runner/root.js';
import { cellList, choice, seedList, wholeNumber } from './arguments.js';
import { experimentJson, listText, showText } from './describe.js';

const debug = process.argv.includes('--debug');
const ENGINES: readonly EngineChoice[] = ['auto', 'native', 'wasm'];

/** After a signal the command has this long to end of itself. */
const PATIENCE_MS = 5000;

function abortOnSignal(): AbortSignal {
  const controller = new AbortController();
  let since = 0;
  const stop = (): void => {
    // A wrapper may pass on a Ctrl-C that this process has had already, so only a later one means "at once".
    if (since > 0 && Date.now() - since > 500) process.exit(INTERRUPTED);
    since ||= Date.now();
    controller.abort();
    setTimeout(() => process.exit(INTERRUPTED), PATIENCE_MS).unref();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}

async function run(experiment: string | undefined, options: Omit<ExperimentRequest, 'experiment'>): Promise<void> {
  if (experiment === undefined) {
    const names = experiments.map(({ id }) => id).join(', ');
    throw new UserError(
      `which experiment? \`pnpm exp NAME\` runs one of ${names}; \`pnpm exp list\` describes them`,
      2,
    );
  }
  findExperiment(experiment); // a mistyped name is told before the engines are loaded
  const terminal = { out: process.stdout, err: process.stderr };
  const signal = abortOnSignal();
  const context = { deps: await loadDeps(), terminal, root: findRoot(), signal, debug };
  process.exitCode = await runExperiment({ ...options, experiment }, context);
}

function program(): Command {
  const exp = new Command('exp')
    .description('Runs the experiments of the ASMIL paper and writes their reports.')
    .exitOverride()
    .configureOutput({ outputError: () => {} }); // told below, in one line
  exp
    .command('run', { isDefault: true })
    .description('run an experiment (the word "run" may be left out)')
    .argument('[experiment]', 'id or alias, see `exp list`')
    .option('--data <name>', 'cohort, see `pnpm data list` (default: the experiment’s own)')
    .option('--preset <name>', 'quick, standard or paper', choice('preset', ['quick', 'standard', 'paper']), 'quick')
    .option('--engine <name>', 'auto, native or wasm', choice('engine', ENGINES), 'auto')
    .option('--seeds <n|list>', 'how many seeds (3), or which (1,2,5)', seedList)
    .option('--splits <n>', 'how many of the cohort’s splits', wholeNumber('--splits', 1))
    .option('--split-seed <n>', 'seed of the splits', wholeNumber('--split-seed', 0), 0)
    .option('--only <cells>', 'some cells only, e.g. m=0.9,m=0.999', cellList)
    .option('--encoder <name>', 'vit-s or resnet18 (simulated cohorts)', choice('encoder', ['vit-s', 'resnet18']))
    .option('--workers <n>', 'worker processes (default: one per core)', wholeNumber('--workers', 1))
    .option('--out <dir>', 'folder of the report (default: reports/<id>[-<cohort>])')
    .option('--store <dir>', 'folder of the finished runs (default: .runs)')
    .option('--force', 'run again what is stored already', false)
    .option('--standalone', 'write the report as one file that needs no other', false)
    .option('--png', 'also write the charts as PNG', false)
    .option('--debug', 'show stack traces', false)
    .action(run);
  exp
    .command('list')
    .description('list the experiments')
    .option('--json', 'as JSON', false)
    .option('--debug', 'show stack traces', false)
    .action(({ json }: { json: boolean }) => {
      console.log(json ? JSON.stringify(experiments.map(experimentJson), null, 2) : listText(experiments));
    });
  exp
    .command('show')
    .description('describe an experiment: its question, cells, cohort, presets and number of runs')
    .argument('<experiment>', 'id or alias')
    .option('--json', 'as JSON', false)
    .option('--debug', 'show stack traces', false)
    .action((name: string, { json }: { json: boolean }) => {
      const experiment = findExperiment(name);
      console.log(json ? JSON.stringify(experimentJson(experiment), null, 2) : showText(experiment));
    });
  return exp;
}

/** Commander's errors as one line with the nearest option. */
function commandLineError(error: CommanderError, exp: Command): UserError {
  const option = /unknown option '(--?[^'=]+)/.exec(error.message)?.[1];
  if (option) {
    const known = exp.commands.flatMap((command) => command.options.map(({ long }) => long ?? ''));
    return unknownName('option', option, [...new Set(known)], '; `pnpm exp --help` shows all');
  }
  return new UserError(error.message.replace(/^error: /, '').split('\n')[0]!, 2);
}

async function main(): Promise<void> {
  const exp = program();
  try {
    await exp.parseAsync();
  } catch (caught) {
    if (caught instanceof CommanderError && caught.exitCode === 0) return; // help was shown
    const error = caught instanceof CommanderError ? commandLineError(caught, exp) : caught;
    const message = error instanceof Error ? error.message : String(error);
    console.error(message.split('\n')[0]);
    if (debug && error instanceof Error) console.error(error.stack);
    else if (!(error instanceof UserError)) console.error('(unexpected; --debug shows where)');
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // `| head`
  throw error;
});
await main();
