import { UserError } from '@asmil/core';
import { Command, CommanderError, Option } from 'commander';
import { cohortEntries, findCohort, openCohort } from '../cohorts.js';
import type { CohortOptions } from '../registry.js';
import { ENCODER_NAMES } from '../sim/encoder-names.js';
import { summarise } from '../summary.js';
import { addCheck } from './check-command.js';
import { addExport } from './export-command.js';
import type { Streams } from './streams.js';
import { type ListRow, listText, summaryText } from './text.js';
import { wholeNumber } from './whole-number.js';

export type { Streams } from './streams.js';

/** Runs one `data` command and returns its exit code: 2 for a wrong command line, 1 for files and the machine. */
export async function runData(args: readonly string[], streams: Streams): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(streams, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // its message is printed already
    const { message, stack } = error as Error;
    streams.err(args.includes('--debug') ? (stack ?? message) : `error: ${message}`);
    return error instanceof UserError ? error.exitCode : 1;
  }
}

function buildProgram(streams: Streams, finish: (exitCode: number) => void): Command {
  const trimmed = (write: (line: string) => void) => (text: string) => write(text.replace(/\n$/, ''));
  const program = new Command('data')
    .description('Lists, describes and brings the cohorts.')
    .exitOverride()
    .configureOutput({ writeOut: trimmed(streams.out), writeErr: trimmed(streams.err) })
    .showHelpAfterError('(data --help shows the commands)');
  const common = (command: Command) =>
    command.option('--json', 'print JSON').option('--debug', 'print the stack trace of an error');

  common(program.command('list').description('all cohorts, and whether their data are here')).action(
    async ({ json }: { json?: boolean }) => {
      const rows: ListRow[] = await Promise.all(
        cohortEntries.map(async (entry) => ({
          name: entry.name,
          summary: entry.summary,
          simulated: entry.simulated,
          ...(await entry.available()),
        })),
      );
      streams.out(json ? JSON.stringify(rows, null, 2) : listText(rows));
    },
  );

  common(program.command('info').description('classes, sizes, splits, origin and terms of one cohort'))
    .argument('<name>', 'a cohort of `data list`')
    .addOption(
      new Option('--scale <scale>', 'how much of it').choices(['quick', 'standard', 'paper']).default('standard'),
    )
    .addOption(new Option('--encoder <encoder>', 'features of simulated cohorts').choices([...ENCODER_NAMES]))
    .option('--split-seed <seed>', 'whose splits to show', wholeNumber, 0)
    .action(async (name: string, options: CohortOptions & { splitSeed: number; json?: boolean }) => {
      const { scale, encoder, splitSeed, json } = options;
      const summary = summarise(await openCohort(name, { scale, encoder }), splitSeed);
      streams.out(json ? JSON.stringify(summary, null, 2) : summaryText(summary));
    });

  common(program.command('fetch').description('brings the data into the cache and verifies them'))
    .argument('<name>', 'a cohort of `data list`')
    .option('--from <file>', 'a file that you have already, in the place of the download')
    .action(async (name: string, { from, json }: { from?: string; json?: boolean }) => {
      const entry = findCohort(name);
      if (!entry.fetch && from !== undefined)
        throw new UserError(`${name} takes no --from: nothing of it is downloaded, leave the option out`, 2);
      await entry.fetch?.({ from, progress: (line) => streams.err(line) });
      const state = await entry.available();
      if (!state.ready) throw new UserError(`the data of ${name} are not here: ${state.how}`);
      streams.out(json ? JSON.stringify({ name, ready: true }) : `${name}: ready`);
    });

  addExport(common, program, streams);
  addCheck(common, program, streams, finish);
  return program;
}
