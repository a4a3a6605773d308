import { join, resolve } from 'node:path';
import { UserError } from '@asmil/core/errors';
import { columns } from '@asmil/data';
import { findExperiment } from '../definitions/index.js';
import { loadDeps } from '../runner/load-deps.js';
import { joinPlans } from '../runner/plan.js';
import { prepare } from '../runner/prepare.js';
import type { Terminal } from '../runner/progress.js';
import type { ExperimentRequest } from '../runner/request.js';
import { findRoot } from '../runner/root.js';
import { nameOf } from '../runner/tracker.js';
import { slurmCommands } from '../slurm/client.js';
import { type RunPhase, type RunStatus, statusOfRuns } from '../slurm/status.js';

const PHASES: readonly RunPhase[] = ['done', 'running', 'queued', 'failed', 'missing'];

/** `exp status`: where each run of an experiment stands, as a table or as JSON. Nothing is computed or fetched. */
export async function showStatus(request: ExperimentRequest, json: boolean, { out, err }: Terminal): Promise<void> {
  const say = (line: string): void => void err.write(`${line}\n`);
  const experiment = findExperiment(request.experiment);
  if (experiment.kind === 'measure' || experiment.kind === 'check') {
    throw new UserError(`${experiment.id} trains nothing: it has no runs`, 2);
  }
  const { plans } = await prepare(experiment, { ...request, reportOnly: true }, await loadDeps(), say);
  const work = joinPlans(plans);
  const store = resolve(request.store ?? join(findRoot(), '.runs'));
  const runs = await statusOfRuns(work, store, slurmCommands, say);
  const counts = Object.fromEntries(
    PHASES.map((phase) => [phase, runs.filter((run) => run.phase === phase).length]),
  ) as Record<RunPhase, number>;
  const { preset, engine } = plans[0];
  if (json) {
    const all = { experiment: experiment.id, preset: preset.name, engine, store, counts, runs: runs.map(asJson) };
    out.write(`${JSON.stringify(all, null, 2)}\n`);
    return;
  }
  const summary = PHASES.map((phase) => `${counts[phase]} ${phase}`).join(', ');
  const rows = runs.map((status) => [
    status.phase,
    nameOf(status.run),
    status.job ?? '',
    status.node ?? '',
    epochOf(status),
    remarkOf(status),
  ]);
  const text = columns([['state', 'run', 'job', 'node', 'epoch', ''], ...rows]);
  out.write(`${experiment.id}: ${engine} engine, preset ${preset.name}, ${runs.length} runs: ${summary}\n\n${text}\n`);
}

const epochOf = ({ epoch, run }: RunStatus): string => (epoch === undefined ? '' : `${epoch}/${run.spec.train.epochs}`);

const remarkOf = ({ phase, why, log }: RunStatus): string =>
  [why && phase === 'queued' ? `(${why})` : why, log && `log: ${log}`].filter(Boolean).join('; ');

function asJson({ run, phase, job, node, epoch, why, log }: RunStatus) {
  const { signature, cell, place, split, seed, spec } = run;
  const which = { signature, cell: cell.key, place, splitSeed: spec.split.seed, split: split.name, seed };
  return { ...which, state: phase, job, node, epoch, epochs: spec.train.epochs, why, log };
}
