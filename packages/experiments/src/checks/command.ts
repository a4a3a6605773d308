import { UserError } from '@asmil/core/errors';
import { type CommandContext, INTERRUPTED } from '../runner/command.js';
import { folderOf } from '../runner/own-folder.js';
import { cohortFor } from '../runner/prepare.js';
import { createProgress } from '../runner/progress.js';
import { provenanceOf } from '../runner/provenance.js';
import { finishReport, reportPlace } from '../runner/report-place.js';
import { commandLine, type ExperimentRequest } from '../runner/request.js';
import type { Check, CheckContext } from './types.js';

/** Options about runs, of which a check has none. */
const OF_RUNS = {
  seeds: '--seeds',
  splits: '--splits',
  only: '--only',
  workers: '--workers',
  store: '--store',
  slurm: '--executor slurm',
} as const;

/**
 * The `exp` command for an experiment that trains nothing: opens its cohorts, computes and writes the report. Returns the
 * exit code (0; 130 if stopped). Throws `UserError` for what the user can mend.
 */
export async function runCheck(check: Check, request: ExperimentRequest, context: CommandContext): Promise<number> {
  const { deps, terminal, root, signal } = context;
  const begin = performance.now();
  refuseRunOptions(check, request);
  const source = folderOf(request);
  const own = source && (await deps.openFolder(source.path, source.options));
  const place = reportPlace(folderName(check, own?.name ?? request.data), request, root);
  const say = createProgress(terminal).line;
  say(`${check.id}: preset ${request.preset}; nothing is trained`);
  const cohorts: CheckContext['cohorts'][number][] = own ? [{ cohort: own, options: { scale: request.preset } }] : [];
  for (const warning of own?.warnings ?? []) say(warning);
  for (const named of own ? [] : placesOf(check, request))
    cohorts.push(await cohortFor(named, request.preset, deps, say));
  const engine = await deps.useEngine('wasm', { threads: 1 }); // small numbers: every machine has it
  const numbers = await check.compute({ preset: request.preset, cohorts, say });
  if (signal.aborted) return INTERRUPTED;
  const seconds = (performance.now() - begin) / 1000;
  const command = commandLine({ ...request, engine: 'auto' }); // a choice that changes nothing is not said again
  const facts = { runSeconds: seconds, commandSeconds: seconds, command };
  const provenance = provenanceOf({ root, engine: 'wasm', engineInfo: engine, workers: 1, ...facts });
  const { preset, standalone, png } = request;
  const { outDir, assetsDir } = place;
  const options = { check, numbers, preset, provenance, outDir, assetsDir, standalone, png };
  await finishReport(place, () => deps.writeCheckReport(options), [], context, say);
  return 0;
}

function placesOf({ places }: Check, { data, encoder }: ExperimentRequest) {
  if (!places) return [];
  return data === undefined ? places : [{ cohort: data, encoder }];
}

const folderName = ({ id }: Check, data: string | undefined): string => (data === undefined ? id : `${id}-${data}`);

function refuseRunOptions({ id, places }: Check, request: ExperimentRequest): void {
  const given: string[] = Object.entries(OF_RUNS)
    .filter(([field]) => request[field as keyof typeof OF_RUNS] !== undefined)
    .map(([, option]) => option);
  if (!places && request.data !== undefined) given.push('--data');
  if (request.checkpoints) given.push('--checkpoints');
  if (given.length > 0) throw new UserError(`${id} trains nothing: leave out ${given.join(', ')}`, 2);
}
