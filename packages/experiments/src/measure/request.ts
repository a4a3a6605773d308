import { UserError } from '@asmil/core/errors';
import { unknownName } from '../runner/nearest.js';
import type { ExperimentRequest } from '../runner/request.js';
import type { Cell } from '../types.js';
import type { Measurement } from './types.js';

/** Options that are about data, runs and their store, of which a measurement has none. */
const OF_TRAINING = {
  data: '--data',
  seeds: '--seeds',
  splits: '--splits',
  encoder: '--encoder',
  workers: '--workers',
  store: '--store',
  slurm: '--executor slurm',
} as const;

/** Throws `UserError` for an option that has no meaning here, so that nobody believes it was followed. */
export function refuseTrainingOptions({ id }: Measurement, request: ExperimentRequest): void {
  const given: string[] = Object.entries(OF_TRAINING)
    .filter(([field]) => request[field as keyof typeof OF_TRAINING] !== undefined)
    .map(([, option]) => option);
  if (request.splitSeed !== 0) given.push('--split-seed');
  if (request.checkpoints) given.push('--checkpoints');
  if (given.length === 0) return;
  throw new UserError(`${id} measures made-up bags and trains nothing: leave out ${given.join(', ')}`, 2);
}

/** The cells that `--only` names, or all. Throws `UserError` with the nearest key. */
export function wantedCells({ cells }: Measurement, only: readonly string[] | undefined): readonly Cell[] {
  const keys = cells.map(({ key }) => key);
  for (const key of only ?? []) if (!keys.includes(key)) throw unknownName('cell', key, keys);
  return only ? cells.filter(({ key }) => only.includes(key)) : cells;
}
