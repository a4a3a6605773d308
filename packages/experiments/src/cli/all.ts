import { UserError } from '@asmil/core/errors';
import { runCheck } from '../checks/command.js';
import { type AnyExperiment, everyExperiment } from '../definitions/index.js';
import { runMeasurement } from '../measure/command.js';
import { type CommandContext, INTERRUPTED, runExperiment } from '../runner/command.js';
import type { ExperimentRequest } from '../runner/request.js';

/** Runs one experiment of whichever kind; returns its exit code. */
export function runAny(found: AnyExperiment, request: ExperimentRequest, context: CommandContext): Promise<number> {
  if (found.kind === 'measure') return runMeasurement(found, request, context);
  if (found.kind === 'check') return runCheck(found, request, context);
  return runExperiment(found, request, context);
}

/** Options that name one experiment's settings or folder and so have no meaning for all of them. */
const OF_ONE = {
  only: '--only',
  out: '--out',
  data: '--data',
  folder: 'the options of a folder',
  encoder: '--encoder',
  seeds: '--seeds',
  splits: '--splits',
} as const;

/**
 * Every experiment, one after the other; one that fails is told and the others go on. Returns the exit code: 0 if every
 * report was written, 1 if one was not, 130 if stopped. Throws `UserError` for options that only one experiment can take.
 */
export async function runAll(request: ExperimentRequest, context: CommandContext): Promise<number> {
  const given = Object.entries(OF_ONE).filter(([field]) => request[field as keyof typeof OF_ONE] !== undefined);
  if (given.length > 0) {
    throw new UserError(
      `all runs every experiment with its own settings: leave out ${given.map(([, o]) => o).join(', ')}`,
      2,
    );
  }
  const { terminal, signal } = context;
  const begin = performance.now();
  const outcomes: { id: string; code: number; seconds: number; reason?: string }[] = [];
  for (const [i, found] of everyExperiment.entries()) {
    if (signal.aborted) return INTERRUPTED;
    const start = performance.now();
    terminal.err.write(`\n${i + 1} of ${everyExperiment.length}: ${found.id}\n`);
    // What is kept and how many work at once belongs to runs; the other kinds have none and would refuse it.
    const own =
      found.kind === 'measure' || found.kind === 'check'
        ? { ...request, workers: undefined, store: undefined, slurm: undefined }
        : request;
    const outcome = await runAny(found, { ...own, experiment: found.id }, context).then(
      (code) => ({ code }),
      (error: unknown) => {
        if (!(error instanceof Error)) throw error;
        return { code: error instanceof UserError ? error.exitCode : 1, reason: error.message.split('\n')[0]! };
      },
    );
    if (outcome.code === INTERRUPTED) return INTERRUPTED;
    outcomes.push({ id: found.id, seconds: (performance.now() - start) / 1000, ...outcome });
  }
  const failed = outcomes.filter(({ code }) => code !== 0);
  const lines = outcomes.map(
    ({ id, code, seconds, reason }) =>
      `${code === 0 ? 'done  ' : 'failed'}  ${id} (${Math.round(seconds)} s)${reason ? `: ${reason}` : ''}`,
  );
  const total = Math.round((performance.now() - begin) / 1000);
  terminal.out.write(
    `\n${lines.join('\n')}\n${outcomes.length - failed.length} of ${outcomes.length} experiments in ${total} s\n`,
  );
  return failed.length > 0 ? 1 : 0;
}
