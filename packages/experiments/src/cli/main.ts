import { UserError } from '@asmil/core/errors';
import type { FolderOptions } from '@asmil/data';
import { ENCODER_NAMES } from '@asmil/data/encoder-names';
import { folderOptions, SPLITS_OPTION, withDamageOptions, withFolderOptions } from '@asmil/data/folder-options';
import { Command, CommanderError } from 'commander';
import { everyExperiment, findExperiment } from '../definitions/index.js';
import type { EngineChoice } from '../runner/deps.js';
import { loadDeps } from '../runner/load-deps.js';
import { unknownName } from '../runner/nearest.js';
import type { Terminal } from '../runner/progress.js';
import type { ExperimentRequest } from '../runner/request.js';
import { findRoot } from '../runner/root.js';
import { type SlurmWords, slurmOptions } from '../slurm/options.js';
import { runAll, runAny } from './all.js';
import { cellList, choice, seedList, splitsChoice, wholeNumber } from './arguments.js';
import { experimentJson, listText, showText } from './describe.js';
import { withSlurmOptions } from './slurm.js';
import { statesHere } from './states.js';
import { showStatus } from './status.js';

const ENGINES: readonly EngineChoice[] = ['auto', 'native', 'wasm'];

export interface Surroundings {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/**
 * The `exp` command for the arguments after its name. Returns the exit code: 0; 1 if a run failed or a file is in the way;
 * 2 for a wrong command line; 130 if stopped. What the user can mend is told in one line.
 */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const debug = args.includes('--debug');
  const { terminal } = surroundings;
  let exitCode = 0;
  const exp = program(terminal, async (experiment, options) => {
    if (experiment === undefined) {
      const names = everyExperiment.map(({ id }) => id).join(', ');
      throw new UserError(
        `which experiment? \`pnpm exp NAME\` runs one of ${names}; \`pnpm exp list\` describes them`,
        2,
      );
    }
    const found = experiment === 'all' ? undefined : findExperiment(experiment); // told before the engines are loaded
    const context = { ...surroundings, deps: await loadDeps(), root: findRoot(), debug };
    const request = { ...options, experiment };
    exitCode = found ? await runAny(found, request, context) : await runAll(request, context);
  });
  try {
    await exp.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (caught) {
    if (caught instanceof CommanderError && caught.exitCode === 0) return 0; // help was shown
    const error = caught instanceof CommanderError ? commandLineError(caught, exp) : caught;
    const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
    const expected = error instanceof UserError;
    terminal.err.write(`${line}${expected || debug ? '' : ' (unexpected; --debug shows where)'}\n`);
    if (debug && error instanceof Error) terminal.err.write(`${error.stack}\n`);
    return expected ? error.exitCode : 1;
  }
}

type Run = (experiment: string | undefined, options: Omit<ExperimentRequest, 'experiment'>) => Promise<void>;

/** Options as they are typed: those of a folder and of Slurm side by side with the others. */
type RunOptions = Omit<ExperimentRequest, 'experiment' | 'splits' | 'folder' | 'slurm'> &
  Omit<FolderOptions, 'splits'> & { readonly splits?: number | string } & Partial<SlurmWords>;

function requestOf({ splits, ...options }: RunOptions): Omit<ExperimentRequest, 'experiment'> {
  const path = typeof splits === 'string' ? splits : undefined;
  const folder = folderOptions({ ...options, splits: path });
  const {
    executor = 'local',
    partition,
    time,
    mem,
    account,
    qos,
    arrayLimit,
    retries,
    sbatchArg,
    wait = true,
    ...rest
  } = options;
  const words = { partition, time, mem, account, qos, arrayLimit, retries, sbatchArg };
  const slurm = slurmOptions({ executor, wait, ...words });
  if (slurm && rest.workers !== undefined) {
    throw new UserError('--workers: Slurm decides how many runs go on at once; --array-limit N sets a limit', 2);
  }
  return { ...rest, splits: typeof splits === 'number' ? splits : undefined, folder, slurm };
}

/** What of a request a command that only looks leaves as it is. */
const NOTHING_MORE = { force: false, checkpoints: false, standalone: false, png: false };

/** The options that decide which runs an experiment has, and where they are kept. */
function withPlanOptions(command: Command): Command {
  return withFolderOptions(
    command
      .option(
        '--data <name|dir>',
        'cohort, see `pnpm data list`, or a folder of your own features (default: the experiment’s own)',
      )
      .option('--preset <name>', 'quick, standard or paper', choice('preset', ['quick', 'standard', 'paper']), 'quick')
      .option('--engine <name>', 'auto, native or wasm', choice('engine', ENGINES), 'auto')
      .option('--seeds <n|list>', 'how many seeds (3), or which (1,2,5)', seedList)
      .option('--splits <n|path>', `how many of the cohort’s splits; for a folder, ${SPLITS_OPTION}`, splitsChoice)
      .option('--split-seed <n>', 'seed of the splits', wholeNumber('--split-seed', 0), 0)
      .option('--only <cells>', 'some cells only, e.g. m=0.9,m=0.999', cellList)
      .option('--encoder <name>', `simulated cohorts: ${ENCODER_NAMES.join(', ')}`, choice('encoder', ENCODER_NAMES))
      .option('--store <dir>', 'folder of the finished runs (default: .runs)')
      .option('--debug', 'show stack traces', false),
  );
}

function program(terminal: Terminal, run: Run): Command {
  const { out } = terminal;
  const exp = new Command('exp')
    .description('Runs the experiments of the ASMIL paper and writes their reports.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => out.write(text), outputError: () => {} }); // errors are told in one line
  const command = withPlanOptions(
    exp
      .command('run', { isDefault: true })
      .description('run an experiment (the word "run" may be left out)')
      .argument('[experiment]', 'id or alias, see `exp list`; `all` for every one'),
  )
    .option('--workers <n>', 'worker processes (default: one per core)', wholeNumber('--workers', 1))
    .option('--out <dir>', 'folder of the report (default: reports/<id>[-<cohort>])')
    .option('--reports <dir>', 'folder of all reports (default: reports)')
    .option('--force', 'run again what is stored already', false)
    .option('--checkpoints', 'keep the selected weights of each run, as checkpoint.safetensors in its folder', false)
    .option('--standalone', 'write the report as one file that needs no other', false)
    .option('--png', 'also write the charts as PNG', false);
  withSlurmOptions(withDamageOptions(command)).action((experiment: string | undefined, options: RunOptions) =>
    run(experiment, requestOf(options)),
  );
  withDamageOptions(
    withPlanOptions(
      exp
        .command('status')
        .description('where each run of an experiment stands: done, running, queued, failed or missing')
        .argument('<experiment>', 'id or alias'),
    ),
  )
    .option('--json', 'as JSON', false)
    .action((experiment: string, { json, ...options }: RunOptions & { json: boolean }) =>
      showStatus({ ...NOTHING_MORE, ...requestOf(options), experiment }, json, terminal),
    );
  exp
    .command('list')
    .description('list the experiments: how long each takes, what of it is on this machine')
    .option('--json', 'as JSON', false)
    .option('--debug', 'show stack traces', false)
    .option('--store <dir>', 'folder of the finished runs (default: .runs)')
    .action(async ({ json, store }: { json: boolean; store?: string }) => {
      const here = await statesHere(store);
      const listed = () => everyExperiment.map((each) => ({ ...experimentJson(each), here: here.get(each.id) }));
      out.write(`${json ? JSON.stringify(listed(), null, 2) : listText(everyExperiment, here)}\n`);
    });
  exp
    .command('show')
    .description('describe an experiment: its question, cells, cohort, presets and number of runs')
    .argument('<experiment>', 'id or alias')
    .option('--json', 'as JSON', false)
    .option('--debug', 'show stack traces', false)
    .action((name: string, { json }: { json: boolean }) => {
      const experiment = findExperiment(name);
      out.write(`${json ? JSON.stringify(experimentJson(experiment), null, 2) : showText(experiment)}\n`);
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
